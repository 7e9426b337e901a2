import Wire

/// Reads one file of a provider's folder, and gathers everything that is wrong with it instead of stopping at the
/// first. A value that could not be read comes back as nil; the caller goes on.
final class Reader {
    let file: String
    private(set) var problems: [ManifestProblem] = []

    init(file: String) { self.file = file }

    func refuse(_ place: String, _ what: String, _ hint: String? = nil) {
        problems.append(ManifestProblem(file: file, place: place, what: what, hint: hint))
    }

    /// The object at a place, with no member but those named. `"$schema"` and `"note"` are for people and editors.
    func object(_ json: JSON?, _ place: String, _ known: [String], required: [String] = []) -> Node? {
        guard let json else {
            refuse(place, "missing")
            return nil
        }
        guard let object = json.object else {
            refuse(place, "must be an object")
            return nil
        }
        for member in object.members where !known.contains(member.name) {
            if member.name == "$schema" || member.name == "note" { continue }
            refuse(Self.child(place, member.name), "unknown key", "known here: \(known.joined(separator: ", "))")
        }
        for name in required where object[name] == nil { refuse(Self.child(place, name), "missing") }
        return Node(reader: self, place: place, object: object)
    }

    /// The JSON Pointer of a member (RFC 6901 3). Scalar by scalar: a slash with a combining mark after it is one
    /// character to Swift, and still a slash.
    static func child(_ place: String, _ name: String) -> String {
        var out = place + "/"
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": out += "~0"
            case "/": out += "~1"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

/// An object under reading; each verb reads one member and says so when it is not as it must be.
struct Node {
    let reader: Reader
    let place: String
    let object: JSONObject

    subscript(name: String) -> JSON? { object[name] }
    func at(_ name: String) -> String { Reader.child(place, name) }
    func refuse(_ name: String, _ what: String, _ hint: String? = nil) { reader.refuse(at(name), what, hint) }

    func text(_ name: String) -> String? {
        guard let value = object[name] else { return nil }
        guard let text = value.string, !text.isEmpty else {
            refuse(name, "must be a text")
            return nil
        }
        return text
    }

    func bool(_ name: String) -> Bool? {
        guard let value = object[name] else { return nil }
        if value.bool == nil { refuse(name, "must be true or false") }
        return value.bool
    }

    func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = object[name] else { return nil }
        guard let number = value.int, range.contains(number) else {
            refuse(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    func decimal(_ name: String) -> ExactDecimal? {
        guard let value = object[name] else { return nil }
        guard let number = value.string.flatMap({ ExactDecimal($0) }) else {
            refuse(name, "must be a decimal number as text", "for example \"300\"")
            return nil
        }
        return number
    }

    func texts(_ name: String) -> [String]? {
        guard let value = object[name] else { return nil }
        guard let items = value.array, items.allSatisfy({ $0.string?.isEmpty == false }) else {
            refuse(name, "must be a list of texts")
            return nil
        }
        return items.compactMap(\.string)
    }

    /// One of a closed list.
    func choice<Value: RawRepresentable & CaseIterable>(_ name: String, _ kind: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            refuse(name, "unknown value \(text)", "one of: \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return value
    }

    /// An absolute URI that tokens may be sent to.
    func uri(_ name: String) -> URI? {
        guard let text = text(name) else { return nil }
        guard let uri = URI(text), uri.fragment == nil, uri.userinfo == nil else {
            refuse(name, "must be an absolute https URI without a fragment")
            return nil
        }
        guard uri.isSecureOrLoopback else {
            refuse(name, "http is allowed to a loopback address only", "https://…, or http://127.0.0.1:PORT for a mock")
            return nil
        }
        return uri
    }

    func object(_ name: String, _ known: [String], required: [String] = []) -> Node? {
        reader.object(object[name], at(name), known, required: required)
    }

    /// The members of an object with free names.
    func each(_ name: String) -> [(name: String, value: JSON, place: String)] {
        guard let value = object[name] else { return [] }
        guard let object = value.object else {
            refuse(name, "must be an object")
            return []
        }
        return object.members.map { ($0.name, $0.value, Reader.child(at(name), $0.name)) }
    }
}
