public import Wire

/// What `GET /v1/status` answers.
public struct StatusShown: Sendable, Hashable {
    public let version: String
    public let startedAt: Instant
    public let now: Instant
    /// `http://127.0.0.1:7878`, with the port it really got.
    public let listen: String
    /// `--public-url`, where there is one.
    public let publicURL: String?
    /// Where things lie: told on the socket only, else empty.
    public let data: String
    public let keySource: String
    /// Why nothing but this answers; nil: open.
    public let sealed: String?
    /// Whose access tokens the API takes beside our own, by issuer.
    public let issuers: [String]
    /// Links by state, sorted by name.
    public let links: [(state: String, count: Int)]
    public let providers: Int
    public let brokenProviders: [String]
    public let nextDue: Instant?
    public let working: Int
    /// When the database was found to be a restored one, and nobody has said yet that the other is gone; nil: it is not.
    public let restoredAt: Instant?

    public init(
        version: String, startedAt: Instant, now: Instant, listen: String, publicURL: String? = nil, data: String,
        keySource: String, sealed: String?, issuers: [String] = [], links: [(state: String, count: Int)],
        providers: Int,
        brokenProviders: [String],
        nextDue: Instant?, working: Int, restoredAt: Instant? = nil
    ) {
        self.restoredAt = restoredAt
        self.version = version
        self.startedAt = startedAt
        self.now = now
        self.listen = listen
        self.publicURL = publicURL
        self.data = data
        self.keySource = keySource
        self.sealed = sealed
        self.issuers = issuers
        self.links = links
        self.providers = providers
        self.brokenProviders = brokenProviders
        self.nextDue = nextDue
        self.working = working
    }

    public static func == (a: Self, b: Self) -> Bool { a.json == b.json }
    public func hash(into hasher: inout Hasher) { hasher.combine(json) }

    public var json: JSON {
        var object = JSONObject([
            ("version", .string(version)), ("startedAt", .string(startedAt.rfc3339)), ("now", .string(now.rfc3339)),
            ("listen", .string(listen)),
        ])
        if let publicURL { object["publicUrl"] = .string(publicURL) }
        if !data.isEmpty { object["data"] = .string(data) }
        if !keySource.isEmpty { object["keySource"] = .string(keySource) }
        if let sealed { object["sealed"] = .string(sealed) }
        if !issuers.isEmpty { object["tokensOf"] = .array(issuers.map { .string($0) }) }
        object["links"] = .object(JSONObject(links.map { ($0.state, JSON.int($0.count)) }))
        object["providers"] = .int(providers)
        object["brokenProviders"] = .array(brokenProviders.map { .string($0) })
        if let nextDue { object["nextDue"] = .string(nextDue.rfc3339) }
        object["working"] = .int(working)
        if let restoredAt { object["restoredAt"] = .string(restoredAt.rfc3339) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        func moment(_ name: String) -> Instant? { json[name]?.string.flatMap { Instant(rfc3339: $0) } }
        guard let version = json["version"]?.string, let started = moment("startedAt"), let now = moment("now"),
            let listen = json["listen"]?.string
        else { return nil }
        self.init(
            version: version, startedAt: started, now: now, listen: listen, publicURL: json["publicUrl"]?.string,
            data: json["data"]?.string ?? "",
            keySource: json["keySource"]?.string ?? "", sealed: json["sealed"]?.string,
            issuers: json["tokensOf"]?.array?.compactMap(\.string) ?? [],
            links: json["links"]?.object?.members.compactMap { member in member.value.int.map { (member.name, $0) } }
                ?? [],
            providers: json["providers"]?.int ?? 0,
            brokenProviders: json["brokenProviders"]?.array?.compactMap(\.string) ?? [], nextDue: moment("nextDue"),
            working: json["working"]?.int ?? 0, restoredAt: moment("restoredAt"))
    }
}

extension StatusShown {
    public static let schema = Schema.object(
        .must("version", .text), .must("startedAt", .moment), .must("now", .moment), .must("listen", .uri),
        .may("publicUrl", .uri), .may("data", .text.saying("On the socket only.")),
        .may("keySource", .text.saying("On the socket only.")),
        .may("sealed", .text.saying("Why the keys cannot be had.")),
        .may("tokensOf", .list(of: .text).saying("Issuers whose access tokens are taken beside our own.")),
        .must("links", .map(of: .count).saying("How many, by state.")), .must("providers", .count),
        .must("brokenProviders", .list(of: .text)), .may("nextDue", .moment), .must("working", .count),
        .may(
            "restoredAt",
            .moment.saying(
                "The database is a restored one: strict providers' tokens are not refreshed until confirmed.")))
}
