public import Wire

/// Notices that the wall clock was set back, beside a clock that only counts on (sleep of the machine included).
public struct ClockSteps: Sendable {
    /// Where the wall clock stood when the other one stood at zero.
    private var zero: Int64?

    public init() {}

    /// By how many milliseconds the wall clock went back since the last look; nil: it did not, or by so little that
    /// clocks are put right by as much every day.
    public mutating func stepBack(wall: Instant, uptimeMilliseconds uptime: Int64) -> Int64? {
        let now = wall.adding(milliseconds: -uptime).milliseconds
        defer { zero = now }
        guard let zero, zero - now > Limits.clockSkewSeconds * 1000 else { return nil }
        return zero - now
    }
}
