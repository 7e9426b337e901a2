public import Wire

/// One API token as `GET /v1/tokens` shows it. Its text is never shown again.
public struct TokenShown: Sendable, Hashable {
    public let id: String
    public let name: String?
    public let scopes: [String]
    /// The providers it is restricted to; nil: none.
    public let programmes: [String]?
    public let createdAt: Instant
    /// From when on it is refused; nil: never.
    public let expiresAt: Instant?
    /// The token it was made with; nil: on the daemon's socket.
    public let madeBy: String?
    public let lastUsedAt: Instant?

    public init(
        id: String, name: String?, scopes: [String], programmes: [String]?, createdAt: Instant, expiresAt: Instant?,
        madeBy: String?, lastUsedAt: Instant?
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.programmes = programmes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.madeBy = madeBy
        self.lastUsedAt = lastUsedAt
    }

    public var json: JSON {
        var object = JSONObject([("id", .string(id))])
        if let name { object["name"] = .string(name) }
        object["scopes"] = .array(scopes.map { .string($0) })
        if let programmes { object["programmes"] = .array(programmes.map { .string($0) }) }
        object["createdAt"] = .string(createdAt.rfc3339)
        if let expiresAt { object["expiresAt"] = .string(expiresAt.rfc3339) }
        if let madeBy { object["madeBy"] = .string(madeBy) }
        if let lastUsedAt { object["lastUsedAt"] = .string(lastUsedAt.rfc3339) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        func moment(_ name: String) -> Instant? { json[name]?.string.flatMap { Instant(rfc3339: $0) } }
        guard let id = json["id"]?.string, let scopes = json["scopes"]?.array?.compactMap(\.string),
            let created = moment("createdAt")
        else { return nil }
        self.init(
            id: id, name: json["name"]?.string, scopes: scopes,
            programmes: json["programmes"]?.array?.compactMap(\.string), createdAt: created,
            expiresAt: moment("expiresAt"), madeBy: json["madeBy"]?.string, lastUsedAt: moment("lastUsedAt"))
    }

    /// What a token may be made for.
    public static let scopes = ["balances:read", "numbers:read", "entries:read", "links:manage", "admin"]

    public static let schema = Schema.object(
        .must("id", .id("tok_")), .may("name", .text), .must("scopes", .set(of: .word(scopes))),
        .may("programmes", .set(of: .text).saying("The providers it is restricted to; absent: none.")),
        .must("createdAt", .moment), .may("expiresAt", .moment.saying("From when on it is refused; absent: never.")),
        .may("madeBy", .id("tok_").saying("The token it was made with; absent: on the socket.")),
        .may("lastUsedAt", .moment.saying("To the minute.")))

    /// What `POST /v1/tokens` takes.
    public static let requestSchema = Schema.object(
        .must("scopes", .set(of: .word(scopes))),
        .may("programmes", .set(of: .text).saying("Folder names or programme keys.")),
        .may("expires", .text.saying("2027-01-31 (good until that day is over, UTC), 30d, 12h; absent: never.")),
        .may("name", .text(upTo: 64)))
}

/// What `POST /v1/tokens` answers: the only time the token itself is shown.
public struct TokenMade: Sendable, Hashable {
    public let token: String
    public let shown: TokenShown

    public init(token: String, shown: TokenShown) {
        self.token = token
        self.shown = shown
    }

    public var json: JSON { ["token": .string(token), "about": shown.json] }

    public init?(_ json: JSON) {
        guard let token = json["token"]?.string, let shown = json["about"].flatMap(TokenShown.init) else { return nil }
        self.init(token: token, shown: shown)
    }

    public static let schema = Schema.object(
        .must("token", .text("^purser_[a-z2-7]{52}$").saying("Shown this once; only its hash is kept.")),
        .must("about", .shape("Token")))
}
