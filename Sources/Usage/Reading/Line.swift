/// A command line that was read and fits its description.
public struct Line: Sendable {
    /// The words that led to the command: `["client", "set"]`; none: the program itself.
    public let path: [String]
    /// What stands after the command and is no option.
    public let arguments: [String]
    private let given: [String: [String]]
    private let known: Set<String>

    init(path: [String], arguments: [String], given: [String: [String]], known: Set<String>) {
        self.path = path
        self.arguments = arguments
        self.given = given
        self.known = known
    }

    /// Whether an option was given: `has("--wait")`.
    public func has(_ name: String) -> Bool { look(name) != nil }

    /// The value of an option that may be given once.
    public func value(_ name: String) -> String? { look(name)?.last }

    /// The values of an option that may be given more than once, in order.
    public func values(_ name: String) -> [String] { look(name) ?? [] }

    /// The value of an option of the kind `number`.
    public func number(_ name: String) -> UInt64? { value(name).flatMap { UInt64($0) } }

    // A name that the description does not have is a mistake of the programmer's.
    private func look(_ name: String) -> [String]? {
        precondition(known.contains(name), "\(path.joined(separator: " ")) is not described with \(name)")
        return given[name]
    }
}

/// What a command line asks for.
public enum Asked<Action: Sendable>: Sendable {
    case run(Action, Line)
    /// A text for standard output, without its last line break: help, the version, completions, the manual page.
    case show(String)
}

/// Why a command line is refused, in words. No value that was given is in them, since it could be a secret.
public struct Misuse: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ words: String) { description = words }
}
