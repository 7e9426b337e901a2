import Glibc

/// How the command ended, for scripts.
enum ExitCode {
    static let done: Int32 = 0
    /// It was tried and failed; the reason is on standard error.
    static let failed: Int32 = 1
    /// The command line is wrong, or names more than one thing.
    static let usage: Int32 = 2
    /// The daemon does not answer.
    static let noDaemon: Int32 = 3
}

/// Why a command ended early: words for standard error, and the exit code.
struct Stop: Error {
    let code: Int32
    let words: String

    init(_ code: Int32, _ words: String) {
        self.code = code
        self.words = words
    }

    static func usage(_ words: String) -> Stop { Stop(ExitCode.usage, words) }
    static func failed(_ words: String) -> Stop { Stop(ExitCode.failed, words) }
}

/// The command line: which command, with what.
enum Purser {
    static func run(_ arguments: [String]) -> Int32 {
        do {
            let line = try CommandLineText(Array(arguments.dropFirst()))
            if line.wantsVersion { return show("purser \(Version.text)") }
            guard let name = line.command, name != "help" else {
                guard line.wantsHelp || line.command == "help" else {
                    Terminal.error(Help.overview)
                    return ExitCode.usage
                }
                if let asked = line.names.first, Command.named(asked) == nil { throw Stop.usage(unknown(asked)) }
                return show(Help.text(line.names.first) ?? Help.overview)
            }
            guard let command = Command.named(name) else {
                throw Stop.usage(unknown(name))
            }
            if line.wantsHelp { return show(Help.text(name) ?? Help.overview) }
            try line.check(for: command)
            return try command.run(line, Terminal(line))
        } catch let stop as Stop {
            Terminal.error("purser: " + stop.words)
            return stop.code
        } catch {
            Terminal.error("purser: it failed for an unknown reason")
            return ExitCode.failed
        }
    }

    private static func unknown(_ name: String) -> String { "there is no command \(name); run: purser --help" }

    private static func show(_ text: String) -> Int32 {
        Terminal.out(text)
        return ExitCode.done
    }
}

/// The version, one for the daemon and the command.
enum Version {
    static let text = "0.1.0"
}
