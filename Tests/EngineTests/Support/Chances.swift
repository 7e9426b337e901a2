import Wire

@testable import PurserEngine

extension Flow {
    /// A turn where chance refuses nobody.
    mutating func turn(_ passage: Passage, now: Instant) -> Turn { turn(passage, now: now) { $0 - 1 } }
}
