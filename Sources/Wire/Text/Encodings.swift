/// Hexadecimal, lower case.
public enum Hex {
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        for byte in bytes {
            out.append(Self.digits[Int(byte >> 4)])
            out.append(Self.digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Either case; nil for an odd count or another character.
    public static func decode(_ text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count % 2 == 0 else { return nil }
        var out: [UInt8] = []
        for at in stride(from: 0, to: utf8.count, by: 2) {
            guard let high = digit(utf8[at]), let low = digit(utf8[at + 1]) else { return nil }
            out.append(high << 4 | low)
        }
        return out
    }

    private static let digits = Array("0123456789abcdef".utf8)

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Base 64 (RFC 4648 4): padded, canonical, nothing else in between.
public enum Base64 {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    public static func encode(_ bytes: [UInt8]) -> String {
        let text = Bits.encode(bytes, Self.alphabet, 6)
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    public static func decode(_ text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count % 4 == 0 else { return nil }
        let bare = utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
        guard let out = Bits.decode(utf8.dropLast(bare), Self.alphabet, 6), bare == (3 - out.count % 3) % 3 else {
            return nil
        }
        return out
    }
}

/// Base 64 for URLs (RFC 4648 5) as JOSE uses it: no padding, canonical, nothing else in between.
public enum Base64URL {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    public static func encode(_ bytes: [UInt8]) -> String { Bits.encode(bytes, alphabet, 6) }

    public static func decode(_ text: String) -> [UInt8]? { Bits.decode(Array(text.utf8)[...], alphabet, 6) }
}

/// Base 32 (RFC 4648 6) in lower case without padding: what our identifiers are written in.
public enum Base32 {
    static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    public static func encode(_ bytes: [UInt8]) -> String { Bits.encode(bytes, alphabet, 5) }

    public static func decode(_ text: String) -> [UInt8]? { Bits.decode(Array(text.utf8)[...], alphabet, 5) }
}

// Groups of bits as characters, most significant first.
private enum Bits {
    static func encode(_ bytes: [UInt8], _ alphabet: [UInt8], _ width: Int) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 8 / width + 1)
        var (held, count) = (UInt32(0), 0)
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            count += 8
            while count >= width {
                count -= width
                out.append(alphabet[Int(held >> UInt32(count)) & (1 << width - 1)])
            }
            held &= 1 << UInt32(count) - 1
        }
        if count > 0 { out.append(alphabet[Int(held << UInt32(width - count)) & (1 << width - 1)]) }
        return String(decoding: out, as: UTF8.self)
    }

    static func decode(_ text: ArraySlice<UInt8>, _ alphabet: [UInt8], _ width: Int) -> [UInt8]? {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        var out: [UInt8] = []
        out.reserveCapacity(text.count * width / 8)
        var (held, count) = (UInt32(0), 0)
        for byte in text {
            let value = values[Int(byte)]
            guard value != 0xff else { return nil }
            held = held << UInt32(width) | UInt32(value)
            count += width
            if count >= 8 {
                count -= 8
                out.append(UInt8(held >> UInt32(count) & 0xff))
                held &= 1 << UInt32(count) - 1
            }
        }
        // Left-over bits are fewer than a character's, and zero: one text only for the same bytes.
        guard count < width, held == 0 else { return nil }
        return out
    }
}
