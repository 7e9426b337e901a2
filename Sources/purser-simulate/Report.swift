import PurserSimulation

/// The figures of many worlds, and how one process tells another: lines that begin with `#`.
struct Report {
    private(set) var seeds = 0
    private(set) var broken = 0
    private var figures: [String: Int] = [:]
    private var lost: [String: Int] = [:]

    var isBroken: Bool { broken > 0 }

    mutating func add(_ outcome: SimulationOutcome) {
        seeds += 1
        broken += outcome.violations.isEmpty ? 0 : 1
        for (name, count) in outcome.tally.figures { figures[name, default: 0] += count }
        for (cause, count) in outcome.unavoidable { lost[cause, default: 0] += count }
    }

    /// One figure a line.
    var lines: [String] {
        ["#seeds \(seeds)", "#broken \(broken)"] + figures.sorted { $0.key < $1.key }.map { "#+\($0.key) \($0.value)" }
            + lost.sorted { $0.key < $1.key }.map { "#-\($0.key) \($0.value)" }
    }

    /// Takes a line of another process; false: it is meant for people.
    mutating func take(_ line: Substring) -> Bool {
        guard line.hasPrefix("#"), let space = line.lastIndex(of: " "),
            let count = Int(line[line.index(after: space)...])
        else { return false }
        let name = String(line[line.index(after: line.startIndex)..<space])
        switch name.first {
        case "+": figures[String(name.dropFirst()), default: 0] += count
        case "-": lost[String(name.dropFirst()), default: 0] += count
        default: if name == "seeds" { seeds += count } else { broken += count }
        }
        return true
    }

    /// For people, once all is done.
    func summary(_ order: Order, milliseconds: Int64) -> [String] {
        let rate = Int64(seeds) * 10_000 / max(1, milliseconds)
        let names = Tally().figures.map(\.name)
        let counts = names.map { "\(figures[$0] ?? 0) \($0)" }.joined(separator: ", ")
        let losses = lost.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return [
            "\(seeds) seeds from \(order.from), \(order.store): \(isBroken ? "\(broken) BROKEN" : "all hold"), "
                + "\(rate / 10).\(rate % 10) seeds/s",
            "  " + counts,
            "  links lost that no client can keep: " + (losses.isEmpty ? "none" : losses),
        ]
    }
}
