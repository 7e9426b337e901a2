public import Wire

/// What somebody says one point of a programme is worth: an opinion with a source and a date. Never part of a balance.
public struct PointValue: Sendable, Hashable {
    /// The programme's key, as a manifest has it, or whatever else the provider calls it.
    public let programme: String
    /// Nil: of the programme's points, whatever they are called.
    public let unit: String?
    /// The worth of one point, in `currency`. Not below zero.
    public let amount: ExactDecimal
    /// The least and the most that the source takes it for.
    public let low: ExactDecimal?
    public let high: ExactDecimal?
    /// ISO 4217.
    public let currency: String
    public let source: String?
    /// Of which day the source's opinion is; nil: it does not say.
    public let asOf: CivilDate?

    public init(
        programme: String, unit: String?, amount: ExactDecimal, low: ExactDecimal?, high: ExactDecimal?,
        currency: String, source: String?, asOf: CivilDate?
    ) {
        self.programme = programme
        self.unit = unit
        self.amount = amount
        self.low = low
        self.high = high
        self.currency = currency
        self.source = source
        self.asOf = asOf
    }

    /// Whether a text has the form of a currency code (ISO 4217): three capital letters.
    public static func isCurrency(_ text: String) -> Bool {
        text.utf8.count == 3 && text.utf8.allSatisfy { (65...90).contains($0) }
    }
}

/// That points of one programme can be made points of another one.
public struct TransferPartner: Sendable, Hashable {
    public let from: String
    public let to: String
    /// So many of `from` become so many of `to`. Both above zero.
    public let give: ExactDecimal
    public let get: ExactDecimal
    /// The fewest that are transferred at once.
    public let minimum: ExactDecimal?
    public let since: CivilDate?
    /// The last day; nil: no end is known.
    public let until: CivilDate?
    /// What the provider calls it: a promotion, say.
    public let title: String?

    public init(
        from: String, to: String, give: ExactDecimal, get: ExactDecimal, minimum: ExactDecimal?, since: CivilDate?,
        until: CivilDate?, title: String?
    ) {
        self.from = from
        self.to = to
        self.give = give
        self.get = get
        self.minimum = minimum
        self.since = since
        self.until = until
        self.title = title
    }
}
