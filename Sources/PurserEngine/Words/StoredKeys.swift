public import Crypto

/// How a root secret comes from a passphrase: scrypt (RFC 7914) with r = 8 and p = 1.
public struct RootDerivation: Sendable, Hashable {
    public static let saltCount = 16
    /// What a new passphrase gets: 128 MiB and a good part of a second for every guess.
    public static let usualCost = 1 << 17
    /// Others are neither made nor followed: less protects nobody, and more would let a database take all memory.
    public static let acceptedCosts = 1 << 15...1 << 20

    public let salt: [UInt8]
    /// scrypt's N.
    public let cost: Int

    /// Nil for a salt or a cost that is not followed.
    public init?(salt: [UInt8], cost: Int) {
        guard salt.count == Self.saltCount, Self.acceptedCosts.contains(cost), cost & (cost - 1) == 0 else {
            return nil
        }
        self.salt = salt
        self.cost = cost
    }

    /// For a new passphrase.
    public static func drawn(from randomness: any Randomness) -> RootDerivation {
        RootDerivation(salt: randomness.bytes(saltCount), cost: usualCost)!
    }

    /// The root secret that this passphrase gives. Takes a while and much memory: never on the pool.
    public func secret(_ passphrase: Secret) throws(CryptoError) -> Secret {
        try Scrypt.derive(passphrase, salt: salt, cost: cost)
    }
}

/// What the store knows of its root secret.
public struct RootSource: Sendable, Hashable {
    /// Nil: the secret is not derived; it comes as it is, from a file or a credential.
    public let derivation: RootDerivation?
    /// HKDF(root, "commit")[0..<16]: tells the right secret from any other one, and says nothing else about it.
    public let commitment: [UInt8]

    public init(derivation: RootDerivation?, commitment: [UInt8]) {
        self.derivation = derivation
        self.commitment = commitment
    }
}

/// A key of the store's own, wrapped under the root: it is the same whatever epochs come and go.
public struct StoreKey: Sendable, Hashable {
    /// Keys the index of who was linked.
    public static let identity = "identity"

    public let name: String
    public let wrapped: [UInt8]

    public init(name: String, wrapped: [UInt8]) {
        self.name = name
        self.wrapped = wrapped
    }
}

/// Where a data key stands. In order, places make one walk over all the data keys there are.
public struct KeyPlace: Sendable, Hashable, Comparable {
    public enum Table: Int, Sendable, Hashable { case link, client, outbox }

    public let table: Table
    /// `.nobody` for a client registration.
    public let wallet: WalletID
    /// The link, the provider or the receipt that it is of.
    public let row: String
    public let id: UInt32

    public init(_ table: Table, _ wallet: WalletID, _ row: String, id: UInt32) {
        self.table = table
        self.wallet = wallet
        self.row = row
        self.id = id
    }

    public static func < (a: Self, b: Self) -> Bool {
        if a.table != b.table { return a.table.rawValue < b.table.rawValue }
        if a.wallet != b.wallet { return a.wallet.rawValue.utf8.lexicographicallyPrecedes(b.wallet.rawValue.utf8) }
        if a.row != b.row { return a.row.utf8.lexicographicallyPrecedes(b.row.utf8) }
        return a.id < b.id
    }
}

/// A data key and where it stands.
public struct PlacedKey: Sendable, Hashable {
    public let place: KeyPlace
    /// What stands for a link in its wrapping's associated data: the link, or the client's own name.
    public let owner: LinkID
    public let key: WrappedDataKey

    public init(_ place: KeyPlace, owner: LinkID, _ key: WrappedDataKey) {
        self.place = place
        self.owner = owner
        self.key = key
    }
}

/// How many sealed records there are, of all wallets.
public struct SealedCounts: Sendable, Hashable {
    /// Generations of tokens, those kept aside too.
    public var grants = 0
    public var orphans = 0
    /// Consents under way.
    public var pending = 0
    /// Answers of token endpoints, kept until they are settled.
    public var answers = 0
    public var vouchers = 0
    public var clientSecrets = 0
    /// Registration access tokens.
    public var registrations = 0
    /// Revocations that a provider has not confirmed.
    public var revocations = 0

    public init() {}
}
