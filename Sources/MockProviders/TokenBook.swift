public import Wire

/// One value that was handed out: a code, an access, refresh or ID token.
struct MockToken: Sendable {
    enum Kind: String, Sendable { case code, access, refresh, id }

    let value: String
    let kind: Kind
    let family: Int
    /// How many refreshes led here; 0 for the code, 1 for what it bought.
    let generation: Int
    let scopes: [String]
    let endsAt: Instant?
    /// The thumbprint of the key that it is bound to (RFC 9449 6).
    var key: String?
    /// The refresh token this one came for.
    var parent: String?
    /// The refresh token that came of it last.
    var successor: String?
    /// When it was first spent (codes, refresh tokens) or used (access tokens).
    var spentAt: Instant?
    var isRevoked = false
    /// Its successor was used: under graceUntilUsed it is over.
    var isSuperseded = false
}

/// All that grew from one consent.
struct TokenFamily: Sendable {
    let client: String
    let subject: String
    /// Where the person went back to with the code; nil: nowhere.
    let cameFrom: String?
    let consentedAt: Instant
    var generation = 0
    /// What was consented to beside scopes.
    var asked = AskedFor()
    var revokedBecause: String?
    fileprivate(set) var values: [String] = []
}

/// One line of an authorization server's journal: what became of a token there.
public struct LedgerEvent: Sendable {
    /// `issued`, `spent`, `used`, `spent again`, `refused` or `revoked`.
    public let what: String
    /// `code`, `access`, `refresh` or `id`.
    public let kind: String
    public let token: String
    /// The consent it grew from; nil for a token that nobody gave out.
    public let family: Int?
    public let generation: Int?
    public let client: String?
    public let subject: String?
    public let reason: String?
    public let at: Instant
}

/// What a pretended authorization server remembers, and the journal tests read.
struct TokenBook: Sendable {
    private(set) var tokens: [String: MockToken] = [:]
    private(set) var families: [TokenFamily] = []
    private(set) var events: [LedgerEvent] = []

    /// A new family; its number.
    mutating func begin(
        client: String, subject: String, from uri: String? = nil, asked: AskedFor = AskedFor(), at now: Instant
    ) -> Int {
        families.append(
            TokenFamily(client: client, subject: subject, cameFrom: uri, consentedAt: now, asked: asked))
        return families.count - 1
    }

    func family(of token: MockToken) -> TokenFamily { families[token.family] }

    /// Whether a family has this scope.
    func reaches(_ number: Int, _ scope: String) -> Bool {
        families[number].values.contains { tokens[$0]?.scopes.contains(scope) ?? false }
    }

    mutating func issue(_ token: MockToken, at now: Instant) {
        tokens[token.value] = token
        families[token.family].values.append(token.value)
        families[token.family].generation = max(families[token.family].generation, token.generation)
        if token.kind == .refresh, let parent = token.parent { tokens[parent]?.successor = token.value }
        note("issued", token, nil, now)
    }

    /// Notes the first use of a token; later ones say nothing new.
    mutating func spend(_ value: String, at now: Instant) {
        guard let token = tokens[value], token.spentAt == nil else { return }
        tokens[value]?.spentAt = now
        note(token.kind == .access ? "used" : "spent", token, nil, now)
        if let parent = token.parent { tokens[parent]?.isSuperseded = true }
    }

    /// Notes a second use that the rotation policy takes.
    mutating func spendAgain(_ value: String, at now: Instant) {
        if let token = tokens[value] { note("spent again", token, nil, now) }
    }

    mutating func refuse(_ value: String, _ kind: MockToken.Kind, because reason: String, at now: Instant) {
        if let token = tokens[value] {
            note("refused", token, reason, now)
        } else {
            events.append(
                LedgerEvent(
                    what: "refused", kind: kind.rawValue, token: value, family: nil, generation: nil, client: nil,
                    subject: nil, reason: reason, at: now))
        }
    }

    mutating func revoke(_ value: String, because reason: String, at now: Instant) {
        guard let token = tokens[value], !token.isRevoked else { return }
        tokens[value]?.isRevoked = true
        note("revoked", token, reason, now)
    }

    /// Every token of the family dies; the journal names each.
    mutating func revokeFamily(_ number: Int, because reason: String, at now: Instant) {
        guard families[number].revokedBecause == nil else { return }
        families[number].revokedBecause = reason
        for value in families[number].values where tokens[value]?.kind != .id {
            revoke(value, because: reason, at: now)
        }
    }

    /// Why a token is not good now; nil when it is.
    func fault(_ token: MockToken, at now: Instant) -> String? {
        if token.isRevoked || families[token.family].revokedBecause != nil { return "it was revoked" }
        if let end = token.endsAt, now >= end { return "it has expired" }
        return nil
    }

    /// Notes what is of no token.
    mutating func note(
        _ what: String, of kind: String, token: String = "", because reason: String, at now: Instant
    ) {
        events.append(
            LedgerEvent(
                what: what, kind: kind, token: token, family: nil, generation: nil, client: nil, subject: nil,
                reason: reason, at: now))
    }

    private mutating func note(_ what: String, _ token: MockToken, _ reason: String?, _ now: Instant) {
        let family = families[token.family]
        events.append(
            LedgerEvent(
                what: what, kind: token.kind.rawValue, token: token.value, family: token.family,
                generation: token.generation, client: family.client, subject: family.subject, reason: reason, at: now))
    }
}

extension TokenBook {
    /// The journal and the families as they stand, for `GET /_mock/ledger`.
    var json: [(String, JSON)] {
        let lines = events.map { event -> JSON in
            var line = JSONObject([
                ("what", .string(event.what)), ("kind", .string(event.kind)), ("token", .string(event.token)),
                ("family", event.family.map { .int($0) } ?? .null),
                ("generation", event.generation.map { .int($0) } ?? .null),
                ("client", event.client.map { .string($0) } ?? .null),
                ("member", event.subject.map { .string($0) } ?? .null), ("at", .string(event.at.rfc3339)),
            ])
            if let reason = event.reason { line["reason"] = .string(reason) }
            return .object(line)
        }
        let rows = families.enumerated().map { number, family -> JSON in
            [
                "family": .int(number), "client": .string(family.client), "member": .string(family.subject),
                "consentedAt": .string(family.consentedAt.rfc3339), "generation": .int(family.generation),
                "revoked": family.revokedBecause.map { .string($0) } ?? .null,
            ]
        }
        return [("events", .array(lines)), ("families", .array(rows))]
    }
}
