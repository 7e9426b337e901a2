#if PURSER_TRIED
    import PurserSimulation

    /// Each planted bug is put in until a seed catches it: what is not caught has no checker.
    enum PlantedBugs {
        private static let most: UInt64 = 2000

        static func run(_ given: Order) -> Int32 {
            var caught = 0
            for bug in Planted.bugs {
                var order = given
                order.plant = bug.name
                order.store = bug.needsDisk ? "sqlite" : "memory"
                order.seeds = most
                var report = Report()
                var first: String?
                _ = Batches(order).play(into: &report, stopping: true) { line in
                    if first == nil { first = String(line) }
                }
                caught += first == nil ? 0 : 1
                Out.line(
                    "\(padded(bug.name, 28)) \(padded(order.store, 7)) \(first ?? "NOT CAUGHT in \(report.seeds) seeds")"
                )
            }
            Out.line("\(caught)/\(Planted.bugs.count)")
            return caught == Planted.bugs.count ? 0 : 1
        }

        private static func padded(_ text: String, _ count: Int) -> String {
            text + String(repeating: " ", count: max(0, count - text.count))
        }
    }
#endif
