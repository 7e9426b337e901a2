import TestSupport
import Testing
import Wire

@Suite("Mutated JSON", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct JSONMutationTests {
    @Test(
        "Whatever is done to a text, it is refused or survives writing and reading",
        arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) throws {
        let seeds = try Vectors.names("jsontestsuite/test_parsing").filter { $0.hasPrefix("y_") }
            .map { try Vectors.bytes("jsontestsuite/test_parsing/" + $0) }
        var dice = Dice(seed: seed)
        var taken = 0
        var refused = 0
        for source in seeds {
            for _ in 0..<40 {
                var bytes = source
                for _ in 0...dice.below(3) { dice.mutate(&bytes, other: seeds[dice.below(seeds.count)]) }
                guard let json = try? JSON.parse(bytes) else {
                    refused += 1
                    continue
                }
                taken += 1
                let written = json.bytes
                let again = try JSON.parse(written)
                #expect(again == json && again.bytes == written, "\(bytes)")
                #expect(try JSON.parse(json.pretty()) == json, "\(bytes)")
            }
        }
        #expect(taken > 200 && refused > 200, "\(taken) taken, \(refused) refused")
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    private static let likely =
        Array("{}[]\",:\\u0019.eE+-tfn \t\u{7f}".utf8) + [0x00, 0x1f, 0xc3, 0xed, 0xa0, 0xf4, 0xff]

    mutating func mutate(_ bytes: inout [UInt8], other: [UInt8]) {
        let at = below(bytes.count + 1)
        let end = min(bytes.count, at + below(8))
        switch below(6) {
        case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8(below(8)) }
        case 1: if at < bytes.count { bytes[at] = Self.likely[below(Self.likely.count)] }
        case 2: bytes.insert(Self.likely[below(Self.likely.count)], at: at)
        case 3: bytes.removeSubrange(at..<end)
        case 4: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        default:
            let start = below(other.count + 1)
            bytes.insert(contentsOf: other[start..<min(other.count, start + below(12))], at: at)
        }
    }
}
