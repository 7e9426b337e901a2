import PurserAPI
import Testing
import Wire

@Suite("What a told end comes to")
struct ConsentEndTests {
    private let now = Instant(rfc3339: "2026-11-23T09:30:00Z")!

    private func link(_ ends: Int64?, _ moves: Bool?, state: String = "active", pulled: Int64? = nil) throws
        -> LinkShown
    {
        var object = JSONObject([
            ("id", "lnk_a"), ("provider", "skyways"), ("state", .string(state)), ("condition", "ok"),
            ("since", .string(now.rfc3339)), ("createdAt", .string(now.rfc3339)),
            ("conditionSince", .string(now.rfc3339)), ("works", "everything"), ("actor", "nobody"),
        ])
        object["consentEndsAt"] = ends.map { .string(now.adding(seconds: $0).rfc3339) }
        object["consentEndMoves"] = moves.map { .bool($0) }
        object["pulledAt"] = pulled.map { .string(now.adding(seconds: $0).rfc3339) }
        return try #require(LinkShown(.object(object)))
    }

    @Test("It lies ahead and moves, stands or may do either; or it is past, and the link works or nobody knows")
    func table() throws {
        func at(_ seconds: Int64) -> Instant { now.adding(seconds: seconds) }
        #expect(try link(nil, nil).consentEnd(at: now) == nil)
        #expect(try link(nil, true).consentEnd(at: now) == nil)
        #expect(try link(1, true).consentEnd(at: now) == .moves(at(1)))
        #expect(try link(1, false).consentEnd(at: now) == .stands(at(1)))
        #expect(try link(1, nil).consentEnd(at: now) == .open(at(1)))
        for moves in [true, false, nil] {
            #expect(try link(0, moves).consentEnd(at: now) == .past(at(0), stillWorks: false))
            #expect(try link(-9, moves, pulled: -9).consentEnd(at: now) == .past(at(-9), stillWorks: false))
            #expect(try link(-9, moves, pulled: -8).consentEnd(at: now) == .past(at(-9), stillWorks: true))
        }
        for state in ["needsConsent", "paused", "suspended"] {
            let shown = try link(-9, false, state: state, pulled: -8)
            #expect(shown.consentEnd(at: now) == .past(at(-9), stillWorks: false), "\(state)")
        }
    }
}
