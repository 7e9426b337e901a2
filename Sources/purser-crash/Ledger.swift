import HTTPClient
import Wire

/// What one pretend provider remembers of all that it gave out and took back.
struct Ledger: Sendable {
    struct Event: Sendable {
        let what: String
        let kind: String
        let token: String
        let family: Int?
        let reason: String?
    }

    struct Family: Sendable {
        let member: String
        let generation: Int
        let revoked: String?
    }

    let events: [Event]
    let families: [Family]

    init?(at origin: URI) {
        guard let answer = try? origin.server.send(HTTPRequest("GET", "/_mock/ledger")),
            let json = try? JSON.parse(answer.body, limits: .file)
        else { return nil }
        events = (json["events"]?.array ?? []).compactMap { event in
            guard let what = event["what"]?.string, let kind = event["kind"]?.string,
                let token = event["token"]?.string
            else { return nil }
            return Event(
                what: what, kind: kind, token: token, family: event["family"]?.int, reason: event["reason"]?.string)
        }
        families = (json["families"]?.array ?? []).map { family in
            Family(
                member: family["member"]?.string ?? "", generation: family["generation"]?.int ?? 0,
                revoked: family["revoked"]?.string)
        }
    }

    /// How many token requests it has seen.
    static func tokenRequests(at origin: URI) -> Int {
        guard let answer = try? origin.server.send(HTTPRequest("GET", "/_mock/requests")),
            let json = try? JSON.parse(answer.body)
        else { return 0 }
        return json["requests"]?["token"]?.int ?? 0
    }

    /// Queues a fault, or `{"clear": true}`.
    static func fault(_ json: JSON, at origin: URI) {
        let answer = try? origin.server.send(
            HTTPRequest("POST", "/_mock/faults", headers: ["Content-Type": "application/json"], body: json.bytes))
        precondition(answer?.status ?? 500 < 300, "the fault was refused")
    }
}

extension URI {
    /// Whoever listens there.
    var server: HTTPClient { HTTPClient(.tcp(host: host, port: port)) }
}
