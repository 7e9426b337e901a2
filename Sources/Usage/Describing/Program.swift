/// The one description of a program's command line. To add a command, describe it (`Command`) and name it in its
/// program's list: reader, help, completions and manual page follow.
///
/// Every program also knows `help`, `completions` and `manual`, `--help` and `--version`.
public struct Program<Action: Sendable>: Sendable {
    /// The program itself: its name, what it does when no command is named, its commands.
    public let root: Command<Action>
    /// What every command takes.
    public let common: [Option]
    /// Of the manual: 1 for people, 8 for who runs the machine.
    public let section: Int
    public let exitCodes: [Item]
    public let environment: [Item]
    public let files: [Item]
    /// Other manual pages: `purserd(8)`.
    public let seeAlso: [String]

    public static var help: Option { Option("--help", short: "h", "help for the whole, or for one command") }
    public static var version: Option { Option("--version", short: "V", "which version this is") }

    public init(
        _ root: Command<Action>, section: Int, common: [Option] = [], exitCodes: [Item], environment: [Item] = [],
        files: [Item] = [], seeAlso: [String] = []
    ) {
        let shells = Argument("SHELL", .choice(Shell.allCases.map(\.rawValue)))
        let own: [Command<Action>] = [
            Command(
                "help", "show this, or help for one command", [Argument("COMMAND", count: 0...3)], [], [], [], [], .help
            ),
            Command(
                "completions", "print completions for bash, zsh or fish", [shells], [],
                [.paragraph("An installed \(root.name) has them in place already. Else, for this shell alone:")],
                [
                    Example("source <(\(root.name) completions bash)", "in bash; the same with zsh"),
                    Example("\(root.name) completions fish | source", "in fish"),
                ], [], .completions),
            Command(
                "manual", "print the manual page, for man", [], [], [],
                [Example("\(root.name) manual | man -l -", "read it")], [], .manual),
        ]
        self.root = Command(
            root.name, root.summary, root.arguments, root.options, root.text, root.examples, root.commands + own,
            root.deed)
        self.common = common
        self.section = section
        self.exitCodes = exitCodes
        self.environment = environment
        self.files = files
        self.seeAlso = seeAlso
    }

    public var name: String { root.name }

    /// Every command that does something, with the words that lead to it; the program itself first, with none.
    public var everything: [(path: [String], command: Command<Action>)] { Self.below(root, []) }

    private static func below(_ command: Command<Action>, _ path: [String]) -> [(
        path: [String], command: Command<Action>
    )] {
        (command.isWhole ? [(path, command)] : []) + command.commands.flatMap { below($0, path + [$0.name]) }
    }

    /// Every option that a line of this command may have.
    public func options(of command: Command<Action>) -> [Option] {
        command.options + (command.takesCommon ? common + [Self.help, Self.version] : [Self.help])
    }

    /// `purser sync [NAME…] [--wait]`.
    public func usage(_ path: [String], _ command: Command<Action>) -> String {
        // More than a few are better looked up below.
        let shown = command.options.count > 4 ? command.options.filter(\.isRequired) : command.options
        var words = [name] + path + command.arguments.map(\.inUsage) + shown.map(\.inUsage)
        if shown.count < command.options.count { words.append("[options]") }
        return words.joined(separator: " ")
    }
}

/// The version, one for all programs.
public enum Release {
    public static let version = "0.1.0"
}
