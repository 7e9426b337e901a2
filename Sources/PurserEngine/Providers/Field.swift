import Wire

/// How one field of a row is read.
struct Field: Sendable {
    enum Source: Sendable {
        case pointer(MappingPointer)
        case constant(JSON)
        case join([MappingPointer], with: String)
    }

    /// When a value means "withheld".
    enum Hidden: Sendable {
        case values([String])
        case at(MappingPointer, in: [String])
    }

    struct Sign: Sendable {
        let at: MappingPointer
        let minus: [String]
    }

    let source: Source
    var map: [String: JSON]?
    var otherwise: JSON?
    var date: DateFormat?
    /// Where a form names no day: the last of the month or week, or the first.
    var lastDay: Bool?
    var zone: Zone?
    var scale: Int?
    var sign: Sign?
    var hasComma = false
    var group: String?
    var hidden: Hidden?
    var fallback: JSON?

    init(_ source: Source) { self.source = source }

    /// What reading a field came to.
    enum Value: Sendable {
        case value(JSON)
        case unknown
        case hidden
        case unsupported
        /// There is something, but not of the form the mapping says; in words.
        case unreadable(String)
    }

    func read(_ item: Item) -> Value {
        switch source {
        case .constant(let json): return .value(json)
        case .join(let pointers, let separator):
            let parts = pointers.compactMap { pointer -> String? in
                guard case .value(let json) = pointer.resolve(item) else { return nil }
                return FieldText.of(json)
            }
            return parts.isEmpty ? .unknown : .value(.string(parts.joined(separator: separator)))
        case .pointer(let pointer): return converted(pointer.resolve(item), item)
        }
    }

    private func converted(_ found: MappingPointer.Found, _ item: Item) -> Value {
        if isHidden(found, item) { return .hidden }
        switch found {
        case .missing: return fallback.map { .value($0) } ?? .unsupported
        case .null: return fallback.map { .value($0) } ?? .unknown
        case .value(let json): return converted(json, item)
        }
    }

    private func isHidden(_ found: MappingPointer.Found, _ item: Item) -> Bool {
        switch hidden {
        case nil: return false
        case .values(let values):
            guard case .value(let json) = found, let text = FieldText.of(json) else { return false }
            return values.contains(text)
        case .at(let pointer, let values):
            guard case .value(let json) = pointer.resolve(item), let text = FieldText.of(json) else { return false }
            return values.contains(text)
        }
    }

    private func converted(_ json: JSON, _ item: Item) -> Value {
        if let map {
            guard let text = FieldText.of(json) else { return .unreadable("is neither a text nor a number") }
            if let mapped = map[text] { return .value(mapped) }
            if let otherwise { return .value(otherwise) }
            return .unreadable("has a value the mapping does not know")
        }
        if let date {
            guard let moment = date.read(json, zone: zone, last: lastDay ?? true) else {
                return .unreadable("is no date of the form \(date.rawValue)")
            }
            return .value(.string(moment))
        }
        guard scale != nil || sign != nil || hasComma || group != nil else { return .value(json) }
        guard let text = FieldText.of(json), var number = number(text) else { return .unreadable("is no number") }
        if let scale {
            guard let scaled = number.scaled(scale) else { return .unreadable("is too large a number") }
            number = scaled
        }
        if let sign {
            guard case .value(let tag) = sign.at.resolve(item), let text = FieldText.of(tag) else {
                return .unreadable("has no sign")
            }
            number = sign.minus.contains(text) ? number.magnitude.negated : number.magnitude
        }
        return .value(.number(JSONNumber(number)))
    }

    private func number(_ text: String) -> ExactDecimal? {
        var text = text
        if let group { text = text.split(separator: group).joined() }
        if hasComma {
            guard !text.contains(".") else { return nil }
            text = text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ".")
        }
        return ExactDecimal(text.hasPrefix("+") ? String(text.dropFirst()) : text)
    }
}

/// The text of a value: ids are texts whatever they came as.
enum FieldText {
    static func of(_ json: JSON) -> String? {
        switch json {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }
}
