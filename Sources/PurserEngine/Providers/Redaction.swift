import Wire

/// An answer that can be shown to others: its shape, its dates, its codes and its smaller numbers stay; what looks like
/// a person's (names, texts, long numbers) is masked letter by letter, so that its form can still be seen.
enum Redaction {
    /// Numbers of this many digits and more are a member's, a card's or an order's rather than an amount.
    private static let longNumber = 7
    private static let longestText = 60

    static func json(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(self.text(text))
        case .number(let number):
            number.text.utf8.count(where: isDigit) >= longNumber ? .string(mask(number.text)) : json
        case .array(let items): .array(items.map(self.json))
        case .object(let object): .object(JSONObject(object.members.map { ($0.name, self.json($0.value)) }))
        default: json
        }
    }

    /// Codes (`SLV`), dates and short numbers stay as they are.
    static func text(_ text: String) -> String {
        let plain = Harmless.text(text, limit: longestText)
        let bytes = plain.utf8
        let isCode = bytes.count <= 24 && bytes.allSatisfy { (65...90).contains($0) || $0 == 95 || $0 == 45 }
        if plain.isEmpty || isCode || isDate(plain) { return plain }
        if bytes.allSatisfy({ isDigit($0) || "+-., ".utf8.contains($0) }), bytes.count(where: isDigit) < longNumber {
            return plain
        }
        return mask(plain)
    }

    private static func mask(_ text: String) -> String {
        String(
            text.map { character in
                character.isNumber ? "0" : character.isLetter ? (character.isUppercase ? "X" : "x") : character
            })
    }

    /// Begins like `2027-05-03` or `03.05.2027` and holds nothing but what times are made of.
    private static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 7, bytes.count <= 35, bytes.allSatisfy({ isDigit($0) || "-.:TZWtz+ ".utf8.contains($0) })
        else { return false }
        let hasYearFirst = bytes.prefix(4).allSatisfy(isDigit) && bytes[4] == UInt8(ascii: "-")
        let hasDayFirst =
            bytes.count == 10 && bytes[2] == UInt8(ascii: ".") && bytes[5] == UInt8(ascii: ".")
        return hasYearFirst || hasDayFirst
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
