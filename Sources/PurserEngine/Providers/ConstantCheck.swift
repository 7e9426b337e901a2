import Wire

/// What a mapping writes out itself where a name of ours belongs is checked when the folder is read, not at a pull.
struct ConstantCheck {
    let reader: Reader
    let outline: ManifestOutline

    /// - Parameter fields: the `fields` of one rule.
    func check(_ fields: Node, of section: Mapping.Section) {
        for name in section.required + section.optional {
            guard let field = fields[name], let known = names(section, name, fields) else { continue }
            for (text, place) in constants(field, fields.at(name)) where !known.names.contains(text) {
                reader.refuse(place, "\(known.what) \(text)", "one of: \(known.names.joined(separator: ", "))")
            }
        }
        guard section.isMarket else { return }
        for name in ["currency", "amount", "low", "high", "give", "get", "minimum"] {
            guard let field = fields[name] else { continue }
            for (text, place) in constants(field, fields.at(name)) { checkForm(text, of: name, place) }
        }
    }

    /// What a valuation writes out itself, in the form that its rows have.
    private func checkForm(_ text: String, of field: String, _ place: String) {
        if field == "currency" {
            if !PointValue.isCurrency(text) {
                reader.refuse(place, "\(text) is no currency code (ISO 4217)", "for example EUR")
            }
        } else if ExactDecimal(text) == nil {
            reader.refuse(place, "\(text) is no number", "a decimal number, for example \"0.014\"")
        }
    }

    /// The closed list that a field's values are of; nil: any text.
    private func names(
        _ section: Mapping.Section, _ field: String, _ fields: Node
    ) -> (what: String, names: [String])? {
        switch (section, field) {
        case (.balances, "unit"), (.lots, "unit"), (.entries, "unit"):
            outline.units.map { ("the programme has no unit", $0) }
        case (.balances, "type"), (.lots, "type"), (.entries, "type"): ("unknown balance type", AccountType.all)
        case (.entries, "kind"): ("unknown kind", EntryKind.all)
        case (.tiers, "scheme"): ("unknown scheme", ["programme", "alliance"])
        // An alliance's tiers are not listed in the manifest.
        case (.tiers, "code") where fields["scheme"] == nil && outline.tiers?.isEmpty == false:
            outline.tiers.map { ("the programme has no tier", $0) }
        default: nil
        }
    }

    private func constants(_ field: JSON, _ place: String) -> [(text: String, place: String)] {
        var out: [(String, String)] = []
        for name in ["is", "else", "default"] {
            if let text = field[name].flatMap({ $0.string ?? $0.number?.text }) {
                out.append((text, Reader.child(place, name)))
            }
        }
        for member in field["map"]?.object?.members ?? [] {
            guard let text = member.value.string else { continue }
            out.append((text, Reader.child(Reader.child(place, "map"), member.name)))
        }
        return out
    }
}

/// The types a balance can have.
enum AccountType {
    static let all = ["redeemable", "pending", "status", "lifetime", "toNextTier"]
}

/// The kinds a ledger line can have.
enum EntryKind {
    static let all = ["earn", "redeem", "transfer", "expire", "adjust", "buy", "refund"]
}
