import CLinux
import Glibc
import PurserSimulation
import Usage

/// `purser-simulate`: plays worlds from seeds and stops at nothing; every seed that breaks a rule is named, to be played
/// again.
enum Simulate {
    typealias Run = @Sendable (Line) -> Int32

    static let program = Program<Run>(
        Command(
            "purser-simulate", "worlds with crashes and bad days, from seeds, and what must hold in all of them",
            options: options, text: text,
            examples: [
                Example("purser-simulate --seeds 1000", "a thousand worlds over memory"),
                Example("purser-simulate --store sqlite --from 47 --trace", "one world, line by line"),
            ], run: play),
        section: 1,
        exitCodes: [
            Item("0", "everything held"), Item("1", "a rule was broken; the seeds are on standard output"),
            Item("2", "the command line is wrong, or there is no provider to play with"),
        ],
        seeAlso: ["purserd(8)", "mock-providers(1)"])

    private static let text: [Block] = [
        .paragraph(
            """
            In a world one wallet or two are linked at every provider given; each gets a rotation policy that is drawn. People \
            link, renew, pause and unlink; networks, disks, clocks, providers and the daemon itself fail. One seed, one \
            store and one set of providers always give one trace.
            """)
    ]

    private static let usual: [Option] = [
        Option("--seeds", value: "N", kind: .number(1...1_000_000_000), "so many worlds (100; with --trace 1)"),
        Option("--from", value: "S", kind: .number(1...UInt64.max / 2), "the first one's seed (1)"),
        Option(
            "--provider", value: "DIR", kind: .folder, repeatable: true,
            "a folder to play with, more than once if need be (all below ./providers)"),
        Option(
            "--store", value: "STORE", kind: .choice(["memory", "sqlite"]),
            "memory, or the real store on a disk that fails (memory)"),
        Option("--jobs", value: "N", kind: .number(1...256), "so many processes at once (as there are processors)"),
        Option("--trace", "print all that happens, line by line"),
        Option("--batch", "play in this process, and print figures for the one that began it"),
    ]

    #if PURSER_TRIED
        static let options =
            usual + [
                Option("--planted", "put each planted bug in until it is caught, at most 2,000 seeds"),
                Option("--plant", value: "NAME", "put this bug in"),
            ]
    #else
        static let options = usual
    #endif

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
        let order = Order(line)
        #if PURSER_TRIED
            if line.has("--planted") { return PlantedBugs.run(order) }
            if let name = line.value("--plant"), !Planted.putIn(name) {
                Out.complain("there is no planted bug of that name")
                return 2
            }
        #endif
        if line.has("--trace") { return Playing(order).tell() }
        if line.has("--batch") { return Playing(order).run() }
        return Batches(order).run()
    }
}

/// What is to be played.
struct Order {
    var seeds: UInt64
    var from: UInt64
    var providers: [String]
    var store: String
    var jobs: Int
    /// The bug that is put in; nil: none.
    var plant: String?

    init(_ line: Line) {
        seeds = line.number("--seeds") ?? (line.has("--trace") ? 1 : 100)
        from = line.number("--from") ?? 1
        providers = line.values("--provider")
        store = line.value("--store") ?? "memory"
        jobs = line.number("--jobs").map { Int($0) } ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        #if PURSER_TRIED
            plant = line.value("--plant")
        #endif
    }

    /// The words that have another process play it.
    var words: [String] {
        ["purser-simulate", "--batch", "--seeds", "\(seeds)", "--from", "\(from)", "--store", store]
            + providers.flatMap { ["--provider", $0] } + (plant.map { ["--plant", $0] } ?? [])
    }
}

/// Standard output and error, unbuffered.
enum Out {
    static func line(_ text: String) { write(text + "\n", to: 1) }
    static func complain(_ words: String) { write("purser-simulate: \(words)\n", to: 2) }

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
