internal import Crypto
internal import Wire

// A transmitter's endpoints (OpenID Shared Signals Framework 1.0 7, 8) and poll delivery (RFC 8936).

extension MockProvider {
    private static let poll = "urn:ietf:rfc:8936"

    private var signalPaths: [(String, Endpoint)] {
        [
            ("/ssf/streams", .streams), ("/ssf/status", .streamStatus), ("/ssf/verify", .streamVerification),
            ("/ssf/subjects/add", .streamSubjects), ("/ssf/subjects/remove", .streamSubjects),
        ]
    }

    func signalEndpoint(_ path: String) -> Endpoint? {
        if path == "/.well-known/ssf-configuration" + prefix { return .transmitter }
        guard path.hasPrefix(prefix + "/ssf/") else { return nil }
        if path.hasPrefix(prefix + "/ssf/poll/") { return .poll }
        return signalPaths.first { prefix + $0.0 == path }?.1
    }

    /// Whether something is where signals are transmitted.
    public func isTransmitter(_ path: String) -> Bool { traits.signals != nil && signalEndpoint(path) != nil }

    func transmitterMetadata(_ request: HTTPRequest) -> HTTPResponse {
        guard request.method == "GET" else { return .refusingMethod(allowed: "GET") }
        return .json([
            "spec_version": "1_0", "issuer": .string(issuer), "jwks_uri": .string(issuer + traits.paths.jwks),
            "delivery_methods_supported": [.string(Self.poll)],
            "configuration_endpoint": .string(issuer + "/ssf/streams"),
            "status_endpoint": .string(issuer + "/ssf/status"),
            "verification_endpoint": .string(issuer + "/ssf/verify"),
            "add_subject_endpoint": .string(issuer + "/ssf/subjects/add"),
            "remove_subject_endpoint": .string(issuer + "/ssf/subjects/remove"),
            "critical_subject_members": .array((traits.signals?.criticalMembers ?? []).map { .string($0) }),
            "default_subjects": traits.signals?.namesSubjects == true ? "NONE" : "ALL",
            "authorization_schemes": [["spec_urn": "urn:ietf:rfc:6749"]],
        ])
    }

    mutating func signalling(
        _ request: HTTPRequest, _ endpoint: Endpoint, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        do throws(BearerRefusal) {
            let client = book.family(of: try presented(request, scope: traits.signals?.scope, now: now)).client
            let body = request.body.isEmpty ? JSON.object(JSONObject()) : (try? JSON.parse(request.body)) ?? .null
            guard body.object != nil else { return Self.signalProblem(400, "the body is no JSON object") }
            return switch endpoint {
            case .streams: streams(request, body, client, draw)
            case .streamStatus: status(request, body, client)
            case .streamVerification: verify(request, body, client, now: now, draw: draw)
            case .streamSubjects: subjects(request, body, client)
            default: poll(request, body, client)
            }
        } catch {
            return turnedAway(error)
        }
    }

    private static func signalProblem(_ status: Int, _ words: String) -> HTTPResponse {
        .json(["err": "invalid_request", "description": .string(words)], status: status)
    }

    private static let noStream = signalProblem(404, "there is no such stream")
    private static var nothing: HTTPResponse { HTTPResponse(status: 204) }

    // 8.1.1

    private mutating func streams(
        _ request: HTTPRequest, _ body: JSON, _ client: String, _ draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        let asked = request.query?["stream_id"]
        switch request.method {
        case "POST": return makeStream(body, client, draw)
        case "GET" where asked == nil:
            return .json(.array(transmitter.streams.filter { $0.client == client }.map(shown)))
        case "GET":
            guard let at = transmitter.index(of: asked, client) else { return Self.noStream }
            return .json(shown(transmitter.streams[at]))
        case "PATCH", "PUT":
            guard let at = transmitter.index(of: body["stream_id"]?.string, client) else { return Self.noStream }
            if request.method == "PUT" {
                guard body["delivery"]?["method"] == .string(Self.poll) else {
                    return Self.signalProblem(400, "delivery is missing, or none that is done here")
                }
                transmitter.streams[at].requested = []
                transmitter.streams[at].description = nil
            }
            change(at, body)
            return .json(shown(transmitter.streams[at]))
        case "DELETE":
            guard let at = transmitter.index(of: asked, client) else { return Self.noStream }
            transmitter.streams.remove(at: at)
            return Self.nothing
        default: return .refusingMethod(allowed: "GET, POST, PATCH, PUT, DELETE")
        }
    }

    private mutating func makeStream(_ body: JSON, _ client: String, _ draw: (Int) -> [UInt8]) -> HTTPResponse {
        guard body["delivery"]?["method"] == .string(Self.poll) else {
            return Self.signalProblem(400, "delivery is missing, or none that is done here")
        }
        let count = transmitter.streams.count { $0.client == client }
        guard count < traits.signals?.mostStreams ?? 0 else {
            return Self.signalProblem(409, "this client has a stream already")
        }
        transmitter.streams.append(MockStream(id: Self.value("st_", draw), client: client, requested: []))
        change(transmitter.streams.count - 1, body)
        return .json(shown(transmitter.streams[transmitter.streams.count - 1]), status: 201)
    }

    private mutating func change(_ at: Int, _ body: JSON) {
        if let events = body["events_requested"]?.array {
            transmitter.streams[at].requested = events.compactMap(\.string)
        }
        if let words = body["description"]?.string { transmitter.streams[at].description = words }
    }

    func delivered(_ stream: MockStream) -> [String] {
        stream.requested.filter { traits.signals?.events.contains($0) ?? false }
    }

    private func shown(_ stream: MockStream) -> JSON {
        var out = JSONObject([
            ("stream_id", .string(stream.id)), ("iss", .string(issuer)), ("aud", .string(stream.client)),
            ("events_supported", .array((traits.signals?.events ?? []).map { .string($0) })),
            ("events_requested", .array(stream.requested.map { .string($0) })),
            ("events_delivered", .array(delivered(stream).map { .string($0) })),
            (
                "delivery",
                ["method": .string(Self.poll), "endpoint_url": .string(issuer + "/ssf/poll/" + stream.id)]
            ),
        ])
        if let words = stream.description { out["description"] = .string(words) }
        return .object(out)
    }

    // 8.1.2

    private mutating func status(_ request: HTTPRequest, _ body: JSON, _ client: String) -> HTTPResponse {
        let id = request.method == "GET" ? request.query?["stream_id"] : body["stream_id"]?.string
        guard ["GET", "POST"].contains(request.method) else { return .refusingMethod(allowed: "GET, POST") }
        guard let at = transmitter.index(of: id, client) else { return Self.noStream }
        if request.method == "POST" {
            guard let status = body["status"]?.string, ["enabled", "paused", "disabled"].contains(status) else {
                return Self.signalProblem(400, "status is none that there is")
            }
            (transmitter.streams[at].status, transmitter.streams[at].reason) = (status, body["reason"]?.string)
            if status == "disabled" { transmitter.streams[at].waiting.removeAll { !$0.isOwn } }
        }
        let stream = transmitter.streams[at]
        var out = JSONObject([("stream_id", .string(stream.id)), ("status", .string(stream.status))])
        if let reason = stream.reason { out["reason"] = .string(reason) }
        return .json(.object(out))
    }

    // 8.1.4

    private mutating func verify(
        _ request: HTTPRequest, _ body: JSON, _ client: String, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        guard let at = transmitter.index(of: body["stream_id"]?.string, client) else { return Self.noStream }
        var content = JSONObject()
        content["state"] = body["state"]
        queue(SignalWish(type: EventType.verification, content: content), at, now: now, draw: draw)
        return Self.nothing
    }

    // 8.1.3

    private mutating func subjects(_ request: HTTPRequest, _ body: JSON, _ client: String) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        guard let at = transmitter.index(of: body["stream_id"]?.string, client) else { return Self.noStream }
        guard let subject = body["subject"], subject.object != nil else {
            return Self.signalProblem(400, "subject is missing")
        }
        transmitter.streams[at].subjects.removeAll { $0 == subject }
        guard request.path.hasSuffix("/add") else { return Self.nothing }
        transmitter.streams[at].subjects.append(subject)
        return .json([:])
    }

    // RFC 8936 2

    private mutating func poll(_ request: HTTPRequest, _ body: JSON, _ client: String) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        let id = request.path.split(separator: "/").last.map(String.init)
        guard let at = transmitter.index(of: id, client) else { return Self.noStream }
        for id in body["ack"]?.array?.compactMap(\.string) ?? [] { settle(id, at, refused: nil) }
        for member in body["setErrs"]?.object?.members ?? [] {
            settle(member.name, at, refused: member.value["err"]?.string ?? "")
        }
        let stream = transmitter.streams[at]
        let ready = stream.waiting.filter { $0.isOwn || stream.status == "enabled" }
        let most = min(max(0, body["maxEvents"]?.int ?? Self.mostEvents), Self.mostEvents)
        let sets = ready.prefix(most).map { ($0.id, JSON.string($0.token)) }
        var out = JSONObject([("sets", .object(JSONObject(sets)))])
        if ready.count > sets.count { out["moreAvailable"] = true }
        return .json(.object(out))
    }

    private static let mostEvents = 100

    private mutating func settle(_ id: String, _ at: Int, refused error: String?) {
        guard let place = transmitter.streams[at].waiting.firstIndex(where: { $0.id == id }) else { return }
        transmitter.note(transmitter.streams[at].waiting.remove(at: place), refused: error)
    }
}
