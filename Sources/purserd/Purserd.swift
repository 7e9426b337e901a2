import PurserSystem
import Usage

/// Why the daemon does not start: words for standard error, and the exit code.
struct Refusal: Error {
    let code: Int32
    let words: String

    /// It was tried and cannot be: the reason is in the words, and nothing was changed.
    static func cannot(_ words: String) -> Refusal { Refusal(code: 1, words: words) }
    /// The command line is wrong.
    static func usage(_ words: String) -> Refusal { Refusal(code: 2, words: words + "; run: purserd --help") }
}

/// The daemon's command line.
enum Purserd {
    static func run(_ arguments: [String]) -> Int32 {
        Tried.begin()
        do {
            switch try program.read(Array(arguments.dropFirst()), width: Console.width) {
            case .show(let text):
                Console.out(text + "\n")
                return 0
            case .run(let command, let line): return try command(line)
            }
        } catch let misuse as Misuse {
            Console.error("purserd: \(misuse)\n")
            return 2
        } catch {
            let refusal = error as? Refusal
            Console.error("purserd: \(refusal?.words ?? "it failed for an unknown reason")\n")
            return refusal?.code ?? 1
        }
    }
}
