/// `application/x-www-form-urlencoded`, as OAuth uses it (RFC 6749 Appendix B): queries and bodies.
public struct Form: Sendable, Hashable {
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In order; a name may come more than once.
    public var fields: [Field]

    public init(_ pairs: [(String, String)] = []) { fields = pairs.map { Field(name: $0, value: $1) } }

    /// Nil when a percent sign stands without two digits, or the bytes are not UTF-8.
    public init?(parsing text: String) {
        fields = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decodeComponent(halves[0]),
                let value = halves.count == 2 ? Self.decodeComponent(halves[1]) : ""
            else { return nil }
            fields.append(Field(name: name, value: value))
        }
    }

    /// The first field of that name.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Names that come more than once, in order of their first.
    public var repeatedNames: [String] {
        var seen: [String: Int] = [:]
        for field in fields { seen[field.name, default: 0] += 1 }
        var out: [String] = []
        for field in fields where seen[field.name, default: 0] > 1 && !out.contains(field.name) {
            out.append(field.name)
        }
        return out
    }

    public var encoded: String {
        fields.map { Self.encodeComponent($0.name) + "=" + Self.encodeComponent($0.value) }.joined(separator: "&")
    }

    /// Letters, digits and `*-._` stay, a space is `+`, all else is percent-encoded.
    public static func encodeComponent(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                out.append(byte)
            case 0x20: out.append(UInt8(ascii: "+"))
            default: Percent.append(byte, to: &out)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func decodeComponent(_ bytes: Substring.UTF8View) -> String? {
        Percent.decode(bytes.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 })
    }
}

/// Percent-encoding (RFC 3986 2.1).
enum Percent {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func append(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "%"))
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
    }

    static func decode(_ bytes: [UInt8]) -> String? {
        var out: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "%") {
                guard at + 2 < bytes.count, let high = Hex.digit(bytes[at + 1]), let low = Hex.digit(bytes[at + 2])
                else { return nil }
                out.append(high << 4 | low)
                at += 3
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        return String(validating: out, as: UTF8.self)
    }
}
