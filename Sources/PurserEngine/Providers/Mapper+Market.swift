import Wire

// What points are worth and where they can be transferred: rows of no person.

extension Mapper {
    mutating func readValues() {
        var seen: Set<[String]> = []
        for (rule, item, _) in items(.values) {
            guard let programme = name("programme", rule, item, .values),
                let amount = amount("amount", rule, item, .values, isRequired: true),
                let currency = required("currency", rule, item, .values)
            else { continue }
            guard PointValue.isCurrency(currency) else {
                warn("values: a row whose currency is no code of ISO 4217 was dropped")
                continue
            }
            guard !amount.isNegative else {
                warn("values: a row with a value below zero was dropped")
                continue
            }
            let value = PointValue(
                programme: programme, unit: words("unit", rule, item, .values), amount: amount,
                low: self.amount("low", rule, item, .values, isRequired: false),
                high: self.amount("high", rule, item, .values, isRequired: false), currency: currency,
                source: words("source", rule, item, .values), asOf: day("asOf", rule, item, .values))
            guard seen.insert([programme, value.unit ?? "", currency, value.source ?? ""]).inserted else {
                warn("values: two rows of one source for one programme; the first counts")
                continue
            }
            guard out.values.count < Limits.marketRows else {
                return warn("values: more than \(Limits.marketRows) rows; the rest is left out")
            }
            out.values.append(value)
        }
    }

    mutating func readPartners() {
        for (rule, item, _) in items(.partners) {
            guard let from = name("from", rule, item, .partners), let to = name("to", rule, item, .partners),
                let give = amount("give", rule, item, .partners, isRequired: true),
                let get = amount("get", rule, item, .partners, isRequired: true)
            else { continue }
            guard give > .zero, get > .zero else {
                warn("partners: a row whose ratio is not above zero was dropped")
                continue
            }
            guard out.partners.count < Limits.marketRows else {
                return warn("partners: more than \(Limits.marketRows) rows; the rest is left out")
            }
            out.partners.append(
                TransferPartner(
                    from: from, to: to, give: give, get: get,
                    minimum: amount("minimum", rule, item, .partners, isRequired: false),
                    since: day("since", rule, item, .partners), until: day("until", rule, item, .partners),
                    title: words("title", rule, item, .partners)))
        }
    }

    /// A programme's key: as it came, or the row is dropped. One that was cut would be another programme's.
    private mutating func name(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section
    ) -> String? {
        guard let text = required(name, rule, item, section) else { return nil }
        guard !text.isEmpty, Exactly.same(text, Harmless.text(text, limit: Limits.marketTextCount)) else {
            warn("\(section.rawValue): a row whose \(name) cannot be shown was dropped")
            return nil
        }
        return text
    }

    /// Words for people, cut where they are too long.
    private mutating func words(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section
    ) -> String? {
        guard let text = text(name, rule, item, section), !text.isEmpty else { return nil }
        return Harmless.text(text, limit: Limits.marketTextCount)
    }
}
