extension HeaderGrammar {
    /// One challenge of a `WWW-Authenticate` header (RFC 9110 11.6.1).
    public struct Challenge: Sendable, Hashable {
        /// In lower case.
        public let scheme: String
        /// Names in lower case; of a repeated one the last value.
        public let parameters: [String: String]
        public let token68: String?
    }

    /// The challenges of a header value; nil when it cannot be read as a list of them.
    public static func challenges(_ value: String) -> [Challenge]? {
        var scan = HeaderScanner(value)
        var out: [Challenge] = []
        scan.skipSpaceAndCommas()
        while !scan.isAtEnd {
            guard let challenge = challenge(&scan) else { return nil }
            out.append(challenge)
            scan.skipSpaceAndCommas()
        }
        return out.isEmpty ? nil : out
    }

    private static func challenge(_ scan: inout HeaderScanner) -> Challenge? {
        guard let scheme = scan.token()?.lowercased() else { return nil }
        switch scan.byte {
        case nil, UInt8(ascii: ","): return Challenge(scheme: scheme, parameters: [:], token68: nil)
        case 0x20, 0x09: scan.skipSpace()
        default: return nil
        }
        var ahead = scan
        if let token = ahead.token68() {
            ahead.skipSpace()
            if ahead.isAtEnd || ahead.byte == UInt8(ascii: ",") {
                scan = ahead
                return Challenge(scheme: scheme, parameters: [:], token68: token)
            }
        }
        guard let parameters = parameters(&scan) else { return nil }
        return Challenge(scheme: scheme, parameters: parameters, token68: nil)
    }

    /// Parameters up to the end or the next scheme: a token that no equals sign follows.
    private static func parameters(_ scan: inout HeaderScanner) -> [String: String]? {
        var out: [String: String] = [:]
        while true {
            let before = scan.at
            scan.skipSpaceAndCommas()
            if scan.isAtEnd { return out }
            let start = scan
            guard let name = scan.token()?.lowercased() else { return nil }
            scan.skipSpace()
            guard scan.take(UInt8(ascii: "=")) else {
                // Only after a comma may another scheme begin.
                guard scan.bytes[before..<start.at].contains(UInt8(ascii: ",")) else { return nil }
                scan = start
                return out
            }
            scan.skipSpace()
            guard let value = scan.quoted() ?? scan.token() else { return nil }
            out[name] = value
            scan.skipSpace()
            guard scan.isAtEnd || scan.byte == UInt8(ascii: ",") else { return nil }
        }
    }
}
