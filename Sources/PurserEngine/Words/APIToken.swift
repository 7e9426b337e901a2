import Crypto
public import Wire

/// What lets a program in over TCP: a random text that was shown once, of which only the hash is kept.
public struct APIToken: Sendable, Hashable {
    /// The first key of everything it reaches.
    public let wallet: WalletID
    public let id: TokenID
    /// SHA-256 of the text. It has 256 random bits, so it needs neither salt nor a slow hash.
    public let hash: [UInt8]
    /// Its owner's word for it.
    public let name: String?
    public let scopes: Set<Scope>
    /// The providers it is restricted to, by folder name, sorted; nil: none.
    public let providers: [String]?
    public let createdAt: Instant
    /// From when on it is refused; nil: never.
    public let expiresAt: Instant?
    /// The token it was made with; nil: on the daemon's socket.
    public let madeBy: TokenID?
    /// To the minute.
    public var lastUsedAt: Instant?

    public init(
        wallet: WalletID, id: TokenID, hash: [UInt8], name: String?, scopes: Set<Scope>, providers: [String]?,
        createdAt: Instant, expiresAt: Instant?, madeBy: TokenID?, lastUsedAt: Instant? = nil
    ) {
        self.wallet = wallet
        self.id = id
        self.hash = hash
        self.name = name
        self.scopes = scopes
        self.providers = providers
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.madeBy = madeBy
        self.lastUsedAt = lastUsedAt
    }

    public func isExpired(at now: Instant) -> Bool { expiresAt.map { $0 <= now } ?? false }

    /// Whether using it now is worth a write: once a minute, and when the clock was set back.
    public func wantsTouch(at now: Instant) -> Bool {
        guard let last = lastUsedAt else { return true }
        return now < last || now >= last.adding(seconds: Limits.touchTokenSeconds)
    }
}

extension APIToken {
    /// What every token's text begins with, so that people and scanners know one when they see it.
    public static let prefix = "purser_"
    private static let randomBytes = 32

    /// A new text: the prefix and 256 random bits in base32.
    static func text(drawnFrom randomness: any Randomness) -> String {
        prefix + randomness.secret(randomBytes).withBytes { Base32.encode(Array($0)) }
    }

    /// Whether a text could be one of ours at all; nothing else is looked up.
    public static func looksRight(_ text: String) -> Bool {
        text.hasPrefix(prefix) && Base32.decode(String(text.dropFirst(prefix.count)))?.count == randomBytes
    }

    public static func hash(of text: String) -> [UInt8] { Hash.sha256(Array(text.utf8)) }
}
