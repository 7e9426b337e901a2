public import Wire

/// What one point of a programme is worth, as `GET /v1/values` shows it: somebody's opinion, with its source and date.
public struct PointValueShown: Sendable, Hashable {
    /// The valuation provider.
    public let provider: String
    /// The programme's key; and its title, where a provider here has that key.
    public let programme: String
    public let title: String?
    public let unit: String?
    /// The worth of one point, in `currency`.
    public let amount: ExactDecimal
    public let low: ExactDecimal?
    public let high: ExactDecimal?
    public let currency: String
    public let source: String?
    public let asOf: CivilDate?
    public let observedAt: Instant
    public let staleAfter: Instant

    public init(
        provider: String, programme: String, title: String?, unit: String?, amount: ExactDecimal, low: ExactDecimal?,
        high: ExactDecimal?, currency: String, source: String?, asOf: CivilDate?, observedAt: Instant,
        staleAfter: Instant
    ) {
        self.provider = provider
        self.programme = programme
        self.title = title
        self.unit = unit
        self.amount = amount
        self.low = low
        self.high = high
        self.currency = currency
        self.source = source
        self.asOf = asOf
        self.observedAt = observedAt
        self.staleAfter = staleAfter
    }

    public var json: JSON {
        .members([
            ("provider", provider), ("programme", programme), ("title", title), ("unit", unit),
            ("amount", amount.text), ("low", low?.text), ("high", high?.text), ("currency", currency),
            ("source", source), ("asOf", asOf?.iso), ("observedAt", observedAt.rfc3339),
            ("staleAfter", staleAfter.rfc3339),
        ])
    }

    public init?(_ json: JSON) {
        guard let provider = json["provider"]?.string, let programme = json["programme"]?.string,
            let amount = json.decimal("amount"), let currency = json["currency"]?.string,
            let observedAt = json.moment("observedAt"), let staleAfter = json.moment("staleAfter")
        else { return nil }
        self.init(
            provider: provider, programme: programme, title: json["title"]?.string, unit: json["unit"]?.string,
            amount: amount, low: json.decimal("low"), high: json.decimal("high"), currency: currency,
            source: json["source"]?.string, asOf: json.day("asOf"), observedAt: observedAt, staleAfter: staleAfter)
    }

    public static let schema = Schema.object(
        .must("provider", .text.saying("The valuation provider.")),
        .must("programme", .text.saying("The programme's key.")),
        .may("title", .text.saying("Its title, where a provider here has that key.")), .may("unit", .text),
        .must("amount", .amount.saying("What its source takes one point to be worth.")), .may("low", .amount),
        .may("high", .amount), .must("currency", .text("^[A-Z]{3}$").saying("ISO 4217.")), .may("source", .text),
        .may("asOf", .date.saying("Of which day the source's opinion is.")), .must("observedAt", .moment),
        .must("staleAfter", .moment))
}

/// That points of one programme can be made points of another, as `GET /v1/values` shows it.
public struct TransferPartnerShown: Sendable, Hashable {
    public let provider: String
    public let from: String
    public let fromTitle: String?
    public let to: String
    public let toTitle: String?
    public let give: ExactDecimal
    public let get: ExactDecimal
    public let minimum: ExactDecimal?
    public let since: CivilDate?
    public let until: CivilDate?
    public let title: String?
    public let observedAt: Instant
    public let staleAfter: Instant

    public init(
        provider: String, from: String, fromTitle: String?, to: String, toTitle: String?, give: ExactDecimal,
        get: ExactDecimal, minimum: ExactDecimal?, since: CivilDate?, until: CivilDate?, title: String?,
        observedAt: Instant, staleAfter: Instant
    ) {
        self.provider = provider
        self.from = from
        self.fromTitle = fromTitle
        self.to = to
        self.toTitle = toTitle
        self.give = give
        self.get = get
        self.minimum = minimum
        self.since = since
        self.until = until
        self.title = title
        self.observedAt = observedAt
        self.staleAfter = staleAfter
    }

    public var json: JSON {
        .members([
            ("provider", provider), ("from", from), ("fromTitle", fromTitle), ("to", to), ("toTitle", toTitle),
            ("give", give.text), ("get", get.text), ("minimum", minimum?.text), ("since", since?.iso),
            ("until", until?.iso), ("title", title), ("observedAt", observedAt.rfc3339),
            ("staleAfter", staleAfter.rfc3339),
        ])
    }

    public init?(_ json: JSON) {
        guard let provider = json["provider"]?.string, let from = json["from"]?.string, let to = json["to"]?.string,
            let give = json.decimal("give"), let get = json.decimal("get"),
            let observedAt = json.moment("observedAt"), let staleAfter = json.moment("staleAfter")
        else { return nil }
        self.init(
            provider: provider, from: from, fromTitle: json["fromTitle"]?.string, to: to,
            toTitle: json["toTitle"]?.string, give: give, get: get, minimum: json.decimal("minimum"),
            since: json.day("since"), until: json.day("until"), title: json["title"]?.string, observedAt: observedAt,
            staleAfter: staleAfter)
    }

    public static let schema = Schema.object(
        .must("provider", .text.saying("The valuation provider.")),
        .must("from", .text.saying("The key of the programme that gives.")), .may("fromTitle", .text),
        .must("to", .text.saying("The key of the programme that gets.")), .may("toTitle", .text),
        .must("give", .amount.saying("So many points of `from`")),
        .must("get", .amount.saying("become so many of `to`.")),
        .may("minimum", .amount.saying("The fewest that are transferred at once.")), .may("since", .date),
        .may("until", .date.saying("The last day.")), .may("title", .text.saying("What the provider calls it.")),
        .must("observedAt", .moment), .must("staleAfter", .moment))
}

extension JSON {
    /// An object of those members that have a value.
    static func members(_ members: [(String, String?)]) -> JSON {
        .object(JSONObject(members.compactMap { name, text in text.map { (name, .string($0)) } }))
    }

    func decimal(_ name: String) -> ExactDecimal? { self[name]?.string.flatMap { ExactDecimal($0) } }
    func moment(_ name: String) -> Instant? { self[name]?.string.flatMap { Instant(rfc3339: $0) } }
    func day(_ name: String) -> CivilDate? { self[name]?.string.flatMap { CivilDate(iso: $0) } }
}
