import Glibc
import PurserEngine
import PurserWeb

/// Folders as the daemon would read them: the shipped skyways, and a broken one.
enum Folders {
    static let source = FolderSource(
        whole: { path throws(FolderUnread) in
            switch path {
            case "/folders/skyways": return skyways
            case "/folders/broken":
                return ProviderFolder(
                    name: "broken", source: path,
                    files: ["manifest.json": Array(#"{"name": "other"}"#.utf8), "mapping.json": Array("[".utf8)])
            default: throw FolderUnread(words: "\(path): no such file or directory")
            }
        }, zone: { _ in nil })

    private static let skyways: ProviderFolder = {
        let root =
            "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/providers/skyways/"
        let names = [
            "manifest.json", "mapping.json", "expected.json", "mock/answers/me.json", "mock/answers/activity-1.json",
            "mock/answers/activity-2.json",
        ]
        let files = names.map { ($0, bytes(root + $0)) }
        return ProviderFolder(name: "skyways", source: root, files: Dictionary(files) { first, _ in first })
    }()

    private static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var room = [UInt8](repeating: 0, count: 256 << 10)
        let count = fread(&room, 1, room.count, file)
        return Array(room.prefix(count))
    }
}
