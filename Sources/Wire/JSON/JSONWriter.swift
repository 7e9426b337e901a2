extension JSON {
    /// The compact form, as UTF-8.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Appends the compact form.
    public func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += Array("null".utf8)
        case .bool(let value): out += Array((value ? "true" : "false").utf8)
        case .number(let value): out += Array(value.text.utf8)
        case .string(let value): JSON.write(value, to: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                item.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            out.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSON.write(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a string in quotes. Escaped is what must be, and what is hidden: JSON that is shown on a terminal does
    /// nothing there, and means the same.
    public static func write(_ string: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        guard string.utf8.allSatisfy({ $0 < 0x7F }) else {
            for scalar in string.unicodeScalars {
                if scalar.isHidden || scalar == "\"" || scalar == "\\" {
                    writeEscaped(scalar, to: &out)
                } else {
                    out += Array(UTF8.encode(scalar)!)
                }
            }
            out.append(UInt8(ascii: "\""))
            return
        }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x0A: out += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0x0D: out += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case 0x09: out += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20:
                out += Array("\\u00".utf8)
                out += Array(Hex.encode([byte]).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func writeEscaped(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        switch scalar {
        case "\"": out += Array("\\\"".utf8)
        case "\\": out += Array("\\\\".utf8)
        case "\n": out += Array("\\n".utf8)
        case "\r": out += Array("\\r".utf8)
        case "\t": out += Array("\\t".utf8)
        default:
            for unit in UTF16.encode(scalar)! {
                out += Array("\\u".utf8) + Array(Hex.encode([UInt8(unit >> 8), UInt8(unit & 0xff)]).utf8)
            }
        }
    }

    /// Two spaces a level, for people; ends without a line break.
    public func pretty() -> String {
        var out = ""
        pretty(into: &out, indent: 0)
        return out
    }

    private func pretty(into out: inout String, indent: Int) {
        let pad = String(repeating: "  ", count: indent + 1)
        let end = String(repeating: "  ", count: indent)
        switch self {
        case .array(let items) where !items.isEmpty:
            out += "[\n"
            for (index, item) in items.enumerated() {
                out += pad
                item.pretty(into: &out, indent: indent + 1)
                out += index + 1 < items.count ? ",\n" : "\n"
            }
            out += end + "]"
        case .object(let object) where !object.members.isEmpty:
            out += "{\n"
            for (index, member) in object.members.enumerated() {
                out += pad + JSON.string(member.name).text + ": "
                member.value.pretty(into: &out, indent: indent + 1)
                out += index + 1 < object.members.count ? ",\n" : "\n"
            }
            out += end + "}"
        default: out += text
        }
    }
}
