public import Wire

/// How a client stands that registered itself (RFC 7591), within a `ClientShown`. No secret and no token is in it.
public struct RegistrationShown: Sendable, Hashable {
    public let registeredAt: Instant
    /// Whether Purser can change it and take it back (RFC 7592).
    public let isManaged: Bool
    /// Nil: never, or there is no secret.
    public let secretEndsAt: Instant?
    /// When its secret is renewed next; nil: never.
    public let renewsAt: Instant?
    /// Why that failed the last time, and by when somebody must act.
    public let trouble: String?

    public init(
        registeredAt: Instant, isManaged: Bool, secretEndsAt: Instant?, renewsAt: Instant?, trouble: String?
    ) {
        self.registeredAt = registeredAt
        self.isManaged = isManaged
        self.secretEndsAt = secretEndsAt
        self.renewsAt = renewsAt
        self.trouble = trouble
    }

    public var json: JSON {
        var object = JSONObject([
            ("registeredAt", .string(registeredAt.rfc3339)), ("managed", .bool(isManaged)),
        ])
        if let secretEndsAt { object["secretEndsAt"] = .string(secretEndsAt.rfc3339) }
        if let renewsAt { object["renewsAt"] = .string(renewsAt.rfc3339) }
        if let trouble { object["trouble"] = .string(trouble) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        func moment(_ name: String) -> Instant? { json[name]?.string.flatMap { Instant(rfc3339: $0) } }
        guard let registeredAt = moment("registeredAt"), let isManaged = json["managed"]?.bool else { return nil }
        self.init(
            registeredAt: registeredAt, isManaged: isManaged, secretEndsAt: moment("secretEndsAt"),
            renewsAt: moment("renewsAt"), trouble: json["trouble"]?.string)
    }

    public static let schema = Schema.object(
        .must("registeredAt", .moment),
        .must("managed", .flag.saying("Whether Purser can change it and take it back (RFC 7592).")),
        .may("secretEndsAt", .moment.saying("Left out: never, or there is no secret.")), .may("renewsAt", .moment),
        .may("trouble", .text.saying("Why its secret was not renewed, and by when somebody must act.")))

    /// What `POST /v1/clients/{provider}/registration` takes.
    public static let requestSchema = Schema.object(
        .may("initialToken", .text(upTo: 4096).saying("The initial access token, where the provider wants one.")))
}
