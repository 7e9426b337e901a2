import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days of a grant that is narrower than what was asked for (RFC 6749 3.3).
@Suite("Days of a narrower grant")
struct NarrowDayTests {
    private func story(_ day: Day) -> [CustodyEvent] {
        guard let id = day.first?.id else { return [] }
        return (try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }) ?? []
    }

    private func shown(_ link: Link?) -> JSON { link.flatMap { try? JSON.parse(LinkFragment.rendered($0)) } ?? .null }

    @Test("C4: what is granted is kept and shown; what is not is named, with the part of the data that does not come")
    func narrower() {
        let day = Day(Shipped.provider("brewhaus", mock: [(["withheld"], ["history"])]), seed: 5400)
        day.link()
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.first?.scopesGranted == ["card"] && day.first?.scopesRefused == ["history"])
        day.stage.run(seconds: 60)
        #expect(day.amount != nil, "what is granted comes")
        let scopes = shown(day.first)["scopes"]
        #expect(scopes?["refused"] == ["history"] && scopes?["granted"] == ["card"])
        #expect(
            shown(day.first)["warnings"]?.text.contains("activity: not allowed, the scope history is missing") == true)
        #expect(day.first.map(Standing.of) == Standing(.part, .nobody, .relink))
        #expect(shown(day.first)["advice"] == "relink")
        let first = story(day).first { $0.kind == "committed" }
        #expect(first?.words.hasSuffix("the provider granted less than was asked for, without history") == true)
        // It is no failure: pulls go on as planned, and the story says it once.
        let pulled = day.calls("api")
        day.stage.run(seconds: 4 * day.every)
        #expect(day.calls("api") >= pulled + 6 && day.first?.condition == .ok)
        #expect(story(day).count { $0.detail?.contains("without") == true } == 1)
        day.expectSound()
    }

    @Test("C4: a refresh that brings less is told once, what is gone is named, and a wider answer later is as before")
    func narrowedLater() {
        let day = Day("brewhaus", seed: 5401)
        day.link()
        #expect(day.first?.scopesRefused == [] && shown(day.first)["scopes"]?["refused"] == nil)
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1,
            "patch": ["pointer": "/scope", "value": "card"],
        ])
        let generation = day.first?.generation ?? 0
        for _ in 0..<20 where day.first?.generation == generation { day.stage.run(seconds: day.every / 2) }
        #expect(day.first?.state == .active && day.first?.scopesRefused == ["history"])
        #expect(story(day).last { $0.kind == "committed" }?.detail == "without history")
        for _ in 0..<20 where day.first?.generation == generation + 1 { day.stage.run(seconds: day.every / 2) }
        // What had been asked for is no widening.
        #expect(day.first?.state == .active && day.first?.scopesRefused == [])
        day.expectSound()
    }

    @Test("C4: openid that a server does not name in its answer is nothing that was refused")
    func unnamed() {
        let day = Day("skyways", seed: 5402)
        day.stage.fault(["match": ["endpoint": "token"], "patch": ["pointer": "/scope", "value": "loyalty.read"]])
        day.link()
        #expect(day.first?.state == .active && day.first?.scopesRefused == [])
        #expect(day.first.map(Standing.of) == Standing(.everything, .nobody))
    }

    @Test("C4: what nobody asked for is told when the code is exchanged, once, and refuses nothing")
    func wider() {
        let day = Day("brewhaus", seed: 5403)
        day.stage.fault([
            "match": ["endpoint": "token"], "patch": ["pointer": "/scope", "value": "card history pay"],
        ])
        day.link()
        #expect(day.first?.state == .active && day.first?.condition == .ok && day.first?.scopesRefused == [])
        let first = story(day).first { $0.kind == "committed" }
        #expect(
            first?.words.hasSuffix(
                "the provider granted something else than was asked for, with pay, which nobody asked for") == true)
        day.stage.run(seconds: 4 * day.every)
        #expect(day.first?.state == .active && (day.first?.generation ?? 0) > 1)
        #expect(story(day).count { $0.detail?.contains("nobody asked for") == true } == 1)
        day.expectSound()
    }

    @Test("C4: an API and details that were asked for and are granted otherwise are told like scopes")
    func beside() {
        let api = "https://pay.example/"
        let day = Day(
            Shipped.provider(
                "skyways",
                manifest: [
                    (["authorization", "resource"], .string(api)),
                    (["authorization", "authorizationDetails"], [["type": "balance", "actions": ["read"]]]),
                ], mock: [(["resources"], [.string(api)]), (["detailTypes"], ["balance"])]), seed: 5404)
        day.stage.fault([
            "match": ["endpoint": "token"],
            "patch": [
                ["pointer": "/resource", "value": "https://api.example/v1"],
                ["pointer": "/authorization_details", "value": [["type": "balance"]]],
            ],
        ])
        day.link()
        #expect(day.first?.state == .active && day.first?.condition == .ok)
        #expect(day.first?.scopesRefused == ["resource=https://pay.example/"])
        #expect(
            story(day).first { $0.kind == "committed" }?.detail
                == "without resource=https://pay.example/, and with resource=https://api.example/v1, which nobody asked "
                + "for, and with other details of balance than were asked for")
        day.expectSound()
    }
}
