/// The forms in which a secret may get out. Written out here, so that no encoder of the product is trusted to look for
/// its own mistakes.
public enum SecretForms {
    private static let lower = Array("0123456789abcdef".utf8)
    private static let upper = Array("0123456789ABCDEF".utf8)
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// Each form with its name; those that come out alike are given once, and none that is too short to be looked for.
    public static func all(of bytes: [UInt8]) -> [(name: String, bytes: [UInt8])] {
        var out: [(name: String, bytes: [UInt8])] = [("as it is", bytes), ("reversed", bytes.reversed())]
        out += [("hex", hex(bytes, lower, "")), ("HEX", hex(bytes, upper, ""))]
        for before in 0..<3 {
            out.append(("base64", base64(bytes, after: before, "+/")))
            out.append(("base64url", base64(bytes, after: before, "-_")))
        }
        out += [
            ("percent-encoded", percent(bytes)), ("percent-encoded whole", hex(bytes, lower, "%")),
            ("PERCENT-ENCODED", hex(bytes, upper, "%")), ("in JSON", json(bytes)),
            ("in JSON, \\u", hex(bytes, lower, "\\u00")), ("in JSON, \\U", hex(bytes, upper, "\\u00")),
        ]
        var seen: Set<[UInt8]> = []
        return out.filter { $0.bytes.count >= SecretScan.window && seen.insert($0.bytes).inserted }
    }

    private static func hex(_ bytes: [UInt8], _ digits: [UInt8], _ before: String) -> [UInt8] {
        bytes.flatMap { Array(before.utf8) + [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// How it looks in the middle of something longer, where it begins after so many bytes of a group of three: what
    /// its neighbours have a part in is left out (RFC 4648 4 and 5).
    private static func base64(_ bytes: [UInt8], after before: Int, _ last: String) -> [UInt8] {
        let alphabet = letters + Array(last.utf8)
        let whole = [UInt8](repeating: 0, count: before) + bytes
        var out: [UInt8] = []
        for at in stride(from: 0, to: whole.count / 3 * 3, by: 3) {
            let group = Int(whole[at]) << 16 | Int(whole[at + 1]) << 8 | Int(whole[at + 2])
            for bits in [18, 12, 6, 0] { out.append(alphabet[group >> bits & 63]) }
        }
        // Of a group that is not whole, the characters that are its own.
        let rest = whole[(whole.count / 3 * 3)...]
        if let first = rest.first { out.append(alphabet[Int(first) >> 2]) }
        if rest.count == 2, let first = rest.first, let second = rest.last {
            out.append(alphabet[(Int(first) << 4 | Int(second) >> 4) & 63])
        }
        return Array(out.dropFirst(before == 0 ? 0 : before + 1))
    }

    /// As a form or a query has it (RFC 3986 2.3).
    private static func percent(_ bytes: [UInt8]) -> [UInt8] {
        let plain = Set(letters + Array("-._~".utf8))
        return bytes.flatMap { plain.contains($0) ? [$0] : hex([$0], upper, "%") }
    }

    /// As a careful writer has it: `/` escaped too (RFC 8259 7).
    private static func json(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): [UInt8(ascii: "\\"), byte]
            case 0..<0x20: hex([byte], lower, "\\u00")
            default: [byte]
            }
        }
    }
}
