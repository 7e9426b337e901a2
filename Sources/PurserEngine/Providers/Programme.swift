public import Wire

/// A loyalty programme: what its numbers mean.
public struct Programme: Sendable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case airline, hotel, coffee, rail, fuel, retail, car, bank, valuation, other
    }

    public struct Unit: Sendable, Hashable {
        /// Digits after the point the programme counts in.
        public let decimals: Int
        /// The words for one and for many.
        public let one: String
        public let many: String
    }

    public struct TierStep: Sendable, Hashable {
        public let code: String
        public let title: String
        public let needs: (unit: String, amount: ExactDecimal)?

        public static func == (a: Self, b: Self) -> Bool { a.code == b.code && a.title == b.title }
        public func hash(into hasher: inout Hasher) { hasher.combine(code) }
    }

    public enum Expiry: Sendable, Hashable {
        case fixed(months: Int)
        case rolling(months: Int)
        case activity(months: Int)
        case yearEnd
        case never
        /// The provider states a date with each lot.
        case stated
    }

    /// Reverse-domain, stable for ever.
    public let key: String
    public let kind: Kind
    public let alliance: String?
    public let units: [String: Unit]
    /// In rising order.
    public let tiers: [TierStep]
    public let expiry: Expiry?

    init?(_ node: Node) {
        guard let key = node.text("key"), let kind = node.choice("kind", Kind.self) else { return nil }
        if !Self.isReverseDomain(key) {
            node.refuse("key", "must be a reverse-domain name", "for example com.example.miles")
        }
        self.key = key
        self.kind = kind
        alliance = node.text("alliance")
        var units: [String: Unit] = [:]
        for unit in node.each("units") {
            guard
                let inner = node.reader.object(
                    unit.value, unit.place, ["decimals", "one", "many"], required: ["decimals", "one", "many"])
            else { continue }
            guard let decimals = inner.int("decimals", in: 0...8), let one = inner.text("one"),
                let many = inner.text("many")
            else { continue }
            units[unit.name] = Unit(decimals: decimals, one: one, many: many)
        }
        self.units = units
        tiers = Self.tiers(node, units)
        expiry = Self.expiry(node)
    }

    private static func tiers(_ node: Node, _ units: [String: Unit]) -> [TierStep] {
        guard let list = node["tiers"] else { return [] }
        guard let items = list.array else {
            node.refuse("tiers", "must be a list, in rising order")
            return []
        }
        var out: [TierStep] = []
        for (index, item) in items.enumerated() {
            let place = node.at("tiers") + "/\(index)"
            guard
                let inner = node.reader.object(
                    item, place, ["code", "title", "needs"], required: ["code", "title"]),
                let code = inner.text("code"), let title = inner.text("title")
            else { continue }
            if out.contains(where: { $0.code == code }) { inner.refuse("code", "the tier \(code) comes twice") }
            var needs: (String, ExactDecimal)?
            if inner["needs"] != nil,
                let need = inner.object("needs", ["unit", "amount"], required: ["unit", "amount"]),
                let unit = need.text("unit"), let amount = need.decimal("amount")
            {
                if units[unit] == nil { need.refuse("unit", "no such unit in this programme") }
                needs = (unit, amount)
            }
            out.append(TierStep(code: code, title: title, needs: needs))
        }
        return out
    }

    private static func expiry(_ node: Node) -> Expiry? {
        guard node["expiry"] != nil, let inner = node.object("expiry", ["rule", "months"], required: ["rule"]),
            let rule = inner.text("rule")
        else { return nil }
        switch rule {
        case "year-end", "never", "stated":
            if inner["months"] != nil { inner.refuse("months", "has no meaning with \(rule)") }
            return rule == "never" ? .never : rule == "stated" ? .stated : .yearEnd
        case "fixed", "rolling", "activity":
            guard let months = inner.int("months", in: 1...1200) else {
                if inner["months"] == nil { inner.refuse("months", "missing") }
                return nil
            }
            return rule == "fixed"
                ? .fixed(months: months) : rule == "rolling" ? .rolling(months: months) : .activity(months: months)
        default:
            inner.refuse("rule", "unknown value \(rule)", "one of: fixed, rolling, activity, year-end, never, stated")
            return nil
        }
    }

    private static func isReverseDomain(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
            }
    }
}
