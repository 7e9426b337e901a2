import PurserSystem

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
    static let version = "0.1.0"

    static func run(_ arguments: [String]) -> Int32 {
        do {
            let options = try Options(Array(arguments.dropFirst()))
            if options.wantsHelp {
                Console.out(Options.help)
                return 0
            }
            if options.wantsVersion {
                Console.out("purserd \(version)\n")
                return 0
            }
            return options.isCheck ? Check.run(options) : try Daemon.run(options)
        } catch {
            Console.error("purserd: \(error.words)\n")
            return error.code
        }
    }
}
