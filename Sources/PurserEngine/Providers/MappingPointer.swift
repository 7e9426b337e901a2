import Wire

// A pointer of mapping.json: a JSON Pointer (RFC 6901) read from the current item, and a little more.
//
//     /miles          from the item            ^/first     from the enclosing item, ^^ from the one around it
//     $/asOf          from the root            #  ^#       the key or index of the item, of the enclosing one
//     /list/[name=x]  the element whose member `name` is the text x
//     /a/*/lots       in `each` only: every element of an array, or member of an object

/// One way from an item to a value.
struct MappingPointer: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case member(String)
        case matching(name: String, text: String)
        case every
    }

    enum Start: Sendable, Hashable {
        /// So many enclosing items up; 0 is the item itself.
        case item(up: Int)
        case root
    }

    let start: Start
    let steps: [Step]
    /// The key of the item at `start`, not its value.
    let isKey: Bool

    /// Nil when the text is no such pointer; `*` is for `each` alone.
    init?(_ text: String, allowsEvery: Bool = false) {
        var rest = Substring(text)
        if rest.first == "$" {
            start = .root
            rest = rest.dropFirst()
        } else {
            let carets = rest.prefix { $0 == "^" }.count
            start = .item(up: carets)
            rest = rest.dropFirst(carets)
        }
        if rest == "#" {
            guard start != .root else { return nil }
            isKey = true
            steps = []
            return
        }
        isKey = false
        guard let tokens = JSONPointer.tokens(String(rest)) else { return nil }
        var steps: [Step] = []
        for token in tokens {
            if token == "*" {
                guard allowsEvery else { return nil }
                steps.append(.every)
            } else if token.hasPrefix("["), token.hasSuffix("]"), let equals = token.firstIndex(of: "=") {
                let name = token[token.index(after: token.startIndex)..<equals]
                guard !name.isEmpty else { return nil }
                steps.append(
                    .matching(name: String(name), text: String(token[token.index(after: equals)...].dropLast())))
            } else {
                steps.append(.member(token))
            }
        }
        self.steps = steps
    }

    /// What a pointer led to.
    enum Found: Sendable {
        case value(JSON)
        /// Null there or on the way.
        case null
        case missing
    }

    func resolve(_ item: Item) -> Found {
        var here = start == .root ? item.root : item
        if case .item(let up) = start { for _ in 0..<up { here = here.enclosing ?? here } }
        if isKey { return here.key.map { .value(.string($0)) } ?? .missing }
        var value = here.value
        for step in steps {
            guard !value.isNull else { return .null }
            guard let next = Self.step(step, value) else { return .missing }
            value = next
        }
        return value.isNull ? .null : .value(value)
    }

    static func step(_ step: Step, _ value: JSON) -> JSON? {
        switch step {
        case .member(let token): JSONPointer.step(token, in: value)
        case .matching(let name, let text): value.array?.first { Self.isMatch($0, name, text) }
        case .every: nil
        }
    }

    static func isMatch(_ element: JSON, _ name: String, _ text: String) -> Bool {
        guard let value = element[name] else { return false }
        return FieldText.of(value) == text
    }
}

/// A thing that fields are read from, and what it stands in.
final class Item: Sendable {
    let value: JSON
    /// Its index in the array or its name in the object it was iterated from; nil for the root.
    let key: String?
    let enclosing: Item?
    /// Where it stands in the answer, as a path of tokens: items under an item begin with its path.
    let path: [String]

    init(_ value: JSON, key: String? = nil, enclosing: Item? = nil, path: [String] = []) {
        self.value = value
        self.key = key
        self.enclosing = enclosing
        self.path = path
    }

    var root: Item { enclosing?.root ?? self }

    /// The items that an `each` names; nil where what it names is absent.
    static func each(_ pointer: MappingPointer, in answer: JSON) -> (items: [Item], isAbsent: Bool) {
        var walk = Walk()
        walk.go(pointer.steps[...], Cursor(item: Item(answer), value: answer, path: []))
        return (walk.items, walk.isAbsent)
    }

    private struct Cursor {
        /// The item entered last.
        let item: Item
        /// Where plain steps have led since.
        let value: JSON
        let path: [String]
    }

    private struct Walk {
        var items: [Item] = []
        var isAbsent = false

        mutating func go(_ steps: ArraySlice<MappingPointer.Step>, _ at: Cursor) {
            guard let step = steps.first else { return arrive(at) }
            let rest = steps.dropFirst()
            switch step {
            case .every:
                for (key, value) in Self.children(at.value) { enter(key, value, at, rest) }
                if at.value.array == nil, at.value.object == nil, !at.value.isNull { isAbsent = true }
            case .matching(let name, let text):
                guard let array = at.value.array else { return leave(at.value) }
                for (index, element) in array.enumerated() where MappingPointer.isMatch(element, name, text) {
                    enter(String(index), element, at, rest)
                }
            case .member(let token):
                guard !at.value.isNull else { return }
                guard let next = JSONPointer.step(token, in: at.value) else { return leave(at.value) }
                go(rest, Cursor(item: at.item, value: next, path: at.path + [token]))
            }
        }

        private mutating func leave(_ value: JSON) { if !value.isNull { isAbsent = true } }

        private mutating func enter(
            _ key: String, _ value: JSON, _ at: Cursor, _ rest: ArraySlice<MappingPointer.Step>
        ) {
            let path = at.path + [key]
            go(rest, Cursor(item: Item(value, key: key, enclosing: at.item, path: path), value: value, path: path))
        }

        /// At the end of the way: an array gives its elements, an object itself.
        private mutating func arrive(_ at: Cursor) {
            switch at.value {
            case .null: break
            case .array(let elements):
                for (index, element) in elements.enumerated() {
                    items.append(Item(element, key: String(index), enclosing: at.item, path: at.path + [String(index)]))
                }
            default:
                if at.path == at.item.path {
                    items.append(at.item)
                } else {
                    items.append(Item(at.value, key: at.path.last, enclosing: at.item, path: at.path))
                }
            }
        }

        private static func children(_ value: JSON) -> [(String, JSON)] {
            switch value {
            case .array(let elements): elements.enumerated().map { (String($0.offset), $0.element) }
            case .object(let object): object.members.map { ($0.name, $0.value) }
            default: []
            }
        }
    }
}
