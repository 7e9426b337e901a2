import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite("Decisions about feeds")
struct FeedDecisionTests {
    private static let rows: [(known: Bool, isFeed: Bool?, client: Bool, word: String)] = [
        (false, true, true, "pulled"), (true, true, true, "pulled"), (false, true, false, "resting"),
        (true, true, false, "resting"), (true, nil, false, "resting"), (true, nil, true, "resting"),
        (false, nil, true, "gone"), (true, false, true, "gone"), (false, false, false, "gone"),
    ]

    @Test("a feed is pulled, rests with a reason, or is gone", arguments: rows)
    func fates(_ known: Bool, _ isFeed: Bool?, _ client: Bool, _ word: String) {
        let fate = Feeds.fate(isKnown: known, isFeed: isFeed, hasClient: client, "bourse")
        switch fate {
        case .pulled: #expect(word == "pulled")
        case .gone: #expect(word == "gone")
        case .resting(let why):
            #expect(word == "resting")
            #expect(why.cause?.contains(isFeed == nil ? "does not load" : "purser client set bourse") == true)
        }
    }

    @Test("a token is good for what it was asked for, until it ends, by a clock that nobody sets")
    func tokens() {
        func up(_ milliseconds: Int64, boot: String = "a") -> Uptime { Uptime(boot: boot, milliseconds: milliseconds) }
        let held = HeldToken(Secret("t"), nil)
        let ends = OwnTokens.Kept(token: held, endsUp: up(1000), fingerprint: [1])
        #expect(ends.isGood(for: [1], at: up(999)))
        #expect(!ends.isGood(for: [1], at: up(1000)))
        #expect(!ends.isGood(for: [2], at: up(0)))
        #expect(!ends.isGood(for: [1], at: up(0, boot: "b")))
        let unknown = OwnTokens.Kept(token: held, endsUp: nil, fingerprint: [1])
        #expect(unknown.isGood(for: [1], at: up(1 << 40)))
    }

    private static let delay = Delay(
        kind: .rateLimited, words: "quota", until: Instant(seconds: 9), isFirm: true)
    private static let troubles: [(PullOutcome, LinkCondition.Kind, String, Instant?)] = [
        (
            .rateLimited(until: Instant(seconds: 5)), .rateLimited, "q: the provider asked us to wait",
            Instant(seconds: 5)
        ),
        (.rateLimited(until: nil), .rateLimited, "q: the provider asked us to wait", nil),
        (.notNow(delay), .rateLimited, "quota", Instant(seconds: 9)),
        (.failed("HTTP 500"), .degraded, "q: HTTP 500", nil),
        (.forbidden(scope: "s"), .degraded, "q: not allowed, it needs the scope s", nil),
        (.forbidden(scope: nil), .degraded, "q: not allowed", nil),
        (.unauthorized, .degraded, "q: the access token is refused", nil),
    ]

    @Test("what an answer that is none comes to", arguments: 0..<troubles.count)
    func trouble(_ number: Int) {
        let (outcome, kind, cause, until) = Self.troubles[number]
        let found = outcome.trouble(with: "q")
        #expect(found.condition.kind == kind && found.condition.cause == cause && found.until == until)
    }
}
