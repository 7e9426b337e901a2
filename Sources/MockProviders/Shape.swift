internal import Wire

/// Why a mock folder or a fault cannot be used: where, and what is wrong there.
public struct MockProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// `authorization.json/clients/0`, or a member of a fault.
    public let place: String
    public let words: String

    public var description: String { "\(place): \(words)" }
}

/// One object of a mock file, read strictly: every member is asked for by name, and one that nobody knows is an error.
struct Shape {
    let place: String
    private let object: JSONObject

    init(_ json: JSON?, at place: String, knows names: [String]) throws(MockProblem) {
        guard let object = json?.object else { throw MockProblem(place: place, words: "an object is needed here") }
        for member in object.members where !names.contains(member.name) && member.name != "note" {
            throw MockProblem(place: place + "/" + member.name, words: "no such member; known are \(names.sorted())")
        }
        self.place = place
        self.object = object
    }

    func problem(_ name: String, _ words: String) -> MockProblem {
        MockProblem(place: place + "/" + name, words: words)
    }

    /// The member, where it is there and not null.
    subscript(name: String) -> JSON? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// True where the member stands in the text, even as null.
    func has(_ name: String) -> Bool { object[name] != nil }

    func text(_ name: String) throws(MockProblem) -> String {
        guard let text = try optionalText(name), !text.isEmpty else { throw problem(name, "a text is needed") }
        return text
    }

    func optionalText(_ name: String) throws(MockProblem) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw problem(name, "this must be a text") }
        return text
    }

    func int(_ name: String, in range: ClosedRange<Int>) throws(MockProblem) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw problem(name, "this must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func bool(_ name: String, default fallback: Bool) throws(MockProblem) -> Bool {
        guard let value = self[name] else { return fallback }
        guard let flag = value.bool else { throw problem(name, "this must be true or false") }
        return flag
    }

    func texts(_ name: String) throws(MockProblem) -> [String]? {
        guard let value = self[name] else { return nil }
        guard let items = value.array else { throw problem(name, "this must be a list of texts") }
        var out: [String] = []
        for item in items {
            guard let text = item.string else { throw problem(name, "this must be a list of texts") }
            out.append(text)
        }
        return out
    }

    func list(_ name: String) throws(MockProblem) -> [JSON] {
        guard let value = self[name] else { return [] }
        guard let items = value.array else { throw problem(name, "this must be a list") }
        return items
    }

    func members(_ name: String) throws(MockProblem) -> [JSONObject.Member] {
        guard let value = self[name] else { return [] }
        guard let object = value.object else { throw problem(name, "this must be an object") }
        return object.members
    }
}
