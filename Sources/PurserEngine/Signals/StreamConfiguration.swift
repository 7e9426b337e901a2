import Wire

/// A stream as its transmitter says it is (Shared Signals Framework 1.0 8.1.1).
struct StreamConfiguration: Sendable, Hashable {
    let id: String
    let audience: [String]
    let pollEndpoint: URI
    let requested: [String]
    let delivered: [String]
    /// What its receiver called it.
    let description: String?

    /// How we ask for one: polled for, of these events, under a name that finds it again.
    static func wish(_ signals: SharedSignals, name: String) -> JSONObject {
        JSONObject([
            ("delivery", ["method": .string(TransmitterMetadata.poll)]),
            ("events_requested", .array(signals.events.map { .string($0.rawValue) })), ("description", .string(name)),
        ])
    }

    /// The id of a stream, whatever else is wrong with it.
    static func id(of json: JSON) -> String? {
        json["stream_id"]?.string.flatMap { (1...255).contains($0.utf8.count) ? $0 : nil }
    }

    /// Words say why it cannot be lived with.
    ///
    /// - Parameter metadata: it is of this transmitter, and its address on a host of that one's: our token goes there.
    static func read(_ json: JSON, _ metadata: TransmitterMetadata) throws(ProtocolViolation) -> StreamConfiguration {
        guard let id = id(of: json) else { throw ProtocolViolation("the stream has no id (stream_id)") }
        guard Exactly.same(json["iss"]?.string, metadata.issuer) else {
            throw ProtocolViolation("the stream is of another issuer (iss)")
        }
        let delivery = json["delivery"]
        guard delivery?["method"]?.string == TransmitterMetadata.poll else {
            throw ProtocolViolation("the stream is none that can be polled for (delivery)")
        }
        guard let endpoint = SuppliedURI.read(delivery?["endpoint_url"], by: metadata.issuer) else {
            throw ProtocolViolation("the stream names no https address to be polled at (endpoint_url)")
        }
        guard metadata.isOwn(endpoint) else {
            throw ProtocolViolation("the stream is to be polled on another host than the transmitter's (endpoint_url)")
        }
        guard let audience = texts(json["aud"]), !audience.isEmpty else {
            throw ProtocolViolation("the stream does not say whom its events are for (aud)")
        }
        return StreamConfiguration(
            id: id, audience: audience, pollEndpoint: endpoint, requested: texts(json["events_requested"]) ?? [],
            delivered: texts(json["events_delivered"]) ?? [], description: json["description"]?.string)
    }

    private static func texts(_ json: JSON?) -> [String]? {
        switch json {
        case .some(.string(let one)): [one]
        case .some(.array(let many)) where many.count <= most && many.allSatisfy({ $0.string != nil }):
            many.compactMap(\.string)
        default: nil
        }
    }

    private static let most = 64
}

/// What must be said to a transmitter so that a stream is as we want it: a pure table.
enum StreamRepair: Sendable, Hashable, CaseIterable {
    case none
    /// What we ask to be told is another: changed (8.1.1.3).
    case update
    /// It was made when we did not hear the answer, and nobody knows as what: put whole in its place (8.1.1.4).
    case replace

    static func decide(requested: [String], wanted: [String], isAdopted: Bool) -> StreamRepair {
        if isAdopted { return .replace }
        return Set(requested) == Set(wanted) ? .none : .update
    }
}

/// What there is to do about a provider's signals: a pure table.
enum StreamStep: Sendable, Hashable, CaseIterable {
    /// Nobody is linked, and nothing is there.
    case rest
    case make
    /// Nobody is linked any more.
    case delete
    /// It is another client's, or at another transmitter: nothing of ours.
    case forget
    case poll

    /// - Parameter isOurs: the stream there is was made by the client and at the transmitter of now; nil: there is none.
    static func decide(hasPeople: Bool, isOurs: Bool?) -> StreamStep {
        switch isOurs {
        case nil: hasPeople ? .make : .rest
        case false?: .forget
        case true?: hasPeople ? .poll : .delete
        }
    }
}
