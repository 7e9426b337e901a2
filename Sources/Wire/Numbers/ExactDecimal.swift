/// A decimal number without rounding: an amount from a parser to a display.
///
/// Up to 38 significant digits. Two texts of the same number are the same value (`0.10` and `0.1`); how many digits
/// are shown is the unit's affair (`text(fractionDigits:)`). What does not fit is refused, never rounded.
public struct ExactDecimal: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// value = coefficient / 10^scale; scale is the least that holds the number.
    private let coefficient: Int128
    private let scale: Int

    public static let zero = ExactDecimal(0)
    private static let maximumScale = 30

    public init(_ integer: Int) {
        coefficient = Int128(integer)
        scale = 0
    }

    /// Parses `-12.50`, `1e3`: the grammar of a JSON number, nothing else. Nil when it is not one or does not fit.
    public init?(_ text: String) {
        guard let parts = DecimalText(text), let whole = Int128(parts.digits) else { return nil }
        self.init(coefficient: parts.isNegative ? -whole : whole, scale: parts.scale)
    }

    /// Brings to the least scale; nil when it does not fit.
    private init?(coefficient: Int128, scale: Int) {
        var (coefficient, scale) = (coefficient, scale)
        while scale > 0, coefficient % 10 == 0 {
            coefficient /= 10
            scale -= 1
            if coefficient == 0 { scale = 0 }
        }
        while scale < 0 {
            let (next, overflows) = coefficient.multipliedReportingOverflow(by: 10)
            guard !overflows else { return nil }
            coefficient = next
            scale = coefficient == 0 ? 0 : scale + 1
        }
        // The least Int128 has no opposite.
        guard scale <= Self.maximumScale, coefficient != .min else { return nil }
        self.coefficient = coefficient
        self.scale = scale
    }

    public var isZero: Bool { coefficient == 0 }
    public var isNegative: Bool { coefficient < 0 }
    /// How many digits after the point the number needs.
    public var fractionDigits: Int { scale }
    public var negated: ExactDecimal { ExactDecimal(coefficient: -coefficient, scale: scale)! }
    public var magnitude: ExactDecimal { isNegative ? negated : self }

    /// This number times 10^power; nil when it does not fit.
    public func scaled(_ power: Int) -> ExactDecimal? { ExactDecimal(coefficient: coefficient, scale: scale - power) }

    /// The exact sum; nil when it does not fit.
    public func adding(_ other: ExactDecimal) -> ExactDecimal? {
        guard let (a, b, common) = aligned(other) else { return nil }
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? nil : ExactDecimal(coefficient: sum, scale: common)
    }

    public func subtracting(_ other: ExactDecimal) -> ExactDecimal? { adding(other.negated) }

    public static func < (a: Self, b: Self) -> Bool {
        guard let (x, y, _) = a.aligned(b) else {
            // Too far apart to align: the one with the smaller scale, which overflows, is the larger in magnitude.
            return a.scale < b.scale ? a.isNegative : !b.isNegative
        }
        return x < y
    }

    private func aligned(_ other: ExactDecimal) -> (Int128, Int128, Int)? {
        let common = max(scale, other.scale)
        guard let a = Self.raised(coefficient, by: common - scale),
            let b = Self.raised(other.coefficient, by: common - other.scale)
        else { return nil }
        return (a, b, common)
    }

    private static func raised(_ value: Int128, by power: Int) -> Int128? {
        var out = value
        for _ in 0..<power {
            let (next, overflows) = out.multipliedReportingOverflow(by: 10)
            guard !overflows else { return nil }
            out = next
        }
        return out
    }

    /// The shortest exact text: `-12.5`.
    public var text: String { text(fractionDigits: 0) }

    public var description: String { text }

    /// The text with at least this many digits after the point; more where the number has more.
    public func text(fractionDigits: Int) -> String {
        var digits = String(coefficient.magnitude)
        if digits.utf8.count <= scale {
            digits = String(repeating: "0", count: scale - digits.utf8.count + 1) + digits
        }
        let point = digits.utf8.count - scale
        let fraction = String(digits.dropFirst(point)) + String(repeating: "0", count: max(0, fractionDigits - scale))
        return (isNegative ? "-" : "") + digits.prefix(point) + (fraction.isEmpty ? "" : "." + fraction)
    }
}

/// The parts of a decimal's text.
private struct DecimalText {
    var isNegative = false
    var digits = ""
    /// Digits after the point, less the exponent; negative: zeros to append.
    var scale = 0

    init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "-" {
            isNegative = true
            rest = rest.dropFirst()
        }
        let mantissa = rest.prefix { $0 != "e" && $0 != "E" }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy(Self.isDigits), rest.utf8.count <= 64,
            parts[0].utf8.count == 1 || parts[0].first != "0"
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        digits = String(parts[0] + fraction)
        scale = fraction.utf8.count
        if mantissa.endIndex != rest.endIndex {
            var exponent = rest[rest.index(after: mantissa.endIndex)...]
            let isSmall = exponent.first == "-"
            if isSmall || exponent.first == "+" { exponent = exponent.dropFirst() }
            guard Self.isDigits(exponent), let power = Int(exponent), power <= 1000 else { return nil }
            scale += isSmall ? power : -power
        }
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
