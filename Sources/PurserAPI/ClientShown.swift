public import Wire

/// Who Purser is at one provider, as `GET /v1/clients` shows it. A client secret is never in it.
public struct ClientShown: Sendable, Hashable {
    /// Where the registration comes from.
    public enum Source: String, Sendable, Hashable, CaseIterable {
        /// The preset of the provider's folder.
        case folder
        /// It was set here, or registered itself.
        case registered
        /// There is none: the provider cannot be linked.
        case none
    }

    /// Who takes the authorization response at the redirect URI.
    public enum Listens: String, Sendable, Hashable, CaseIterable {
        /// The daemon, always.
        case daemon
        /// The daemon, while a link waits for its answer.
        case whilePending
        /// Nobody here: something must pass it on to the daemon.
        case nobody
    }

    public let provider: String
    public let clientID: String?
    public let source: Source
    /// The manifest's `clientAuthentication`.
    public let authentication: String
    public let hasSecret: Bool
    /// Until when the certificate is good that Purser shows there; nil: it shows none.
    public let certificateEndsAt: Instant?
    /// What must be registered at the provider's portal, exactly, and who listens there; nil: nobody is sent back from this
    /// provider.
    public let redirectURI: String?
    public let listens: Listens?
    public let scopes: [String]
    public let changedAt: Instant?
    /// Nil: it did not register itself.
    public let registration: RegistrationShown?

    public init(
        provider: String, clientID: String?, source: Source, authentication: String, hasSecret: Bool,
        certificateEndsAt: Instant? = nil, redirectURI: String?, listens: Listens?, scopes: [String],
        changedAt: Instant?,
        registration: RegistrationShown? = nil
    ) {
        self.provider = provider
        self.clientID = clientID
        self.source = source
        self.authentication = authentication
        self.hasSecret = hasSecret
        self.certificateEndsAt = certificateEndsAt
        self.redirectURI = redirectURI
        self.listens = listens
        self.scopes = scopes
        self.changedAt = changedAt
        self.registration = registration
    }

    public var json: JSON {
        var object = JSONObject([("provider", .string(provider))])
        if let clientID { object["clientId"] = .string(clientID) }
        object["source"] = .string(source.rawValue)
        object["authentication"] = .string(authentication)
        object["hasSecret"] = .bool(hasSecret)
        if let certificateEndsAt { object["certificateEndsAt"] = .string(certificateEndsAt.rfc3339) }
        if let redirectURI { object["redirectUri"] = .string(redirectURI) }
        if let listens { object["listens"] = .string(listens.rawValue) }
        object["scopes"] = .array(scopes.map { .string($0) })
        if let changedAt { object["changedAt"] = .string(changedAt.rfc3339) }
        if let registration { object["registration"] = registration.json }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let provider = json["provider"]?.string, let source = json["source"]?.string.flatMap(Source.init),
            let authentication = json["authentication"]?.string
        else { return nil }
        self.init(
            provider: provider, clientID: json["clientId"]?.string, source: source, authentication: authentication,
            hasSecret: json["hasSecret"]?.bool ?? false,
            certificateEndsAt: json["certificateEndsAt"]?.string.flatMap { Instant(rfc3339: $0) },
            redirectURI: json["redirectUri"]?.string,
            listens: json["listens"]?.string.flatMap(Listens.init),
            scopes: json["scopes"]?.array?.compactMap(\.string) ?? [],
            changedAt: json["changedAt"]?.string.flatMap { Instant(rfc3339: $0) },
            registration: json["registration"].flatMap(RegistrationShown.init))
    }

    public static let schema = Schema.object(
        .must("provider", .text), .may("clientId", .text), .must("source", .word(Source.allCases.map(\.rawValue))),
        .must("authentication", .text), .must("hasSecret", .flag),
        .may("certificateEndsAt", .moment.saying("Left out: no certificate is shown there.")),
        .may("redirectUri", .uri.saying("Left out: nobody is sent back from this provider.")),
        .may("listens", .word(Listens.allCases.map(\.rawValue))), .must("scopes", .list(of: .text)),
        .may("changedAt", .moment), .may("registration", .shape("ClientRegistration")))

    /// What `PUT /v1/clients/{provider}` takes.
    public static let settingSchema = Schema.object(
        .must("clientId", .text(upTo: 4096)),
        .may("clientSecret", .text(upTo: 4096).saying("Left out: the secret that is there stays, for the same id.")),
        .may(
            "clientKey",
            .text(upTo: 16384).saying(
                "A private JWK set, or a certificate with its key (PEM). Left out: what is there stays.")),
        .may("redirectUri", .uri.saying("Left out: the daemon's own callback.")),
        .may("scopes", .list(of: .text).saying("Left out: the manifest's.")))
}

/// What setting, registering or removing a client registration answers.
public struct ClientChanged: Sendable, Hashable {
    public let client: ClientShown
    /// Links that were suspended with a question, in any wallet.
    public let suspended: Int
    /// Consents under way that were called off.
    public let calledOff: Int
    /// What else there is to say, in words: what the provider registered otherwise, or what stays there.
    public let remarks: [String]

    public init(client: ClientShown, suspended: Int, calledOff: Int, remarks: [String] = []) {
        self.client = client
        self.suspended = suspended
        self.calledOff = calledOff
        self.remarks = remarks
    }

    public var json: JSON {
        [
            "client": client.json, "suspended": .int(suspended), "calledOff": .int(calledOff),
            "remarks": .array(remarks.map { .string($0) }),
        ]
    }

    public init?(_ json: JSON) {
        guard let client = json["client"].flatMap(ClientShown.init), let suspended = json["suspended"]?.int,
            let calledOff = json["calledOff"]?.int
        else { return nil }
        self.init(
            client: client, suspended: suspended, calledOff: calledOff,
            remarks: json["remarks"]?.array?.compactMap(\.string) ?? [])
    }

    public static let schema = Schema.object(
        .must("client", .shape("Client")), .must("suspended", .count), .must("calledOff", .count),
        .must("remarks", .list(of: .text).saying("What else there is to say, in words.")))
}
