import Glibc

/// `mock-providers`: pretended providers as real HTTP servers, and a pretended person for their consent pages.
enum Command {
    static let help = """
        usage: mock-providers [options]
               mock-providers consent URL [--member NAME] [--deny] [--json]

        Serves every provider folder that has a mock/ as a real authorization server and API on 127.0.0.1, and prints
        one line for each once it listens: its name and its origin. Ends on SIGINT or SIGTERM.

          --port N               the first port, the next provider takes the next; 0: any free ones
                                 (default: the port that each manifest names)
          --providers DIR        the folders (default: ./providers, else ../share/purser/providers beside this program)
          --write-providers DIR  write copies of the folders that name the ports they are really served at
          --people N             so many made-up members beside the folder's own
          --seed N               what the members' balances do follows from this number (default: 0)
          --help                 this text

        At each origin, GET /_mock/ledger tells every token that was issued, spent, refused or revoked, and
        POST /_mock/faults queues a fault. `mock-providers consent --help` tells about the pretended person.

        """

    static func run() -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "consent" { Consent.run(Array(arguments.dropFirst())) }
        let flags = Flags.parse(
            arguments, valued: ["port", "providers", "write-providers", "people", "seed"], plain: [], help: help)
        if let stray = flags.rest.first { Terminal.misuse("\(stray) is not understood", help) }
        let port = flags.number("port", 0...65535, help).map { Int($0) }
        let people = flags.number("people", 0...1_000_000, help) ?? 0
        let seed = flags.number("seed", 0...UInt64.max, help) ?? 0
        let folder = flags.values["providers"] ?? FolderFiles.usual()
        Serving(
            providers: folder, copies: flags.values["write-providers"], firstPort: port, people: Int(people), seed: seed
        ).run()
    }
}

/// What was said on the command line: `--name value`, `--name=value`, `--name`, and the rest in order.
struct Flags {
    private(set) var values: [String: String] = [:]
    private(set) var plain: Set<String> = []
    private(set) var rest: [String] = []

    /// Ends the program with 0 after `--help`, with 2 for a flag that is not known or lacks its value.
    static func parse(_ arguments: [String], valued: [String], plain: [String], help: String) -> Flags {
        var flags = Flags()
        var left = arguments[...]
        while let argument = left.popFirst() {
            guard argument.hasPrefix("--"), argument != "--" else {
                if argument == "-h" { Terminal.finish(help) }
                if argument.hasPrefix("-") { Terminal.misuse("\(argument) is not understood", help) }
                flags.rest.append(argument)
                continue
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if name == "help" { Terminal.finish(help) }
            if valued.contains(name) {
                guard let value = parts.count == 2 ? String(parts[1]) : left.popFirst() else {
                    Terminal.misuse("--\(name) needs a value", help)
                }
                flags.values[name] = value
            } else if plain.contains(name), parts.count == 1 {
                flags.plain.insert(name)
            } else {
                Terminal.misuse("\(argument) is not understood", help)
            }
        }
        return flags
    }

    func number(_ name: String, _ range: ClosedRange<UInt64>, _ help: String) -> UInt64? {
        guard let text = values[name] else { return nil }
        guard let number = UInt64(text), range.contains(number) else {
            Terminal.misuse("--\(name) needs a whole number, not \(text)", help)
        }
        return number
    }
}

/// Standard output and error, unbuffered, and the program's ends.
enum Terminal {
    static func line(_ text: String) { write(text + "\n", to: 1) }

    static func complain(_ words: String) { write("mock-providers: \(words)\n", to: 2) }

    static func finish(_ text: String) -> Never {
        write(text, to: 1)
        exit(0)
    }

    static func fail(_ words: String) -> Never {
        complain(words)
        exit(1)
    }

    static func misuse(_ words: String, _ help: String) -> Never {
        complain(words)
        write(String(help.prefix { $0 != "\n" }) + "\n", to: 2)
        exit(2)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
