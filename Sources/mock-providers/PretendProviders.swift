import CLinux
import Glibc
import MockProviders
import Usage

/// `mock-providers`: pretended providers as real HTTP servers, and a pretended person for their consent pages.
enum PretendProviders {
    typealias Run = @Sendable (Line) -> Never

    static let program = Program<Run>(
        Command(
            "mock-providers", "pretended providers as real HTTP servers, and a pretended person for their pages",
            options: options, text: text,
            examples: [Example("mock-providers --port 0 --write-providers /tmp/pretend", "any free ports")],
            commands: [Consent.command], run: serve),
        section: 1,
        exitCodes: [
            Item("0", "ended as asked, by SIGINT or SIGTERM; or the callback answered 2xx"),
            Item("1", "it failed; the reason is on standard error"),
            Item("2", "the command line is wrong"),
        ],
        seeAlso: ["purser(1)", "purserd(8)"])

    private static let text: [Block] = [
        .paragraph(
            """
            Serves every provider folder that has a mock/ as a real authorization server and API on 127.0.0.1, and \
            prints one line for each once it listens: its name and its origin. Ends on SIGINT or SIGTERM.
            """),
        .paragraph(
            """
            At each origin, GET /_mock/ledger tells every token that was issued, spent, refused or revoked, \
            GET /_mock/requests how often each endpoint was called, POST /_mock/faults queues a fault, \
            and POST /_mock/signals tells that something has happened to a member.
            """),
        .paragraph(
            """
            With --module they are hostile: they do what that module of the conformance suite for clients says, until \
            the faults are cleared. `purser-conformance` lists the modules; conformance/ has a provider that knows all \
            of their algorithms.
            """),
    ]

    private static let options: [Option] = [
        Option(
            "--port", value: "N", kind: .number(0...65535),
            "the first port, the next provider takes the next; 0: any free ones (the port that each manifest names)"),
        Option(
            "--providers", value: "DIR", kind: .folder,
            "the folders (./providers, else ../share/purser/providers beside this program)"),
        Option(
            "--write-providers", value: "DIR", kind: .folder,
            "write copies of the folders that name the ports they are really served at"),
        Option("--module", value: "NAME", "do as this module of the conformance suite says"),
        Option(
            "--people", value: "N", kind: .number(0...1_000_000), "so many made-up members beside the folder's own"),
        Option(
            "--seed", value: "N", kind: .number(0...UInt64.max),
            "what the members' balances do follows from this number (0)"),
    ]

    static func run() -> Never {
        do {
            switch try program.read(Array(CommandLine.arguments.dropFirst()), width: Terminal.width) {
            case .show(let text): Terminal.finish(text)
            case .run(let command, let line): command(line)
            }
        } catch { Terminal.misuse("\(error)") }
    }

    @Sendable private static func serve(_ line: Line) -> Never {
        let scenario = line.value("--module").map { name -> Scenario in
            guard let module = Module.all.first(where: { $0.name == name }) else {
                Terminal.misuse("there is no module \(name)")
            }
            return module.scenario
        }
        Serving(
            providers: line.value("--providers") ?? FolderFiles.usual(), copies: line.value("--write-providers"),
            firstPort: line.number("--port").map { Int($0) }, people: Int(line.number("--people") ?? 0),
            seed: line.number("--seed") ?? 0, scenario: scenario
        ).run()
    }
}

/// Standard output and error, unbuffered, and the program's ends.
enum Terminal {
    static func line(_ text: String) { write(text + "\n", to: 1) }

    static func complain(_ words: String) { write("mock-providers: \(words)\n", to: 2) }

    static func finish(_ text: String) -> Never {
        line(text)
        exit(0)
    }

    static func fail(_ words: String) -> Never {
        complain(words)
        exit(1)
    }

    static func misuse(_ words: String) -> Never {
        complain(words)
        exit(2)
    }

    /// How wide help is set; off a terminal 80.
    static var width: Int {
        let columns = Int(clinux_columns(1))
        return columns > 0 ? columns : 80
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
