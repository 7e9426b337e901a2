/// Why a text is not JSON that we take, and at which byte.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable {
        case syntax = "not JSON"
        case encoding = "not UTF-8"
        case surrogate = "a lone surrogate"
        case duplicate = "a member name comes twice"
        case tooDeep = "nested too deeply"
        case tooLarge = "too large"
    }

    public let kind: Kind
    /// Counted from 0.
    public let offset: Int

    public var description: String { "\(kind.rawValue) (byte \(offset))" }

    /// Line and column (from 1) of the error in the text it came from.
    public func place(in bytes: [UInt8]) -> (line: Int, column: Int) {
        let before = bytes.prefix(offset)
        let line = before.count { $0 == 10 } + 1
        let column = before.count - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0) + 1
        return (line, column)
    }
}

extension JSON {
    /// What a text may cost.
    public struct ParseLimits: Sendable {
        public let bytes: Int
        public let depth: Int

        /// 1 MiB and 32 levels.
        public static let standard = ParseLimits(bytes: 1 << 20, depth: 32)
        /// A token endpoint's answer: 64 KiB.
        public static let token = ParseLimits(bytes: 64 << 10, depth: 32)
        /// A file of ours.
        public static let file = ParseLimits(bytes: 16 << 20, depth: 32)
    }

    /// Parses a whole text, strictly: RFC 8259, UTF-8 without BOM, no duplicate names, no lone surrogates.
    public static func parse(_ bytes: [UInt8], limits: ParseLimits = .standard) throws(JSONError) -> JSON {
        guard bytes.count <= limits.bytes else { throw JSONError(kind: .tooLarge, offset: limits.bytes) }
        var parser = JSONParser(bytes: bytes, depthLimit: limits.depth)
        return try parser.document()
    }

    public static func parse(_ text: String, limits: ParseLimits = .standard) throws(JSONError) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }
}

// One pass over the bytes; no Character and no String until a string is whole.
private struct JSONParser {
    let bytes: [UInt8]
    let depthLimit: Int
    var at = 0
    var depth = 0

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error(.syntax) }
        return value
    }

    private func error(_ kind: JSONError.Kind) -> JSONError { JSONError(kind: kind, offset: at) }

    private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard let byte else { throw error(.syntax) }
        switch byte {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw error(.syntax)
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let count = text.utf8CodeUnitCount
        guard bytes.count - at >= count else { throw error(.syntax) }
        for index in 0..<count where bytes[at + index] != text.utf8Start[index] { throw error(.syntax) }
        at += count
        return value
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= depthLimit else { throw error(.tooDeep) }
        at += 1
        skipSpace()
    }

    private mutating func array() throws(JSONError) -> JSON {
        try enter()
        var items: [JSON] = []
        if byte == UInt8(ascii: "]") {
            at += 1
            depth -= 1
            return .array([])
        }
        while true {
            items.append(try value())
            skipSpace()
            switch byte {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                depth -= 1
                return .array(items)
            default: throw error(.syntax)
            }
        }
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        var members: [JSONObject.Member] = []
        // A set only where many members make looking through them slow.
        var names: Set<String> = []
        if byte == UInt8(ascii: "}") {
            at += 1
            depth -= 1
            return .object(JSONObject())
        }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw error(.syntax) }
            let start = at
            let name = try string()
            if members.count == 16 { names = Set(members.map(\.name)) }
            let mayBeKnown = members.count < 16 || names.contains(name)
            let isKnown = mayBeKnown && members.contains { JSONObject.isSame($0.name, name) }
            guard !isKnown else { throw JSONError(kind: .duplicate, offset: start) }
            if members.count >= 16 { names.insert(name) }
            skipSpace()
            guard byte == UInt8(ascii: ":") else { throw error(.syntax) }
            at += 1
            members.append(JSONObject.Member(name, try value()))
            skipSpace()
            switch byte {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                depth -= 1
                return .object(JSONObject(unchecked: members))
            default: throw error(.syntax)
            }
        }
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = at
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if byte == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            at += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return JSONNumber(unchecked: String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while let byte, (0x30...0x39).contains(byte) { at += 1 }
        guard at > start else { throw error(.syntax) }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                let text = try decoded(bytes[start..<at], from: start)
                at += 1
                return text
            case UInt8(ascii: "\\"): return try escaped(from: start)
            case 0..<0x20: throw error(.syntax)
            default: at += 1
            }
        }
        throw error(.syntax)
    }

    private func decoded(_ slice: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw JSONError(kind: .encoding, offset: start)
        }
        return text
    }

    /// A string with at least one escape: its bytes are gathered and decoded at the end.
    private mutating func escaped(from start: Int) throws(JSONError) -> String {
        var out = Array(bytes[start..<at])
        while at < bytes.count {
            let next = bytes[at]
            switch next {
            case UInt8(ascii: "\""):
                at += 1
                return try decoded(out[...], from: start)
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &out)
            case 0..<0x20: throw error(.syntax)
            default:
                out.append(next)
                at += 1
            }
        }
        throw error(.syntax)
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard let byte else { throw error(.syntax) }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"): out += Array(String(Character(try scalar())).utf8)
        default: throw error(.syntax)
        }
    }

    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
            bytes[at + 1] == UInt8(ascii: "u")
        else { throw error(.surrogate) }
        at += 2
        let second = try unit()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw error(.surrogate) }
        return scalar
    }

    private mutating func unit() throws(JSONError) -> UInt32 {
        guard bytes.count - at >= 4 else { throw error(.syntax) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hex.digit(bytes[at]) else { throw error(.syntax) }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }
}
