import PurserSimulation

/// Worlds played in this process, one after the other.
struct Playing {
    let order: Order

    init(_ order: Order) { self.order = order }

    /// Prints what was broken, and the figures of all as `Report` reads them.
    func run() -> Int32 {
        guard let providers = folders() else { return 2 }
        var report = Report()
        for seed in order.from..<(order.from + order.seeds) {
            guard let outcome = outcome(seed, providers, tells: false) else { return 2 }
            report.add(outcome)
            for violation in outcome.violations { Out.line("seed \(seed): \(violation)") }
            if order.plant != nil, !outcome.violations.isEmpty { break }
        }
        for line in report.lines { Out.line(line) }
        return report.isBroken ? 1 : 0
    }

    /// Prints all that happens.
    func tell() -> Int32 {
        guard let providers = folders() else { return 2 }
        var isGood = true
        for seed in order.from..<(order.from + order.seeds) {
            guard let outcome = outcome(seed, providers, tells: true) else { return 2 }
            for line in outcome.story { Out.line(line) }
            for violation in outcome.violations { Out.line("seed \(seed): \(violation)") }
            Out.line("seed \(seed): trace \(outcome.trace)")
            isGood = isGood && outcome.violations.isEmpty
        }
        return isGood ? 0 : 1
    }

    private func folders() -> [SimulatedProvider]? {
        var found: [SimulatedProvider] = []
        for place in order.providers {
            guard let provider = FolderOnDisk.read(place) else {
                Out.complain("\(place) is no folder of a mock provider that loads")
                return nil
            }
            found.append(provider)
        }
        if order.providers.isEmpty { found = FolderOnDisk.all(in: "providers") }
        if found.isEmpty { Out.complain("there is no folder of a mock provider in ./providers") }
        return found.isEmpty ? nil : found
    }

    private func outcome(_ seed: UInt64, _ providers: [SimulatedProvider], tells: Bool) -> SimulationOutcome? {
        guard order.store == "sqlite" else {
            return Simulation(seed: seed, providers: providers, runner: MemoryRunner(), tells: tells).run()
        }
        guard let runner = try? DiskRunner(seed: seed) else {
            Out.complain("no memory for a disk")
            return nil
        }
        return Simulation(seed: seed, providers: providers, runner: runner, tells: tells).run()
    }
}
