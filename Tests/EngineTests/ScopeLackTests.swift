import Testing

@testable import PurserEngine

@Suite("What of a needed scope is missing")
struct ScopeLackTests {
    private static let rows: [(needs: String?, granted: [String], asked: [String], lack: ScopeLack)] = [
        (nil, ["a"], ["a"], .unnamed), ("", ["a"], ["a"], .unnamed), ("  ", ["a"], ["a"], .unnamed),
        ("a", ["a"], ["a"], .granted(["a"])), ("a b", ["b", "a", "c"], ["a"], .granted(["a", "b"])),
        ("a b", ["a"], ["a", "b"], .refused(["b"])), ("b a", [], ["a", "b"], .refused(["b", "a"])),
        ("a b", ["a"], ["a"], .notAsked(["b"])), ("a b c", ["a"], ["a", "b"], .notAsked(["c"])),
        ("A", ["a"], ["a"], .notAsked(["A"])), ("a longna…", ["a"], ["a"], .granted(["a"])),
        ("longna…", [], [], .unnamed),
    ]

    @Test("RFC 6750 3.1: the challenge names what is needed, not what is missing", arguments: rows.indices)
    func table(_ number: Int) {
        let row = Self.rows[number]
        #expect(ScopeLack.decide(needs: row.needs, granted: row.granted, asked: row.asked) == row.lack)
    }

    @Test("what nobody asks for is the operator's to mend; the rest is a question of consent")
    func conditions() {
        for row in Self.rows {
            let isOperators = if case .notAsked = row.lack { true } else { false }
            #expect((row.lack.condition != nil) == isOperators)
            #expect(row.lack.words.contains(ScopeLack.nobodyAsks) == isOperators)
        }
        let condition = ScopeLack.notAsked(["b", "c"]).condition
        #expect(condition?.cause?.hasPrefix(LocalTrouble.scopeNotAsked.rawValue + ": b c; ") == true)
    }
}
