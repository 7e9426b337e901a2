/// One command of a program, or the program itself: what it is called, what it takes, what it is for. Help, completions,
/// the manual page and the reader all come from this.
public struct Command<Action: Sendable>: Sendable {
    /// What reading a line of it leads to.
    enum Deed: Sendable {
        case run(Action)
        /// It only holds commands.
        case choose
        case help, completions, manual
    }

    public let name: String
    /// A few words, lower case, no full stop.
    public let summary: String
    public let text: [Block]
    public let arguments: [Argument]
    /// Its own, beside those that every command of the program takes.
    public let options: [Option]
    public let examples: [Example]
    public let commands: [Command]
    let deed: Deed

    /// A command that does something; with `commands` it is what happens when none of them is named.
    public init(
        _ name: String, _ summary: String, arguments: [Argument] = [], options: [Option] = [], text: [Block] = [],
        examples: [Example] = [], commands: [Command] = [], run: Action
    ) {
        self.init(name, summary, arguments, options, text, examples, commands, .run(run))
    }

    /// A command that is nothing without one of those below it: `client` of `client set`.
    public init(_ name: String, _ summary: String, text: [Block] = [], commands: [Command]) {
        self.init(name, summary, [], [], text, [], commands, .choose)
    }

    init(
        _ name: String, _ summary: String, _ arguments: [Argument], _ options: [Option], _ text: [Block],
        _ examples: [Example], _ commands: [Command], _ deed: Deed
    ) {
        precondition(arguments.isEmpty || commands.isEmpty, "\(name): a word could be an argument or a command")
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.options = options
        self.text = text
        self.examples = examples
        self.commands = commands
        self.deed = deed
    }

    /// Whether it takes the options that every command of the program takes. What only shows a text does not.
    var takesCommon: Bool {
        switch deed {
        case .run, .choose: true
        case .help, .completions, .manual: false
        }
    }

    /// Whether it does something by itself.
    var isWhole: Bool {
        if case .choose = deed { false } else { true }
    }
}

/// A piece of longer text.
public enum Block: Sendable, Hashable {
    case paragraph(String)
    case list([Item])
}

/// Something and what it is: an exit code, a file, a variable.
public struct Item: Sendable, Hashable {
    public let term: String
    public let text: String

    public init(_ term: String, _ text: String) {
        self.term = term
        self.text = text
    }
}

/// A line to try, and what it does.
public struct Example: Sendable, Hashable {
    public let line: String
    public let text: String

    public init(_ line: String, _ text: String) {
        self.line = line
        self.text = text
    }
}
