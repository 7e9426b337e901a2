import Wire

/// All that happens in a world, one line each, for whoever reads the trace of a seed; kept only when somebody will.
final class Chronicle {
    let keeps: Bool
    private(set) var lines: [String] = []
    private let clock: () -> Instant

    init(keeps: Bool, now: @escaping () -> Instant) {
        self.keeps = keeps
        clock = now
    }

    var now: Instant { clock() }

    /// - Parameters:
    ///   - who: `daemon`, `network`, a provider, …
    ///   - what: what it did.
    func tell(_ who: String, _ what: @autoclosure () -> String) {
        guard keeps else { return }
        lines.append("\(now.rfc3339) \(who): \(what())")
    }
}
