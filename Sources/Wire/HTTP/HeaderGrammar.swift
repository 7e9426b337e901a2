/// The structured header fields Purser reads.
public enum HeaderGrammar {
    /// When a `Retry-After` (RFC 9110 10.2.3) says to come back: seconds from now, or a date. Nil when unreadable.
    public static func retryAfter(_ value: String, now: Instant) -> Instant? {
        if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let seconds = Int64(value), seconds <= 315_360_000 else { return nil }
            return now.adding(seconds: seconds)
        }
        return Instant(httpDate: value, now: now)
    }

    /// The media type in lower case, without parameters.
    public static func mediaType(_ value: String) -> String {
        let bare = value.prefix { $0 != ";" }
        return String(bare.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
    }

    /// One link of a `Link` header (RFC 8288).
    public struct Link: Sendable, Hashable {
        public let target: String
        public let parameters: [String: String]

        /// The relation types, in lower case.
        public var relations: [String] {
            (parameters["rel"] ?? "").lowercased().split(separator: " ").map(String.init)
        }
    }

    /// The links of a header value; an unreadable one ends the list.
    public static func links(_ value: String) -> [Link] {
        var scan = HeaderScanner(value)
        var out: [Link] = []
        while true {
            scan.skipSpaceAndCommas()
            guard let target = scan.bracketed() else { return out }
            var parameters: [String: String] = [:]
            while scan.take(UInt8(ascii: ";")) {
                scan.skipSpace()
                guard let name = scan.token() else { break }
                scan.skipSpace()
                var text = ""
                if scan.take(UInt8(ascii: "=")) {
                    scan.skipSpace()
                    guard let found = scan.quoted() ?? scan.token() else { return out }
                    text = found
                }
                // The first of a name counts (RFC 8288 3.3).
                if parameters[name.lowercased()] == nil { parameters[name.lowercased()] = text }
                scan.skipSpace()
            }
            out.append(Link(target: target, parameters: parameters))
        }
    }
}

/// A cursor over a header value.
struct HeaderScanner {
    let bytes: [UInt8]
    var at = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { at >= bytes.count }
    var byte: UInt8? { isAtEnd ? nil : bytes[at] }

    mutating func skipSpace() {
        while byte == 0x20 || byte == 0x09 { at += 1 }
    }

    mutating func skipSpaceAndCommas() {
        while byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ",") { at += 1 }
    }

    mutating func take(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        at += 1
        return true
    }

    /// RFC 9110 5.6.2.
    mutating func token() -> String? { run(Self.isTokenByte) }

    /// A token68 (RFC 9110 11.2): base64 of some kind, with its padding.
    mutating func token68() -> String? {
        let start = at
        guard
            run({
                $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || Self.isAlphanumeric($0)
            }) != nil
        else { return nil }
        while byte == UInt8(ascii: "=") { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// RFC 9110 5.6.4.
    mutating func quoted() -> String? {
        let start = at
        guard take(UInt8(ascii: "\"")) else { return nil }
        var out: [UInt8] = []
        while let next = byte {
            at += 1
            if next == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
            if next == UInt8(ascii: "\\") {
                guard let escaped = byte else { break }
                out.append(escaped)
                at += 1
            } else {
                out.append(next)
            }
        }
        at = start
        return nil
    }

    mutating func bracketed() -> String? {
        guard byte == UInt8(ascii: "<"), let end = bytes[at...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
        let text = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
        at = end + 1
        skipSpace()
        return text
    }

    private mutating func run(_ belongs: (UInt8) -> Bool) -> String? {
        let start = at
        while let byte, belongs(byte) { at += 1 }
        return at == start ? nil : String(decoding: bytes[start..<at], as: UTF8.self)
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
