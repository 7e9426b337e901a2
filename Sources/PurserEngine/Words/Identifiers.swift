import Wire

/// A name that Purser made: a prefix that says what it names, and 16 random base32 characters (80 bits).
///
/// Identifiers are stable for the life of what they name, over re-consent too, and never reused.
public protocol Identifier: RawRepresentable<String>, Sendable, Hashable, Comparable, CustomStringConvertible {
    static var prefix: String { get }
    init(rawValue: String)
}

extension Identifier {
    public var description: String { rawValue }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// A new one, drawn from the world's randomness.
    public static func drawn(from randomness: any Randomness) -> Self {
        Self(rawValue: prefix + Base32.encode(randomness.bytes(10)))
    }

    /// Whether a text could be one of ours at all; nothing else is looked up in a store.
    public static func looksRight(_ text: String) -> Bool {
        guard text.hasPrefix(prefix) else { return false }
        let rest = text.utf8.dropFirst(prefix.utf8.count)
        return (1...64).contains(rest.count)
            && rest.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }
}

/// Whose: the first key of everything that holds a person's data.
public struct WalletID: Identifier {
    public static let prefix = "wal_"
    /// The wallet there always is. The socket's uid acts as its admin.
    public static let first = WalletID(rawValue: "wal_default")
    /// Of no wallet: what belongs to whoever runs the daemon is sealed under this name. No wallet can have it.
    public static let nobody = WalletID(rawValue: "")
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The lasting relation to one login at one provider.
public struct LinkID: Identifier {
    public static let prefix = "lnk_"
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One membership of a programme, found behind a link.
public struct MembershipID: Identifier {
    public static let prefix = "mem_"
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One balance-bearing thing: (link, membership, type, unit).
public struct AccountID: Identifier {
    public static let prefix = "acc_"
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One ledger line.
public struct EntryID: Identifier {
    public static let prefix = "ent_"
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What remains of an unlinked link: what was asked of the provider, and what it answered.
public struct ReceiptID: Identifier {
    public static let prefix = "rcp_"
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What lets a program in over TCP.
public struct TokenID: Identifier {
    public static let prefix = "tok_"
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}
