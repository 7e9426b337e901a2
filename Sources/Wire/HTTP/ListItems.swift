extension HeaderGrammar {
    /// One member of a list or dictionary in structured fields (RFC 9651 3.1, 3.2), as text: what `RateLimit` and its
    /// like are made of.
    public struct Item: Sendable, Hashable {
        /// A list member's own value, or a dictionary member's key.
        public let name: String
        /// A dictionary member's value; nil in a list.
        public let value: String?
        /// Of a repeated one the last value; one without a value has "1".
        private let parameters: [String: String]

        init(name: String, value: String?, parameters: [String: String]) {
            self.name = name
            self.value = value
            self.parameters = parameters
        }

        public subscript(parameter: String) -> String? { parameters[parameter] }
    }

    /// The members of a field's value. As RFC 9651 4.2 wants it, one that cannot be read whole says nothing.
    public static func items(_ value: String) -> [Item] {
        var scan = HeaderScanner(value)
        var out: [Item] = []
        scan.skipSpace()
        while !scan.isAtEnd {
            guard let item = item(&scan) else { return [] }
            out.append(item)
            scan.skipSpace()
            if scan.isAtEnd { break }
            guard scan.take(UInt8(ascii: ",")) else { return [] }
            scan.skipSpace()
            if scan.isAtEnd { return [] }
        }
        return out
    }

    private static func item(_ scan: inout HeaderScanner) -> Item? {
        guard let name = bare(&scan) else { return nil }
        var value: String?
        if scan.take(UInt8(ascii: "=")) {
            guard let found = bare(&scan) else { return nil }
            value = found
        }
        var parameters: [String: String] = [:]
        while scan.take(UInt8(ascii: ";")) {
            scan.skipSpace()
            guard let key = scan.token() else { return nil }
            var text = "1"
            if scan.take(UInt8(ascii: "=")) {
                guard let found = bare(&scan) else { return nil }
                text = found
            }
            parameters[key] = text
        }
        return Item(name: name, value: value, parameters: parameters)
    }

    /// A string, a byte sequence, or anything that is written like a token: numbers, tokens, booleans.
    private static func bare(_ scan: inout HeaderScanner) -> String? {
        if let text = scan.quoted() { return text }
        if scan.take(UInt8(ascii: ":")) {
            let text = scan.token68() ?? ""
            return scan.take(UInt8(ascii: ":")) ? text : nil
        }
        if scan.take(UInt8(ascii: "?")) { return scan.token() }
        return scan.token()
    }
}
