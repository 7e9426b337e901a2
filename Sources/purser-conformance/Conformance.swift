import CLinux
import Glibc
import MockProviders
import PurserSimulation
import Usage

/// `purser-conformance`: plays the conformance suite's modules for clients against a provider that does as each of them
/// says, and prints what was expected and what was seen.
enum Conformance {
    typealias Run = @Sendable (Line) -> Int32

    static let program = Program<Run>(
        Command(
            "purser-conformance", "the conformance suite's modules for clients, at a provider that is twisted by each",
            options: options, text: text,
            examples: [
                Example("purser-conformance --json", "for a program to read"),
                Example("purser-conformance --module oidcc-client-test-invalid-iss", "one, with all that happens"),
            ], run: play),
        section: 1,
        exitCodes: [
            Item("0", "every module that is played ended as it must"),
            Item("1", "one did not"),
            Item("2", "the command line is wrong, or there is no provider to twist"),
        ],
        seeAlso: ["purser-simulate(1)", "mock-providers(1)"])

    private static let text: [Block] = [
        .paragraph(
            """
            Each module has the name it has in the OpenID Foundation's suite, and is played in this process: the real \
            engine links, pulls and refreshes at a pretended provider that does what the module says. Modules that \
            begin with purser-client-test are not of that suite.
            """)
    ]

    private static let options: [Option] = [
        Option("--json", "one JSON document instead of a table"),
        Option(
            "--module", value: "NAME", kind: .choice(Module.all.map(\.name)), "this one alone, and all that happens"),
        Option("--provider", value: "DIR", kind: .folder, "the provider's folder (./conformance/suite)"),
    ]

    static func run(_ arguments: [String]) -> Int32 {
        do {
            switch try program.read(Array(arguments.dropFirst()), width: width) {
            case .show(let text):
                Out.line(text)
                return 0
            case .run(let command, let line): return command(line)
            }
        } catch {
            Out.complain("\(error)")
            return 2
        }
    }

    private static var width: Int {
        let columns = Int(clinux_columns(1))
        return columns > 0 ? columns : 80
    }

    @Sendable private static func play(_ line: Line) -> Int32 {
        let folder = line.value("--provider") ?? "conformance/suite"
        let player = ModulePlayer(folder: folder)
        guard player.canPlay else {
            Out.complain("\(folder) is no folder of a pretended provider that loads")
            return 2
        }
        let name = line.value("--module")
        let findings = Module.all.filter { name == nil || $0.name == name }.map { module in
            player.play(module) { story in
                if name != nil, !line.has("--json") { for told in story { Out.line(told) } }
            }
        }
        let report = Report(findings: findings)
        Out.line(line.has("--json") ? report.json : report.table)
        return report.holds ? 0 : 1
    }
}

/// Standard output and error, unbuffered.
enum Out {
    static func line(_ text: String) { write(text + "\n", to: 1) }
    static func complain(_ words: String) { write("purser-conformance: \(words)\n", to: 2) }

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
