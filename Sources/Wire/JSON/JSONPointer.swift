/// JSON Pointer (RFC 6901).
public enum JSONPointer {
    /// The reference tokens of a pointer, unescaped; nil when the text is none.
    public static func tokens(_ pointer: String) -> [String]? {
        if pointer.isEmpty { return [] }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var out: [String] = []
        for raw in pointer.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let token = unescaped(raw) else { return nil }
            out.append(token)
        }
        return out
    }

    /// The value a pointer names, or nil: no pointer, or nothing there.
    public static func resolve(_ pointer: String, in json: JSON) -> JSON? {
        guard let tokens = tokens(pointer) else { return nil }
        var here = json
        for token in tokens {
            guard let next = step(token, in: here) else { return nil }
            here = next
        }
        return here
    }

    /// One reference token further. Array indices have no leading zero (RFC 6901 4).
    public static func step(_ token: String, in json: JSON) -> JSON? {
        switch json {
        case .object(let object): return object[token]
        case .array:
            guard let index = Int(token), String(index) == token else { return nil }
            return json[index]
        default: return nil
        }
    }

    /// `~1` is a slash, `~0` a tilde, any other tilde an error.
    private static func unescaped(_ raw: Substring.UTF8View) -> String? {
        var out: [UInt8] = []
        var iterator = raw.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "~") else {
                out.append(byte)
                continue
            }
            switch iterator.next() {
            case UInt8(ascii: "0"): out.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): out.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
