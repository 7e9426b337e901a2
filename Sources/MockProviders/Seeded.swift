internal import Crypto

/// Numbers that follow from a label and a seed and nothing else (SplitMix64 after one SHA-256).
struct Seeded: Sendable {
    private var state: UInt64

    init(_ label: String, seed: UInt64) {
        let digest = Hash.sha256(Array("\(seed)|\(label)".utf8))
        state = digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func one<Element>(of items: [Element]) -> Element { items[number(in: 0...items.count - 1)] }
}
