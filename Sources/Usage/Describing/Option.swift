/// What a word on the command line stands for: how it is completed, and what the reader refuses.
public enum Kind: Sendable, Hashable {
    /// Anything, completed with nothing.
    case text
    case file
    case folder
    /// The name of a provider that can be linked.
    case provider
    /// A link by its id, or all links of a provider by its name.
    case link
    /// A whole number within a range.
    case number(ClosedRange<UInt64>)
    /// One of these words.
    case choice([String])
}

/// An option of a command: `--name`, or `--name VALUE`.
public struct Option: Sendable, Hashable {
    /// With its dashes: `--socket`.
    public let name: String
    /// One letter, without its dash.
    public let short: Character?
    /// What stands for its value in help; nil: it takes none.
    public let placeholder: String?
    public let kind: Kind
    public let isRequired: Bool
    /// Whether it may be given more than once. (One without a value always may: twice is as good as once.)
    public let isRepeatable: Bool
    public let summary: String

    /// A switch.
    public init(_ name: String, short: Character? = nil, _ summary: String) {
        self.name = name
        self.short = short
        placeholder = nil
        kind = .text
        isRequired = false
        isRepeatable = true
        self.summary = summary
    }

    /// An option with a value.
    public init(
        _ name: String, short: Character? = nil, value placeholder: String, kind: Kind = .text,
        required: Bool = false, repeatable: Bool = false, _ summary: String
    ) {
        self.name = name
        self.short = short
        self.placeholder = placeholder
        self.kind = kind
        isRequired = required
        isRepeatable = repeatable
        self.summary = summary
    }

    public var takesValue: Bool { placeholder != nil }

    /// `--socket PATH`.
    public var withValue: String { name + (placeholder.map { " " + $0 } ?? "") }
    /// `-q, --quiet`.
    var spelled: String { (short.map { "-\($0), " } ?? "") + withValue }
    /// As a usage line shows it.
    var inUsage: String {
        let once = isRequired ? withValue : "[\(withValue)]"
        return isRepeatable && takesValue ? once + "…" : once
    }
}

/// What stands after a command and is no option.
public struct Argument: Sendable, Hashable {
    /// What stands for it in help: `NAME`.
    public let name: String
    public let kind: Kind
    /// How many of them there may be.
    public let count: ClosedRange<Int>

    public init(_ name: String, _ kind: Kind = .text, count: ClosedRange<Int> = 1...1) {
        self.name = name
        self.kind = kind
        self.count = count
    }

    /// As a usage line shows it.
    var inUsage: String {
        let some = count.upperBound > 1 ? name + "…" : name
        return count.lowerBound == 0 ? "[\(some)]" : some
    }
}
