public import Wire

/// A balance as the provider gives it: four different things, never confused with zero.
public enum BalanceAmount: Sendable, Hashable {
    case known(ExactDecimal)
    /// The provider has one and says null.
    case unknown
    /// The provider withholds it.
    case hidden
    /// This provider has no such number.
    case unsupported

    public var state: String {
        switch self {
        case .known: "known"
        case .unknown: "unknown"
        case .hidden: "hidden"
        case .unsupported: "unsupported"
        }
    }

    public var amount: ExactDecimal? {
        if case .known(let amount) = self { return amount }
        return nil
    }

    /// What a store wrote as state and amount; nil when no version of Purser writes that.
    public init?(state: String, amount: ExactDecimal?) {
        switch (state, amount) {
        case ("known", .some(let amount)): self = .known(amount)
        case ("unknown", .none): self = .unknown
        case ("hidden", .none): self = .hidden
        case ("unsupported", .none): self = .unsupported
        default: return nil
        }
    }
}
