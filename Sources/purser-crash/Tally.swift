import Threads

/// What all kills together came to.
struct Tally: Sendable {
    var kills = 0
    var restarts = 0
    /// Links that were looked at after a kill and the recovery from it.
    var checked = 0
    var bytesSearched = 0
    /// Losses by policy, each with what the daemon said of it.
    var losses: [String: [String: Int]] = [:]
    var reached: [String: Int] = [:]
    /// How often a daemon died at a point that it was to die at, and how often it never came there.
    var stopped: [String: Int] = [:]
    var missed: [String: Int] = [:]
    var violations: [String] = []

    mutating func add(_ other: Tally) {
        kills += other.kills
        restarts += other.restarts
        checked += other.checked
        bytesSearched += other.bytesSearched
        for (policy, causes) in other.losses { losses[policy, default: [:]].merge(causes, uniquingKeysWith: +) }
        reached.merge(other.reached, uniquingKeysWith: +)
        stopped.merge(other.stopped, uniquingKeysWith: +)
        missed.merge(other.missed, uniquingKeysWith: +)
        violations += other.violations
    }
}
