import Glibc
import Usage

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
            switch try program.read(Array(arguments.dropFirst()), width: Terminal.readingWidth) {
            case .show(let text):
                Terminal.out(text)
                return ExitCode.done
            case .run(let command, let line): return try command(line, Terminal(line))
            }
        } catch let misuse as Misuse {
            Terminal.error("purser: \(misuse)")
            return ExitCode.usage
        } catch let stop as Stop {
            Terminal.error("purser: " + stop.words)
            return stop.code
        } catch {
            Terminal.error("purser: it failed for an unknown reason")
            return ExitCode.failed
        }
    }
}
