/// A shell that completes command lines, and the script it needs for that.
///
/// Each script goes along the words before the cursor as the reader does, to know the command (`at`), how many
/// arguments there are (`count`), and whether an option waits for its value (`kind`). Names of links and providers are
/// asked of the daemon; when it does not answer, nothing is offered and nothing is said.
enum Shell: String, CaseIterable {
    case bash, zsh, fish

    func completions<Action: Sendable>(of program: Program<Action>) -> String {
        let points = program.points
        let name = "_" + program.name.replacing("-", with: "_")
        return switch self {
        case .bash: Bash(name, program.name, points).script
        case .zsh: Zsh(name, program.name, points).script
        case .fish: Fish("_" + name, program.name, points).script
        }
    }

    /// A word that stands for exactly this text, in bash and zsh.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// Lines of a script, further in.
    static func indented(_ lines: [String], _ columns: Int) -> String {
        lines.map { String(repeating: " ", count: columns) + $0 }.joined(separator: "\n")
    }

    /// Arguments and a pipe that print what the daemon names, one a line: letters and digits alone, so that no shell
    /// takes a part of it for anything else.
    static let links =
        #"links --json 2>/dev/null | grep -oE '"(id|provider)":"[A-Za-z0-9_-]*"' | cut -d '"' -f 4 | sort -u"#
    static let providers =
        #"providers --json 2>/dev/null | grep -oE '"name":"[A-Za-z0-9_-]*"' | cut -d '"' -f 4 | sort -u"#
}

/// A place on the command line as the scripts see it: a command, with all that can follow.
struct Point {
    /// The words that led here; none: the program itself.
    let path: [String]
    let commands: [Item]
    let options: [Option]
    /// The kinds of its arguments, in order.
    let arguments: [Kind]
    /// Whether the last of them may be said again and again.
    let goesOn: Bool

    var name: String { path.joined(separator: " ") }

    /// Options with a value, each with where it is known: everywhere (nil) unless it means different things.
    static func valued(_ points: [Point]) -> [(place: Point?, option: Option)] {
        var out: [(place: Point?, option: Option)] = []
        var settled: Set<String> = []
        for point in points {
            for option in point.options where option.takesValue && !settled.contains(option.name) {
                let alike = points.flatMap(\.options).filter { $0.name == option.name }
                if alike.allSatisfy({ $0.kind == option.kind }) {
                    settled.insert(option.name)
                    out.append((nil, option))
                } else {
                    out.append((point, option))
                }
            }
        }
        return out
    }
}

extension Program {
    /// Every command, those that only hold others too.
    var points: [Point] { points(root, []) }

    private func points(_ command: Command<Action>, _ path: [String]) -> [Point] {
        var kinds = command.arguments.flatMap { Array(repeating: $0.kind, count: min(4, $0.count.upperBound)) }
        if case .help = command.deed { kinds = [.choice(root.commands.map(\.name))] }
        let point = Point(
            path: path, commands: command.commands.map { Item($0.name, $0.summary) }, options: options(of: command),
            arguments: kinds, goesOn: kinds.count >= 4)
        return [point] + command.commands.flatMap { points($0, path + [$0.name]) }
    }
}
