import CLinux
import Glibc
import PurserSimulation

/// `make simulate`: plays seeds and stops at nothing; every seed that breaks a rule is named, to be played again.
enum Simulate {
    private static let help = """
        usage: purser-simulate [--seeds N] [--from S] [--provider DIR]… [--store memory|sqlite]

        Plays N worlds, the first from seed S, each with its crashes and bad days, and checks what must always hold.
        In a world one wallet is linked at every provider given: all of ./providers, or those named. One seed and one
        set of providers always give one trace. Exit code 1 when a rule was broken; the seed is printed.

        """
    /// A world that crashed leaks what it was doing, so every batch is a process of its own.
    private static let batch = 25

    private struct Options {
        var seeds = 100
        var from = 1
        /// None: all below `providers`.
        var providers: [String] = []
        var store = "memory"
        var isChild = false
    }

    static func run(_ arguments: [String]) -> Int32 {
        guard let options = read(arguments.dropFirst()) else {
            write(help, to: 2)
            return 2
        }
        if arguments.contains("--help") {
            write(help, to: 1)
            return 0
        }
        return options.isChild ? play(options) : spread(options)
    }

    private static func read(_ words: ArraySlice<String>) -> Options? {
        var options = Options()
        var rest = words
        while let word = rest.popFirst() {
            switch word {
            case "--help": return options
            case "--child": options.isChild = true
            case "--seeds", "--from":
                guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else { return nil }
                if word == "--seeds" { options.seeds = value } else { options.from = value }
            case "--provider":
                guard let value = rest.popFirst() else { return nil }
                options.providers.append(value)
            case "--store":
                guard let value = rest.popFirst(), ["memory", "sqlite"].contains(value) else { return nil }
                options.store = value
            default: return nil
            }
        }
        return options
    }

    /// Runs batches in processes of their own, one after the other, and adds up.
    private static func spread(_ options: Options) -> Int32 {
        let begun = clinux_uptime_milliseconds()
        var isGood = true
        var next = options.from
        let end = options.from + options.seeds
        while next < end {
            var child = options
            child.from = next
            child.seeds = min(batch, end - next)
            isGood = spawn(child) && isGood
            next += child.seeds
        }
        let seconds = Double(max(1, clinux_uptime_milliseconds() - begun)) / 1000
        let rate = Double(options.seeds) / seconds
        write(
            "\(options.seeds) seeds from \(options.from), \(options.store): \(isGood ? "all hold" : "BROKEN"), \(tenths(rate)) seeds/s\n",
            to: 1)
        return isGood ? 0 : 1
    }

    private static func tenths(_ value: Double) -> String { "\(Int(value)).\(Int(value * 10) % 10)" }

    private static func spawn(_ options: Options) -> Bool {
        let words =
            ["purser-simulate", "--child", "--seeds", "\(options.seeds)", "--from", "\(options.from)"]
            + options.providers.flatMap { ["--provider", $0] } + ["--store", options.store]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        guard posix_spawn(&process, "/proc/self/exe", nil, nil, &arguments, environ) == 0 else { return false }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }

    private static func play(_ options: Options) -> Int32 {
        guard let providers = folders(options) else { return 2 }
        var isGood = true
        for seed in options.from..<(options.from + options.seeds) {
            guard let outcome = outcome(UInt64(seed), providers, options.store) else { return 2 }
            for violation in outcome.violations {
                isGood = false
                write("seed \(seed): \(violation)\n", to: 1)
            }
        }
        return isGood ? 0 : 1
    }

    private static func folders(_ options: Options) -> [SimulatedProvider]? {
        var found: [SimulatedProvider] = []
        for place in options.providers {
            guard let provider = FolderOnDisk.read(place) else {
                write("purser-simulate: \(place) is no folder of a mock provider that loads\n", to: 2)
                return nil
            }
            found.append(provider)
        }
        if options.providers.isEmpty { found = FolderOnDisk.all(in: "providers") }
        if found.isEmpty { write("purser-simulate: there is no folder of a mock provider in ./providers\n", to: 2) }
        return found.isEmpty ? nil : found
    }

    private static func outcome(
        _ seed: UInt64, _ providers: [SimulatedProvider], _ store: String
    ) -> SimulationOutcome? {
        guard store == "sqlite" else {
            return Simulation(seed: seed, providers: providers, runner: MemoryRunner()).run()
        }
        guard let runner = try? DiskRunner(seed: seed) else { return nil }
        return Simulation(seed: seed, providers: providers, runner: runner).run()
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
