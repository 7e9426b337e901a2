/// A second place for answers of token endpoints, for when the store refuses them (RELIABILITY.md A.3, step 5): opened
/// and given its room before anything is sent, so that what a provider hands out always has somewhere to go.
///
/// Records are sealed already. They lie here only until the store takes them.
public protocol Escrow: Sendable {
    /// Why nothing could be kept now, in words; nil: there is room. Also says when the disk is nearly full, before
    /// anything is sent that could then not be saved.
    func problem() -> String?
    /// Durable when it returns.
    func keep(_ record: [UInt8]) async throws(EscrowError)
    /// Everything kept and not cleared, oldest first. A record that was cut short or changed is left out.
    func records() async -> [[UInt8]]
    /// Whether there is nothing in it; asked often.
    var isEmpty: Bool { get }
    /// The store has these, as `records` gave them. While there is another one, which came since, all stay and are taken
    /// once more: the same answer replaces itself there.
    func clear(_ taken: [[UInt8]]) async throws(EscrowError)
}

/// Why the escrow did not keep something; words without secrets.
public struct EscrowError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ words: String) { description = words }
}

/// Where the store's epoch is known outside the database (RELIABILITY.md A.6).
public protocol EpochWitness: Sendable {
    /// The epochs it knows; nil: there is no witness there.
    func epochs() throws(EscrowError) -> [String]?
    /// Durable when it returns.
    func keep(_ epochs: [String]) throws(EscrowError)
}

/// No second place: for worlds whose store never refuses.
public struct NoEscrow: Escrow {
    public init() {}
    public func problem() -> String? { nil }
    public func keep(_ record: [UInt8]) async throws(EscrowError) { throw EscrowError("there is no escrow") }
    public func records() async -> [[UInt8]] { [] }
    public var isEmpty: Bool { true }
    public func clear(_ taken: [[UInt8]]) async throws(EscrowError) {}
}

/// Nobody beside the database remembers: a restored one cannot be told.
public struct NoWitness: EpochWitness {
    public init() {}
    public func epochs() throws(EscrowError) -> [String]? { nil }
    public func keep(_ epochs: [String]) throws(EscrowError) {}
}
