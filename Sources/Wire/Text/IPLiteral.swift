/// A host that is an IP address and no name (RFC 3986 3.2.2).
public enum IPLiteral: Sendable, Hashable {
    /// Four bytes, or sixteen.
    case address([UInt8])
    /// Short, octal, hexadecimal or with a dot at its end: an address to some readers and a name to others.
    case ambiguous

    /// Nil: the host is a name.
    public init?(host: String) {
        if host.hasPrefix("[") {
            self = Self.six(host.dropFirst().dropLast()).map { .address($0) } ?? .ambiguous
            return
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let last = parts.last { !$0.isEmpty } ?? ""
        // What readers of the other forms go by: no name ends in a number.
        guard !last.isEmpty, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) || last.hasPrefix("0x") else {
            return nil
        }
        self = Self.four(parts).map { .address($0) } ?? .ambiguous
    }

    /// Whether it is an address that the whole internet can reach (RFC 6890); not so loopback, private, link-local and
    /// all that are kept for something special.
    public var isGlobal: Bool {
        guard case .address(let bytes) = self else { return false }
        if bytes.count == 16 {
            // Global unicast is 2000::/3; 6to4 (2002::/16) holds an IPv4 address of any kind.
            return bytes[0] & 0xe0 == 0x20 && !(bytes[0] == 0x20 && bytes[1] == 0x02)
        }
        switch (bytes[0], bytes[1]) {
        case (0, _), (10, _), (127, _), (224..., _), (100, 64...127), (169, 254), (172, 16...31), (192, 168),
            (198, 18...19):
            return false
        case (192, 0): return bytes[2] != 0
        default: return true
        }
    }

    private static func four(_ parts: [Substring]) -> [UInt8]? {
        guard parts.count == 4 else { return nil }
        var out: [UInt8] = []
        for part in parts {
            guard let byte = UInt8(part), String(byte) == part else { return nil }
            out.append(byte)
        }
        return out
    }

    /// RFC 4291 2.2: eight groups, once `::` for those that are zero, the last two perhaps as IPv4.
    private static func six(_ text: Substring) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let gap = bytes.indices.dropLast().first { bytes[$0] == 0x3a && bytes[$0 + 1] == 0x3a }
        guard let gap else { return groups(text).flatMap { $0.count == 16 ? $0 : nil } }
        // A second gap leaves an empty group, which is none.
        guard let before = groups(text.prefix(gap)), let after = groups(text.dropFirst(gap + 2)),
            before.count + after.count <= 14, !text.prefix(gap).contains(".")
        else { return nil }
        return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var out: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let four = four(part.split(separator: ".", omittingEmptySubsequences: false)) else { return nil }
                out += four
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ Hex.digit($0) != nil }),
                let group = UInt16(part, radix: 16)
            else { return nil }
            out += [UInt8(group >> 8), UInt8(group & 0xff)]
        }
        return out
    }
}
