import Wire

/// Holds a value against a JSON Schema of 2020-12, as far as our document uses it. A keyword that is not known here is
/// a finding too: nothing may pass because nobody looked.
struct SchemaCheck {
    /// Where `$ref` leads.
    let root: JSON

    /// What is wrong, each with its place; empty: it fits.
    func problems(_ value: JSON, _ schema: JSON, at place: String = "") -> [String] {
        guard let object = schema.object else { return ["\(place): the schema is no object"] }
        return object.members.flatMap { member in
            keyword(member.name, member.value, value, object, place).map { "\(place): \($0)" }
                + below(member.name, member.value, value, object, place)
        }
    }

    /// Keywords that look at the value itself.
    private func keyword(
        _ name: String, _ wanted: JSON, _ value: JSON, _ schema: JSONObject, _ place: String
    ) -> [String] {
        switch name {
        case "type": return isType(value, wanted.string ?? "") ? [] : ["is not of type \(wanted.text)"]
        case "enum": return wanted.array?.contains(value) == true ? [] : ["\(value.text) is none of \(wanted.text)"]
        case "const": return value == wanted ? [] : ["\(value.text) is not \(wanted.text)"]
        case "required":
            let names = wanted.array?.compactMap(\.string) ?? []
            return value.object == nil ? [] : names.filter { value[$0] == nil }.map { "\($0) is missing" }
        case "additionalProperties" where wanted == false:
            let known = schema["properties"]?.object?.members.map(\.name) ?? []
            return value.object?.members.filter { !known.contains($0.name) }.map { "\($0.name) is not known" } ?? []
        case "pattern": return value.string.map { matches($0, wanted.string ?? "") } ?? true ? [] : ["no match"]
        case "format":
            return value.string.map { isFormat($0, wanted.string ?? "") } ?? true ? [] : ["no \(wanted.text)"]
        case "minimum": return value.int.map { $0 >= wanted.int ?? .max } ?? true ? [] : ["below \(wanted.text)"]
        case "maximum": return value.int.map { $0 <= wanted.int ?? .min } ?? true ? [] : ["above \(wanted.text)"]
        case "minLength": return value.string.map { $0.count >= wanted.int ?? .max } ?? true ? [] : ["too short"]
        case "maxLength": return value.string.map { $0.count <= wanted.int ?? .min } ?? true ? [] : ["too long"]
        case "minItems": return value.array.map { $0.count >= wanted.int ?? .max } ?? true ? [] : ["too few"]
        case "uniqueItems": return value.array.map { Set($0).count == $0.count } ?? true ? [] : ["twice"]
        case "oneOf":
            let fitting = wanted.array?.filter { problems(value, $0, at: place).isEmpty }.count ?? 0
            if fitting == 1 { return [] }
            let why = wanted.array?.flatMap { problems(value, $0, at: place) } ?? []
            return ["fits \(fitting) of oneOf: \(why)"]
        case "additionalProperties", "properties", "items", "allOf", "$ref", "description", "example": return []
        default: return ["the keyword \(name) is not known"]
        }
    }

    /// Keywords that look at what is in it.
    private func below(
        _ name: String, _ wanted: JSON, _ value: JSON, _ schema: JSONObject, _ place: String
    ) -> [String] {
        switch name {
        case "properties":
            return wanted.object?.members.flatMap { member in
                value[member.name].map { problems($0, member.value, at: place + "/" + member.name) } ?? []
            } ?? []
        case "additionalProperties" where wanted.object != nil:
            let known = schema["properties"]?.object?.members.map(\.name) ?? []
            return value.object?.members.filter { !known.contains($0.name) }.flatMap {
                problems($0.value, wanted, at: place + "/" + $0.name)
            } ?? []
        case "items":
            return value.array?.enumerated().flatMap { problems($1, wanted, at: place + "/\($0)") } ?? []
        case "allOf": return wanted.array?.flatMap { problems(value, $0, at: place) } ?? []
        case "$ref":
            guard let schema = resolved(wanted.string ?? "") else { return ["\(place): \(wanted.text) leads nowhere"] }
            return problems(value, schema, at: place)
        default: return []
        }
    }

    /// `#/components/schemas/Link`.
    func resolved(_ reference: String) -> JSON? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root) { ($0 ?? .null)[String($1)] }
    }

    private func isType(_ value: JSON, _ type: String) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null): true
        case ("integer", .number): value.int != nil
        default: false
        }
    }

    private func isFormat(_ text: String, _ format: String) -> Bool {
        switch format {
        case "date-time": Instant(rfc3339: text) != nil && text.hasSuffix("Z")
        case "date": CivilDate(iso: text) != nil
        case "uri": URI(text) != nil
        default: false
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        guard let pattern = try? Regex(pattern) else { return false }
        return text.firstMatch(of: pattern) != nil
    }
}
