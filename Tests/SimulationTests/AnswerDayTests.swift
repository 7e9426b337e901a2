import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Answers of token endpoints that come in part, that ask for a wait, and grants that stay dead.
@Suite("Days of odd answers")
struct AnswerDayTests {
    private static let refresh: JSON = ["endpoint": "token", "grant": "refresh_token"]

    private func story(_ day: Day) -> [String] {
        guard let id = day.first?.id else { return [] }
        let found = try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }
        return (found ?? []).map(\.kind)
    }

    @Test(
        "the answer to a refresh is cut: what came is kept, nothing is taken from it, and it is asked for again by policy",
        arguments: Case.all(1...2))
    func cut(_ one: Case) {
        let day = Day(one.name, seed: 3100 + one.number)
        day.stage.link(member: 1)
        day.stage.run(seconds: day.every / 2)
        day.stage.fault(["match": Self.refresh, "times": 1, "cutAfterBytes": one.number == 1 ? 20 : 90])
        day.stage.run(seconds: 3 * day.every)
        let kinds = story(day)
        #expect(kinds.contains("answerCut"), "\(kinds)")
        #expect(!kinds.contains("unanswered"))
        if let cut = kinds.firstIndex(of: "answerCut") {
            #expect(kinds[cut...].contains("resent"), "a part of an answer kept it from being asked for again")
        }
        day.expectSound()
        // Where the provider had replaced the token and takes the old one no more, that is said.
        let state = day.first?.state
        #expect(state == .active || state == .needsConsent(.answerLost), "\(String(describing: state))")
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test(
        "a token endpoint that asks for a wait is left alone until then, whatever the disk refuses and whenever purser dies",
        arguments: Shipped.names)
    func durableWait(_ name: String) {
        var kept = 0
        for place in 0...9 {
            let day = Day(name, seed: 3200 + place)
            day.stage.link(member: 1)
            day.stage.run(seconds: day.every / 2)
            day.stage.fault([
                "match": Self.refresh, "times": 1,
                "replace": ["status": 429, "headers": ["Retry-After": "7200"], "body": "{}", "unprocessed": true],
            ])
            let before = day.calls("token")
            day.stage.fillDisk(after: place, times: 4)
            for _ in 0..<2 * day.every where day.calls("token") == before { day.stage.run(seconds: 1) }
            day.stage.run(seconds: 120)
            let heard = day.stage.requests.contains { $0.hasSuffix(" 429") }
            day.stage.crash()
            let asked = day.calls("token")
            let id = day.first?.id
            for _ in 0..<20 {
                day.stage.run(seconds: 300)
                day.stage.act { door in if let id { _ = try? await door.requestPull(.first, id) } }
            }
            guard heard else { continue }
            kept += 1
            #expect(day.calls("token") == asked, "place \(place): asked again within two hours")
            day.expectSound("place \(place)")
        }
        #expect(kept > 3)
    }

    @Test("a grant that stays dead for thirty days is erased, without a call; the link waits for a consent as before")
    func erased() {
        let day = Day("skyways", seed: 3300)
        day.link()
        day.stage.fault([
            "match": Self.refresh, "times": 10,
            "replace": [
                "status": 400, "headers": ["Content-Type": "application/json"],
                "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true,
            ],
        ])
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.state == .needsConsent(.invalidGrant))
        let (calls, requests) = (day.calls("token"), day.stage.requests.count)
        day.stage.run(seconds: 28 * 86_400)
        #expect(day.grant != nil)
        day.stage.run(seconds: 3 * 86_400)
        #expect(day.grant == nil)
        #expect(day.calls("token") == calls && day.stage.requests.count == requests)
        #expect(story(day).last == "erased")
        #expect(day.first?.state == .needsConsent(.invalidGrant))
        day.expectSound()
    }
}
