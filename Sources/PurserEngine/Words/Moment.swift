public import Wire

/// How long the machine has run, by a clock that nobody sets and that counts its sleep.
public struct Uptime: Sendable, Hashable {
    /// Names this run of the machine: two uptimes are comparable only within one.
    public let boot: String
    public let milliseconds: Int64

    public init(boot: String, milliseconds: Int64) {
        self.boot = boot
        self.milliseconds = milliseconds
    }

    /// Milliseconds since an earlier one; nil: that was another run of the machine.
    public func milliseconds(since earlier: Uptime) -> Int64? {
        boot == earlier.boot ? milliseconds - earlier.milliseconds : nil
    }

    public func adding(milliseconds more: Int64) -> Uptime { Uptime(boot: boot, milliseconds: milliseconds + more) }
}

/// One moment by both clocks.
public struct Moment: Sendable, Hashable {
    public let wall: Instant
    public let up: Uptime

    public init(wall: Instant, up: Uptime) {
        self.wall = wall
        self.up = up
    }

    /// Milliseconds since a moment that was noted: by the clock that only counts on where it has run through; else by
    /// the wall clock, which may be wrong.
    func milliseconds(since wall: Instant, _ up: Uptime?) -> Int64 {
        up.flatMap { self.up.milliseconds(since: $0) } ?? self.wall.milliseconds(since: wall)
    }
}
