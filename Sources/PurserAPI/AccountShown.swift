public import Wire

/// One account as `GET /v1/accounts` shows it, for readers in Swift. Members that are not needed to show it are kept in
/// `json`.
public struct AccountShown: Sendable {
    public let json: JSON
    public let id: String
    public let provider: String
    public let label: String
    public let number: String
    public let holder: String?
    public let tiers: [String]
    public let balanceType: String
    /// known, unknown, hidden, unsupported.
    public let balanceState: String
    public let amount: String?
    public let unit: UnitShown
    /// A certificate or coupon of the membership; every account of it carries them all.
    public struct Voucher: Sendable, Hashable {
        public let title: String?
        public let amount: String?
        public let unit: UnitShown?
        public let expires: CivilDate?

        init(_ json: JSON) {
            title = json["title"]?.string
            amount = json["amount"]?.string
            unit = UnitShown(json)
            expires = json["expires"]?.string.flatMap { CivilDate(iso: $0) }
        }
    }

    public let vouchers: [Voucher]
    public let nextExpiry: (amount: String, on: CivilDate)?
    public let observedAt: Instant
    public let staleAfter: Instant
    public let link: LinkShown?

    public init?(_ json: JSON) {
        guard let id = json["id"]?.string, let provider = json["provider"]?.string, let label = json["label"]?.string,
            let membership = json["membership"], let number = membership["number"]?.string,
            let balance = json["balance"], let state = balance["state"]?.string, let unit = UnitShown(balance),
            let type = balance["type"]?.string,
            let observed = json["observedAt"]?.string.flatMap({ Instant(rfc3339: $0) }),
            let stale = json["staleAfter"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        self.json = json
        self.id = id
        self.provider = provider
        self.label = label
        self.number = number
        holder = membership["holder"]?.string
        tiers = membership["tiers"]?.array?.compactMap { $0["title"]?.string } ?? []
        balanceType = type
        balanceState = state
        amount = balance["amount"]?.string
        self.unit = unit
        if let expiry = json["nextExpiry"], let amount = expiry["amount"]?.string,
            let on = expiry["on"]?.string.flatMap({ CivilDate(iso: $0) })
        {
            nextExpiry = (amount, on)
        } else {
            nextExpiry = nil
        }
        vouchers = json["vouchers"]?.array?.map(Voucher.init) ?? []
        observedAt = observed
        staleAfter = stale
        link = json["link"].flatMap(LinkShown.init)
    }
}

extension AccountShown {
    public static let schema = Schema.object(
        .must("id", .id("acc_")), .must("provider", .text), .must("programme", .text),
        .must("kind", .word(ProviderShown.kinds)), .must("label", .text),
        .must(
            "membership",
            .object(
                .must("id", .id("mem_")), .must("number", .text.saying("Masked without numbers:read.")),
                .may("holder", .text.saying("Initials without numbers:read.")),
                .must("tiers", .list(of: tierSchema)))),
        .must("balance", balanceSchema),
        .may("nextExpiry", .object(.must("amount", .amount), .must("on", .date))),
        .must(
            "lots",
            .list(of: .object(.must("amount", .amount), .must("expires", .date), .may("earned", .date)))),
        .must(
            "vouchers",
            .list(
                of: .object(
                    .must("id", .text), .may("title", .text), .may("amount", .amount), .may("unit", .text), one, many,
                    .may("expires", .date)))),
        .may("asOf", .moment), .must("observedAt", .moment), .must("staleAfter", .moment),
        .must("link", .orNull(.shape("Link"))), .must("version", .count))

    /// What `GET /v1/accounts` answers.
    public static let viewSchema = Schema.object(
        .must("version", .count), .must("accounts", .list(of: .shape("Account"))),
        .must("links", .list(of: .shape("Link"))))

    private static let tierSchema = Schema.object(
        .must("code", .text), .must("title", .text), .may("scheme", .text), .may("until", .date))

    /// An amount is there only when it is known: nothing else is a zero.
    private static let balanceSchema = Schema.either(
        .object(
            .must("type", .text), .must("state", .word(["known"])), .must("amount", .amount), .must("unit", .text),
            one, many, .must("decimals", .number(0...8))),
        .object(
            .must("type", .text), .must("state", .word(["unknown", "hidden", "unsupported"])), .must("unit", .text),
            one, many, .must("decimals", .number(0...8))))

    private static let one = Schema.Member.may("one", .text.saying("The unit's word for exactly one."))
    private static let many = Schema.Member.may("many", .text.saying("And for any other amount."))
}
