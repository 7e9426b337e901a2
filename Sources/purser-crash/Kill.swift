import PurserEngine

/// One way in which a daemon's life ends.
enum Kill: Sendable, Hashable, CustomStringConvertible {
    /// It kills itself when it comes to a point.
    case point(Point)
    /// It is killed while providers hold back the answers to its refreshes (e4 to e6).
    case held
    /// It is killed after so many milliseconds of work.
    case after(Int64)

    var description: String {
        switch self {
        case .point(let point): "at \(point.rawValue)"
        case .held: "with answers held back"
        case .after(let milliseconds): "after \(milliseconds) ms"
        }
    }

    /// So many kills in an order of their own: every point again and again, and between them held answers and random
    /// times.
    static func deck(_ count: Int, _ dice: inout Dice) -> [Kill] {
        var out: [Kill] = []
        while out.count < count {
            var round = Point.allCases.map { Kill.point($0) }
            round += (0..<10).map { _ in .held }
            // Short lives more often than long ones: a start is where much happens at once.
            round += (0..<14).map { _ in
                let share = Int64(dice.below(1000))
                return .after(20 + share * share * 4980 / 1_000_000)
            }
            dice.shuffle(&round)
            out += round
        }
        return Array(out.prefix(max(count, 0)))
    }
}

extension Point {
    /// What makes a daemon come by this place.
    enum Cause: Sendable, Hashable {
        /// Links are pulled, and so refreshed.
        case sync
        /// A consent for a new link; one for a link that there is.
        case link, relink
        case unlink
        /// A start after a kill that left spends in doubt.
        case doubt
        /// The key epoch is replaced, the root key is.
        case rotate, reroot
    }

    var cause: Cause {
        switch self {
        case .refreshDecided, .intentDurable, .beforeSend, .answered, .firstByte, .rawDurable, .generationDurable,
            .published, .confirmed, .claimed, .recorded:
            .sync
        case .pendingTaken, .identified: .link
        case .merged: .relink
        case .unlinkBegun, .revocationAnswered, .unlinked: .unlink
        case .recovering, .resolved: .doubt
        case .epochAdded, .keysRewrapped, .epochDestroyed: .rotate
        case .rootPrepared, .rootReplaced: .reroot
        }
    }
}

/// Numbers that follow from a seed.
struct Dice: Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

    mutating func shuffle<T>(_ items: inout [T]) {
        for at in items.indices.dropFirst().reversed() { items.swapAt(at, below(at + 1)) }
    }
}
