public import Crypto
public import PurserAPI
public import PurserEngine

/// Where the keys go when the root is replaced.
public enum NewRoot: Sendable {
    /// The key file is replaced where it is.
    case sameFile
    /// A new key file here.
    case file(String)
    case passphrase(Secret)
}

/// Who has the keys of this daemon, and whether they are there now.
public protocol KeyKeeper: Sendable {
    /// Nil while sealed: routes that work sealed answer, the rest says why.
    var wallet: Wallet? { get }
    /// Why the keys cannot be had; nil: open.
    var sealed: String? { get }
    /// Where the root key comes from, in words.
    var source: String { get }

    func shown() async throws(Problem) -> KeysShown
    /// Begins a rotation, or finds that one is under way; comes back soon, whether it has ended or not.
    func rotate() async throws(Problem)
    func reroot(_ new: NewRoot) async throws(Problem)
    /// Lets go of the keys as soon as work under way has ended; nothing new begins.
    func seal() async throws(Problem)
    func unseal(_ passphrase: Secret?) async throws(Problem)
}

/// Keys that are there, or not, for good.
public struct FixedKeys: KeyKeeper {
    public let wallet: Wallet?
    public let sealed: String?
    public let source: String

    public init(_ wallet: Wallet?, sealed: String?, source: String) {
        self.wallet = wallet
        self.sealed = sealed
        self.source = source
    }

    private static let none = Problem(.keyRefused, "this daemon does not care for its keys; nothing was done")

    public func shown() async throws(Problem) -> KeysShown {
        KeysShown(
            kind: "file", source: source, sealed: sealed, isHeld: wallet != nil, isLocked: false, epochs: [],
            records: [:], rotation: nil, warnings: [])
    }
    public func rotate() async throws(Problem) { throw Self.none }
    public func reroot(_ new: NewRoot) async throws(Problem) { throw Self.none }
    public func seal() async throws(Problem) { throw Self.none }
    public func unseal(_ passphrase: Secret?) async throws(Problem) { throw Self.none }
}
