import Wire

/// A wallet's accounts and links, ready encoded: joined from the pieces, nothing opened, nothing computed.
public struct MergedView: Sendable {
    /// Grows with every change that can be seen.
    public let version: Int
    /// The wallet, its version and what the reader may see of it: equal tags, equal bytes.
    public let etag: String
    /// `{"version":…,"accounts":[…],"links":[…]}`.
    public let bytes: [UInt8]

    /// - Parameter snapshot: already without what the reader does not see (`snapshot(_:seeing:)`).
    public init(_ snapshot: WalletSnapshot, of wallet: WalletID = .first, seeing sight: Sight) {
        version = snapshot.version
        etag = "\"\(snapshot.version)-\(sight.mark)\(wallet == .first ? "" : "-" + wallet.rawValue)\""
        let links = Dictionary(snapshot.links.map { ($0.id, $0.bytes) }) { first, _ in first }
        var out = Array(#"{"version":\#(snapshot.version),"accounts":["#.utf8)
        out.reserveCapacity(snapshot.accounts.count * 1024 + 256)
        for (index, account) in snapshot.accounts.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            Self.join(account, links[account.link] ?? Self.null, sight, to: &out)
        }
        out += Array(#"],"links":["#.utf8)
        for (index, link) in snapshot.links.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += link.bytes
        }
        out += Array("]}".utf8)
        bytes = out
    }

    /// One account alone; nil when the wallet has no such account.
    public static func account(_ id: AccountID, in snapshot: WalletSnapshot, seeing sight: Sight) -> [UInt8]? {
        guard let account = snapshot.accounts.first(where: { $0.account == id }) else { return nil }
        var out: [UInt8] = []
        join(account, snapshot.links.first { $0.id == account.link }?.bytes ?? null, sight, to: &out)
        return out
    }

    private static let null = Array("null".utf8)

    private static func join(_ account: AccountFragment, _ link: [UInt8], _ sight: Sight, to out: inout [UInt8]) {
        out += account.head
        out += sight.seesNumbers ? account.number : account.maskedNumber
        out += account.tail
        out += Array(#","link":"#.utf8)
        out += link
        out += Array(#","version":\#(account.version)}"#.utf8)
    }
}

extension StoreReads {
    /// The pieces of a wallet's merged view that a reader sees.
    public func snapshot(_ wallet: WalletID, seeing sight: Sight) throws(StoreError) -> WalletSnapshot {
        let all = try snapshot(wallet)
        guard sight.providers != nil else { return all }
        let seen = Set(try links(wallet).filter { sight.sees($0.provider) }.map(\.id))
        return WalletSnapshot(
            version: all.version, accounts: all.accounts.filter { seen.contains($0.link) },
            links: all.links.filter { seen.contains($0.id) })
    }
}
