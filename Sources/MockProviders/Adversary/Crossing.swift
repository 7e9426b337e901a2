public import Wire

/// What is tried where a client has to do with two servers, a hostile and an honest one, or with two people: something of
/// one is brought to the other.
///
/// The hostile server is the one that is twisted. The honest one does as it should, and makes it easy: it knows the same
/// clients by the same keys.
public struct Crossing: Sendable {
    public enum Server: Sendable, Hashable { case hostile, honest }

    /// Who brings a response.
    public enum Bearer: Sendable, Hashable {
        /// Whoever began that link, and afterwards the other one once more.
        case whoBegan
        /// The other one, and afterwards whoever began it.
        case theOther
        /// A browser that is in no session, and afterwards whoever began it.
        case nobody
    }

    public enum Trick: Sendable, Hashable {
        /// None but what the hostile server says: a person links there.
        case none
        /// A person links at the hostile server, whose page passes the browser on to the honest one's: in the client's
        /// name, with the state and the challenge it was sent itself, and with the address of a callback to come back at
        /// (RFC 9700 4.4.1).
        case passesOn(backAt: Server)
        /// A person links at a server, and the response is brought to the other's callback; then also to the right one,
        /// or not.
        case wrongCallback(of: Server, thenRight: Bool)
        /// Two people link at the hostile server, each in a session of a page of ours.
        case people(Bearer)
    }

    public let trick: Trick
    /// Other values in the honest server's `mock/authorization.json`.
    let honest: [Change]
    /// Whether the client has a folder of the honest server.
    public let isKnown: Bool
    /// The endpoints of the honest server that must have been asked; no other may have been.
    public let asking: [String]

    /// Where the honest server is: a folder of this name, beside the hostile one's.
    public static let honestName = "honest"

    init(_ trick: Trick = .none, honest: [Change] = [], isKnown: Bool = true, asking: [String] = []) {
        self.trick = trick
        self.honest = honest
        self.isKnown = isKnown
        self.asking = asking
    }
}

extension Scenario {
    /// A file of a folder as it is to be played: the honest server's is no hostile one's.
    public func changed(_ file: String, _ json: JSON, of folder: String) -> JSON {
        guard folder == Crossing.honestName else { return changed(file, json) }
        let changes = file == "mock/authorization.json" ? crossing?.honest ?? [] : []
        return changes.reduce(json) { $1.made(in: $0) }
    }
}
