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
    public let unit: String
    public let nextExpiry: (amount: String, on: CivilDate)?
    public let observedAt: Instant
    public let staleAfter: Instant
    public let link: LinkShown?

    public init?(_ json: JSON) {
        guard let id = json["id"]?.string, let provider = json["provider"]?.string, let label = json["label"]?.string,
            let membership = json["membership"], let number = membership["number"]?.string,
            let balance = json["balance"], let state = balance["state"]?.string, let unit = balance["unit"]?.string,
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
        observedAt = observed
        staleAfter = stale
        link = json["link"].flatMap(LinkShown.init)
    }
}
