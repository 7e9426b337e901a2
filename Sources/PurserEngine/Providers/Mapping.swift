import Wire

/// What of a provider's answers becomes what of ours, as its `mapping.json` says: data, never code.
public struct Mapping: Sendable {
    /// The parts of a mapping.
    public enum Section: String, Sendable, Hashable, CaseIterable, Comparable {
        case memberships, tiers, balances, lots, vouchers, entries, values, partners

        public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

        var required: [String] {
            switch self {
            case .memberships: ["id"]
            case .tiers: ["code"]
            case .balances: ["type", "unit", "amount"]
            case .lots: ["amount", "expires"]
            case .vouchers: ["id"]
            case .entries: ["posted", "amount"]
            case .values: ["programme", "amount", "currency"]
            case .partners: ["from", "to", "give", "get"]
            }
        }

        var optional: [String] {
            switch self {
            case .memberships: ["number", "holder", "since", "keys"]
            case .tiers: ["title", "until", "scheme"]
            case .balances: ["asOf"]
            case .lots: ["unit", "earned", "type"]
            case .vouchers: ["title", "amount", "unit", "expires", "code"]
            case .entries: ["kind", "unit", "type", "id", "text", "balanceAfter"]
            case .values: ["asOf", "source", "unit", "low", "high"]
            case .partners: ["title", "minimum", "since", "until"]
            }
        }

        /// Whether it is of what points are worth, and of no person.
        var isMarket: Bool { self == .values || self == .partners }
    }

    /// When a row is there at all.
    struct Condition: Sendable {
        let at: MappingPointer
        /// Nil: any value but null and false.
        let values: [String]?

        func holds(_ item: Item) -> Bool {
            guard case .value(let json) = at.resolve(item) else { return false }
            guard let values else { return json != .bool(false) }
            return FieldText.of(json).map(values.contains) ?? false
        }
    }

    struct Rule: Sendable {
        let request: String
        let each: MappingPointer
        let isOptional: Bool
        let when: Condition?
        let fields: [String: Field]
        /// Of a membership: what its requests may name.
        let keys: [String: Field]
    }

    let sections: [Section: [Rule]]

    /// The requests that a section reads.
    func requests(of section: Section) -> Set<String> { Set((sections[section] ?? []).map(\.request)) }

    /// How exactly entries say when they were posted, in seconds: a provider may name the day and no time of it.
    var postedSpanSeconds: Int64 {
        (sections[.entries] ?? []).compactMap { $0.fields["posted"]?.date?.spanSeconds }.max() ?? 0
    }

    /// A valuation provider tells what points are worth and nothing of a person; the others tell of persons alone.
    private static func check(_ sections: [Section: [Rule]], _ root: Node, _ outline: ManifestOutline) {
        for (section, rules) in sections.sorted(by: { $0.key < $1.key })
        where !rules.isEmpty && section.isMarket != outline.isValuation {
            root.refuse(
                section.rawValue,
                outline.isValuation
                    ? "a valuation provider shows no person's accounts" : "only a valuation provider has these",
                outline.isValuation ? "values and partners" : "kind valuation, with the grant client_credentials")
        }
        guard outline.isValuation else {
            if sections[.memberships, default: []].isEmpty {
                root.refuse("memberships", "no rule says where the memberships are")
            }
            return
        }
        if sections[.values, default: []].isEmpty, sections[.partners, default: []].isEmpty {
            root.refuse("values", "no rule says what points are worth, or where they can be transferred")
        }
    }

    static func read(
        _ json: JSON, outline: ManifestOutline, zones: @escaping (String) -> [UInt8]?, _ reader: Reader
    ) -> Mapping? {
        guard let root = reader.object(json, "", Section.allCases.map(\.rawValue)) else { return nil }
        let ruleReader = RuleReader(reader: reader, outline: outline, zones: zones)
        var sections: [Section: [Rule]] = [:]
        for section in Section.allCases {
            guard let list = root[section.rawValue] else { continue }
            guard let items = list.array else {
                root.refuse(section.rawValue, "must be a list of rules")
                continue
            }
            sections[section] = items.enumerated().compactMap { index, item in
                ruleReader.rule(item, root.at(section.rawValue) + "/\(index)", section)
            }
        }
        check(sections, root, outline)
        return reader.problems.isEmpty ? Mapping(sections: sections) : nil
    }
}
