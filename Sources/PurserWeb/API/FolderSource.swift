public import PurserEngine

/// Why a folder cannot be read, in words.
public struct FolderUnread: Error, Sendable, Hashable {
    public let words: String
    public init(words: String) { self.words = words }
}

/// How providers' folders are read on behalf of whoever writes them: files are the daemon's business, not the web's.
public struct FolderSource: Sendable {
    let whole: @Sendable (String) async throws(FolderUnread) -> ProviderFolder
    let zone: @Sendable (String) -> [UInt8]?

    public init(
        whole: @escaping @Sendable (String) async throws(FolderUnread) -> ProviderFolder,
        zone: @escaping @Sendable (String) -> [UInt8]?
    ) {
        self.whole = whole
        self.zone = zone
    }

    /// For a web without files.
    public static let none = FolderSource(
        whole: { _ throws(FolderUnread) in throw FolderUnread(words: "this daemon reads no folders") },
        zone: { _ in nil })
}
