public import Wire

/// What an amount is of, and its words: `miles`, `1 night`, `60.00 EUR`.
public struct UnitShown: Sendable, Hashable {
    /// As the programme's folder calls it.
    public let code: String
    /// The words for one and for many; nil: an account that was pulled last by a version that did not tell them.
    public let one: String?
    public let many: String?

    /// From an object with `unit`, and `one` and `many` beside it; nil without `unit`.
    public init?(_ json: JSON) {
        guard let code = json["unit"]?.string else { return nil }
        self.code = code
        one = json["one"]?.string
        many = json["many"]?.string
    }

    /// The word that goes with an amount: of exactly one the word for one. Money goes by its code.
    public func word(for amount: String?) -> String {
        if isCurrency { return code }
        if let one, let amount, ExactDecimal(amount) == Self.exactlyOne { return one }
        return many ?? code.replacing("-", with: " ")
    }

    private static let exactlyOne = ExactDecimal("1")

    /// ISO 4217.
    private var isCurrency: Bool { code.utf8.count == 3 && code.utf8.allSatisfy { (65...90).contains($0) } }
}
