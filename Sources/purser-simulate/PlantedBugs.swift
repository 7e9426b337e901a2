#if PURSER_TRIED
    import PurserSimulation

    /// Each planted bug is put in until a seed catches it: what is not caught has no checker.
    enum PlantedBugs {
        private static let most: UInt64 = 2000

        static func run(_ given: Order) -> Int32 {
            var caught = 0
            for bug in Planted.bugs {
                let first = catching(bug, given)
                caught += first == nil ? 0 : 1
                Out.line(
                    "\(padded(bug.name, 28)) \(padded(bug.needsDisk ? "sqlite" : "memory", 7)) \(first ?? "NOT CAUGHT in \(most) seeds")"
                )
            }
            Out.line("\(caught)/\(Planted.bugs.count)")
            return caught == Planted.bugs.count ? 0 : 1
        }

        /// What the first seed says that breaks with the bug and holds without it; nil: there is none.
        private static func catching(_ bug: PlantedBug, _ given: Order) -> String? {
            var order = given
            order.store = bug.needsDisk ? "sqlite" : "memory"
            let end = order.from + most
            while order.from < end {
                order.seeds = end - order.from
                order.plant = bug.name
                var report = Report()
                var first: String?
                _ = Batches(order).play(into: &report, stopping: true) { line in first = first ?? String(line) }
                guard let first, let seed = seed(in: first) else { return first }
                (order.from, order.seeds, order.plant) = (seed, 1, nil)
                var clean = Report()
                if Batches(order).play(into: &clean, { _ in }) { return first }
                order.from = seed + 1
            }
            return nil
        }

        /// `seed 12: what was broken`
        private static func seed(in line: String) -> UInt64? {
            line.split(separator: ":").first.flatMap { $0.split(separator: " ").last }.flatMap { UInt64($0) }
        }

        private static func padded(_ text: String, _ count: Int) -> String {
            text + String(repeating: " ", count: max(0, count - text.count))
        }
    }
#endif
