/// No secret may stand where people and programs look.
enum SecretCheck {
    /// How much of a secret's beginning is looked up; shorter ones are no secrets.
    private static let keyCount = 8

    /// One pass over each text, however many secrets there are.
    ///
    /// - Parameters:
    ///   - secrets: every token, code, state and verifier of the run.
    ///   - texts: logs, API answers, custody stories.
    static func violations(_ secrets: [String], in texts: [(name: String, text: String)]) -> [String] {
        var byStart: [UInt64: [[UInt8]]] = [:]
        // What two bytes some secret begins with: most places of a text are out at once.
        var mayStart = [Bool](repeating: false, count: 1 << 16)
        for secret in secrets.map({ Array($0.utf8) }) where secret.count >= keyCount {
            byStart[key(secret[...]), default: []].append(secret)
            mayStart[pair(secret[0], secret[1])] = true
        }
        var out: [String] = []
        for (name, text) in texts where holds(Array(text.utf8), byStart, mayStart) {
            out.append("a secret stands in \(name)")
        }
        return out
    }

    private static func holds(_ text: [UInt8], _ byStart: [UInt64: [[UInt8]]], _ mayStart: [Bool]) -> Bool {
        guard text.count >= keyCount else { return false }
        for at in 0...(text.count - keyCount) where mayStart[pair(text[at], text[at + 1])] {
            let rest = text[at...]
            if byStart[key(rest)]?.contains(where: { rest.starts(with: $0) }) == true { return true }
        }
        return false
    }

    private static func pair(_ a: UInt8, _ b: UInt8) -> Int { Int(a) << 8 | Int(b) }

    private static func key(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.prefix(keyCount).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
