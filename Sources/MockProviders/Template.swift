internal import Wire

/// A JSON answer with holes, filled from the truth about a member. Everything is literal save objects with one of:
///
///     {"$": "/pointer", "map": {"silver": "SLV"}, "else": null}   the value there; none: the member falls away
///     {"$": "/pointer", "form": "comma", "decimals": 2}           the same, written in another way (`WrittenForm`)
///     {"$text": "Flight {/from}"}                                 a text with values in it
///     {"$each": "/pointer", "as": template}                       a list; inside, pointers start at the item
///     {"$when": "/pointer", "then": template, "else": template}   by whether there is something but null and false
///
/// Pointers are RFC 6901; a leading `^` starts at the enclosing scope.
enum Template {
    /// The first thing wrong with a template, or nil.
    static func problem(_ json: JSON) -> String? {
        switch json {
        case .array(let items): return items.lazy.compactMap(problem).first
        case .object(let object):
            let names = object.members.map(\.name)
            guard let key = names.first(where: { $0.hasPrefix("$") }) else {
                return object.members.lazy.compactMap { problem($0.value) }.first
            }
            let companions = [
                "$": ["map", "else"] + WrittenForm.names, "$text": [], "$each": ["as"], "$when": ["then", "else"],
            ]
            guard let allowed = companions[key] else { return "\(key) is no template word" }
            for name in names where name != key && !allowed.contains(name) { return "\(name) does not go with \(key)" }
            guard let value = object[key]?.string else { return "\(key) needs a text" }
            if key != "$text", !isPointer(value) { return "\(value) is no pointer" }
            if key == "$each", object["as"] == nil { return "$each needs as" }
            if key == "$" {
                let saysForm = WrittenForm.names.contains { object[$0] != nil }
                if saysForm, object["map"] != nil { return "a value is mapped or written in a form, not both" }
                if saysForm, WrittenForm(object) == nil { return "that is no form" }
            }
            return ["as", "then", "else"].lazy.compactMap { object[$0].flatMap(problem) }.first
        default: return nil
        }
    }

    /// The template filled; nil when it is a single hole with nothing to fill it.
    static func render(_ template: JSON, _ scopes: [JSON]) -> JSON? {
        switch template {
        case .array(let items): return .array(items.compactMap { render($0, scopes) })
        case .object(let object):
            if let pointer = object["$"]?.string { return value(pointer, object, scopes) }
            if let text = object["$text"]?.string { return .string(filled(text, scopes)) }
            if let pointer = object["$each"]?.string { return each(pointer, object["as"] ?? .null, scopes) }
            if let pointer = object["$when"]?.string {
                let holds = lookUp(pointer, scopes).map { !$0.isNull && $0 != false } ?? false
                return object[holds ? "then" : "else"].flatMap { render($0, scopes) }
            }
            return .object(
                JSONObject(
                    object.members.compactMap { member in render(member.value, scopes).map { (member.name, $0) } }))
        default: return template
        }
    }

    static func lookUp(_ pointer: String, _ scopes: [JSON]) -> JSON? {
        let up = pointer.prefix { $0 == "^" }.count
        guard up < scopes.count else { return nil }
        return JSONPointer.resolve(String(pointer.dropFirst(up)), in: scopes[scopes.count - 1 - up])
    }

    static func isPointer(_ text: String) -> Bool { JSONPointer.tokens(String(text.drop { $0 == "^" })) != nil }

    private static func value(_ pointer: String, _ object: JSONObject, _ scopes: [JSON]) -> JSON? {
        guard let found = lookUp(pointer, scopes) else { return nil }
        guard let map = object["map"] else { return WrittenForm(object)?.written(found) ?? found }
        return found.string.flatMap { map[$0] } ?? object["else"] ?? found
    }

    private static func each(_ pointer: String, _ template: JSON, _ scopes: [JSON]) -> JSON? {
        guard let found = lookUp(pointer, scopes) else { return nil }
        guard let items = found.array else { return .null }
        return .array(items.compactMap { render(template, scopes + [$0]) })
    }

    private static func filled(_ text: String, _ scopes: [JSON]) -> String {
        var out = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            let found = lookUp(String(rest[rest.index(after: open)..<close]), scopes)
            out += found?.string ?? found?.number?.text ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }
}
