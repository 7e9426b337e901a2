/// A JSON text (RFC 8259) as a value. Numbers keep the text they came as; objects keep their order.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// A number as it stood in the text: never turned into a floating-point value by us.
public struct JSONNumber: Sendable, Hashable {
    public let text: String

    /// The caller vouches that the text follows the grammar; the parser does.
    init(unchecked text: String) { self.text = text }

    public init(_ value: some BinaryInteger) { text = String(value) }

    public init(_ value: ExactDecimal) { text = value.text }
}

/// The members of an object, in order. Names are unique: the parser refuses a text where they are not.
public struct JSONObject: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public let name: String
        public var value: JSON

        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var members: [Member]

    public init(_ pairs: [(String, JSON)] = []) {
        members = []
        members.reserveCapacity(pairs.count)
        for (name, value) in pairs { self[name] = value }
    }

    /// The caller vouches that no name comes twice.
    init(unchecked members: [Member]) { self.members = members }

    /// Nil: no such member. Setting nil removes it; setting another keeps its place.
    public subscript(name: String) -> JSON? {
        get { members.first { Self.isSame($0.name, name) }?.value }
        set {
            let at = members.firstIndex { Self.isSame($0.name, name) }
            switch (at, newValue) {
            case (let at?, let value?): members[at].value = value
            case (let at?, nil): members.remove(at: at)
            case (nil, let value?): members.append(Member(name, value))
            case (nil, nil): break
            }
        }
    }

    /// The same code points (RFC 8259 8.3): Swift's own equality also holds for other spellings of the same letter.
    static func isSame(_ a: String, _ b: String) -> Bool { a == b && a.utf8.elementsEqual(b.utf8) }
}

extension JSON {
    public var isNull: Bool { self == .null }

    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    public var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    public var number: JSONNumber? {
        if case .number(let value) = self { return value }
        return nil
    }

    /// The number where it is a plain integer that fits: no fraction, no exponent.
    public var int: Int? { number.flatMap { Int($0.text) } }

    /// The number exactly, where it has at most 38 digits.
    public var decimal: ExactDecimal? { number.flatMap { ExactDecimal($0.text) } }

    public var array: [JSON]? {
        if case .array(let value) = self { return value }
        return nil
    }

    public var object: JSONObject? {
        if case .object(let value) = self { return value }
        return nil
    }

    public subscript(name: String) -> JSON? { object?[name] }

    public subscript(index: Int) -> JSON? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
    public init(nilLiteral: ()) { self = .null }

    /// A number from any integer.
    public static func int(_ value: some BinaryInteger) -> JSON { .number(JSONNumber(value)) }
}
