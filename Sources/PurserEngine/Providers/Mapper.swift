import Crypto
import Wire

/// Reads a pull's answers by a mapping. Pure: the same answers give the same rows and warnings.
struct Mapper {
    private let provider: Provider
    var out = MappedPull()
    /// Where memberships were found: their item's path within the answer with this index.
    private var places: [(answer: Int, path: [String], id: String)] = []
    private var answers: [PulledAnswer] = []

    private init(_ provider: Provider) {
        self.provider = provider
        out.isOfMarket = provider.manifest.isFeed
    }

    /// - Parameter missing: requests that were not answered; sections that read them are kept as they were.
    static func map(_ answers: [PulledAnswer], _ provider: Provider, missing: Set<String> = []) -> MappedPull {
        var mapper = Mapper(provider)
        mapper.answers = answers
        for section in Mapping.Section.allCases where !provider.mapping.requests(of: section).isDisjoint(with: missing)
        {
            mapper.out.kept.insert(section)
        }
        mapper.readMemberships()
        for section in [Mapping.Section.tiers, .balances, .lots, .vouchers, .entries] { mapper.read(section) }
        mapper.nameEntries()
        mapper.readValues()
        mapper.readPartners()
        return mapper.out
    }

    /// The memberships alone, with their keys: what decides which requests come next.
    static func memberships(_ answers: [PulledAnswer], _ provider: Provider) -> [MappedPull.MappedMembership] {
        var mapper = Mapper(provider)
        mapper.answers = answers
        mapper.readMemberships()
        return mapper.out.memberships
    }

    /// The entries of one page alone. Whose they are, the answers before it may have to tell.
    static func entries(
        _ page: PulledAnswer, among answers: [PulledAnswer], _ provider: Provider
    ) -> [MappedPull.MappedEntry] {
        let telling = provider.mapping.requests(of: .memberships)
        var mapper = Mapper(provider)
        mapper.answers = answers.filter { telling.contains($0.request) && $0.request != page.request } + [page]
        mapper.readMemberships()
        mapper.read(.entries)
        mapper.nameEntries()
        return mapper.out.entries
    }

    mutating func warn(_ what: String) {
        if !out.warnings.contains(what), out.warnings.count < 20 { out.warnings.append(what) }
    }

    /// Every item a section's rules name, with its rule and the answer it stands in.
    mutating func items(_ section: Mapping.Section) -> [(rule: Mapping.Rule, item: Item, answer: Int)] {
        var found: [(Mapping.Rule, Item, Int)] = []
        for rule in provider.mapping.sections[section] ?? [] {
            for (index, answer) in answers.enumerated() where answer.request == rule.request {
                let (items, isAbsent) = Item.each(rule.each, in: answer.body)
                if isAbsent, !rule.isOptional {
                    out.kept.insert(section)
                    warn("\(section.rawValue): the answer to \(rule.request) lacks what the mapping reads")
                }
                for item in items where rule.when?.holds(item) ?? true { found.append((rule, item, index)) }
            }
        }
        return found
    }

    private mutating func readMemberships() {
        for (rule, item, answer) in items(.memberships) {
            guard let id = required("id", rule, item, .memberships), !id.isEmpty else { continue }
            places.append((answer, item.path, id))
            if out.memberships.contains(where: { $0.id == id }) { continue }
            var keys: [String: String] = [:]
            for (name, field) in rule.keys.sorted(by: { $0.key < $1.key }) {
                if case .value(let json) = field.read(item), let text = FieldText.of(json) { keys[name] = text }
            }
            out.memberships.append(
                MappedPull.MappedMembership(
                    id: id, number: text("number", rule, item, .memberships) ?? id,
                    holder: text("holder", rule, item, .memberships), since: day("since", rule, item, .memberships),
                    keys: keys))
        }
    }

    private mutating func read(_ section: Mapping.Section) {
        for (rule, item, answer) in items(section) {
            guard let membership = membership(of: item, answer) else {
                warn("\(section.rawValue): a row belongs to no membership that can be told")
                continue
            }
            switch section {
            case .tiers: readTier(rule, item, membership)
            case .balances: readBalance(rule, item, membership)
            case .lots: readLot(rule, item, membership)
            case .vouchers: readVoucher(rule, item, membership)
            case .entries: readEntry(rule, item, membership)
            case .memberships, .values, .partners: break
            }
        }
    }

    /// Under whose item the row stands; else who the request was for; else the only one there is.
    private func membership(of item: Item, _ answer: Int) -> String? {
        if let place = places.last(where: { $0.answer == answer && item.path.starts(with: $0.path) }) {
            return place.id
        }
        if let named = answers[answer].membership { return named }
        return out.memberships.count == 1 ? out.memberships[0].id : nil
    }

    private mutating func readTier(_ rule: Mapping.Rule, _ item: Item, _ membership: String) {
        // Null or nothing: the member has no tier, which is not a fault.
        guard let code = text("code", rule, item, .tiers), !code.isEmpty,
            let at = out.memberships.firstIndex(where: { $0.id == membership })
        else { return }
        let known = provider.manifest.programme.tiers.first { $0.code == code }
        let title = text("title", rule, item, .tiers) ?? known?.title ?? code
        let tier = Tier(
            code: code, title: title, scheme: text("scheme", rule, item, .tiers) ?? "programme",
            until: day("until", rule, item, .tiers))
        if !out.memberships[at].tiers.contains(tier) { out.memberships[at].tiers.append(tier) }
    }

    private mutating func readBalance(_ rule: Mapping.Rule, _ item: Item, _ membership: String) {
        guard let type = required("type", rule, item, .balances), let unit = required("unit", rule, item, .balances)
        else { return }
        guard AccountType.all.contains(type), provider.manifest.programme.units[unit] != nil else {
            return warn("balances: a row of a type or unit the programme does not have")
        }
        if out.balances.contains(where: { $0.membership == membership && $0.type == type && $0.unit == unit }) {
            return warn("balances: two rows for one account (\(type), \(unit)); the first counts")
        }
        out.balances.append(
            MappedPull.MappedBalance(
                membership: membership, type: type, unit: unit, amount: balance(rule, item, unit),
                asOf: moment("asOf", rule, item, .balances)))
    }

    private mutating func balance(_ rule: Mapping.Rule, _ item: Item, _ unit: String) -> BalanceAmount {
        switch rule.fields["amount"]?.read(item) {
        case .value(let json):
            guard let amount = FieldText.of(json).flatMap({ ExactDecimal($0) }) else {
                warn("balances: an amount is no number; it counts as unknown")
                return .unknown
            }
            if let known = provider.manifest.programme.units[unit], amount.fractionDigits > known.decimals {
                warn("balances: an amount has more decimals than \(unit) have; it is kept as it is")
            }
            return .known(amount)
        case .hidden: return .hidden
        case .unsupported, nil: return .unsupported
        case .unknown: return .unknown
        case .unreadable(let why):
            warn("balances: an amount \(why); it counts as unknown")
            return .unknown
        }
    }

    private mutating func readLot(_ rule: Mapping.Rule, _ item: Item, _ membership: String) {
        guard let amount = amount("amount", rule, item, .lots, isRequired: true) else { return }
        guard let expires = day("expires", rule, item, .lots) else {
            return warn("lots: a row without a readable expiry was dropped")
        }
        out.lots.append(
            MappedPull.MappedLot(
                membership: membership, type: text("type", rule, item, .lots) ?? "redeemable",
                unit: text("unit", rule, item, .lots),
                lot: Lot(amount: amount, expires: expires, earned: day("earned", rule, item, .lots))))
    }

    private mutating func readVoucher(_ rule: Mapping.Rule, _ item: Item, _ membership: String) {
        guard let id = required("id", rule, item, .vouchers) else { return }
        if out.vouchers.contains(where: { $0.membership == membership && $0.id == id }) {
            return warn("vouchers: two rows with one id; the first counts")
        }
        out.vouchers.append(
            MappedPull.MappedVoucher(
                membership: membership, id: id, title: text("title", rule, item, .vouchers),
                amount: amount("amount", rule, item, .vouchers, isRequired: false),
                unit: text("unit", rule, item, .vouchers), expires: day("expires", rule, item, .vouchers),
                code: text("code", rule, item, .vouchers).map { Secret($0) }))
    }

    private mutating func readEntry(_ rule: Mapping.Rule, _ item: Item, _ membership: String) {
        guard let amount = amount("amount", rule, item, .entries, isRequired: true) else { return }
        guard let posted = moment("posted", rule, item, .entries) else {
            return warn("entries: a row without a readable date was dropped")
        }
        var kind = text("kind", rule, item, .entries) ?? "adjust"
        if !EntryKind.all.contains(kind) {
            warn("entries: a kind that is none of ours; it counts as adjust")
            kind = "adjust"
        }
        out.entries.append(
            MappedPull.MappedEntry(
                membership: membership, type: text("type", rule, item, .entries) ?? "redeemable",
                unit: text("unit", rule, item, .entries), id: text("id", rule, item, .entries) ?? "", posted: posted,
                kind: kind, amount: amount, text: text("text", rule, item, .entries),
                balanceAfter: self.amount("balanceAfter", rule, item, .entries, isRequired: false)))
    }

    /// Entries without an id get one made of what they say and which of the alike ones of that day they are.
    private mutating func nameEntries() {
        var alike: [[String]: Int] = [:]
        out.entries = out.entries.map { entry in
            guard entry.id.isEmpty else { return entry }
            let said = [
                entry.membership, entry.type, entry.unit ?? "", entry.posted.date.iso, entry.kind, entry.amount.text,
                entry.text ?? "",
            ]
            alike[said, default: 0] += 1
            let hash = Hash.sha256(SealedPlace.joined(said + [String(alike[said]!)]))
            return MappedPull.MappedEntry(
                membership: entry.membership, type: entry.type, unit: entry.unit,
                id: MadeID.prefix + Base32.encode(Array(hash.prefix(15))), posted: entry.posted, kind: entry.kind,
                amount: entry.amount, text: entry.text, balanceAfter: entry.balanceAfter)
        }
    }
}

/// An entry's id where the provider gives none: made of what the line says.
enum MadeID {
    static let prefix = "made:"
}

// Single fields.
extension Mapper {
    /// A text that must be there: without it the row is dropped, visibly.
    mutating func required(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section
    ) -> String? {
        guard let text = text(name, rule, item, section) else {
            warn("\(section.rawValue): a row without \(name) was dropped")
            return nil
        }
        return text
    }

    mutating func text(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section
    ) -> String? {
        switch rule.fields[name]?.read(item) {
        case .value(let json):
            guard let text = FieldText.of(json) else {
                warn("\(section.rawValue): \(name) is neither a text nor a number")
                return nil
            }
            return Harmless.text(text, limit: 500)
        case .unreadable(let why):
            warn("\(section.rawValue): \(name) \(why)")
            return nil
        default: return nil
        }
    }

    mutating func amount(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section, isRequired: Bool
    ) -> ExactDecimal? {
        if case .value(let json)? = rule.fields[name]?.read(item), let text = FieldText.of(json),
            let amount = ExactDecimal(text)
        {
            return amount
        }
        if isRequired { warn("\(section.rawValue): a row without a readable \(name) was dropped") }
        return nil
    }

    mutating func day(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section
    ) -> CivilDate? {
        guard let text = text(name, rule, item, section) else { return nil }
        guard let day = FieldDate.day(text, rule.fields[name]?.zone) else {
            warn("\(section.rawValue): \(name) is no date")
            return nil
        }
        return day
    }

    private mutating func moment(
        _ name: String, _ rule: Mapping.Rule, _ item: Item, _ section: Mapping.Section
    ) -> Instant? {
        guard let text = text(name, rule, item, section) else { return nil }
        guard let moment = FieldDate.instant(text, rule.fields[name]?.zone) else {
            warn("\(section.rawValue): \(name) is no date")
            return nil
        }
        return moment
    }
}
