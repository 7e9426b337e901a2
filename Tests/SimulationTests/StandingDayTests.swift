import PurserEngine
import PurserSimulation
import Testing
import Wire

/// What days leave behind for a person to read: whose move it is, and the story.
@Suite("What is said of a bad day")
struct StandingDayTests {
    private static func story(_ day: Day) -> [CustodyEvent] {
        guard let id = day.first?.id else { return [] }
        return (try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }) ?? []
    }

    private static func refuse(_ day: Day, _ replace: JSON, times: Int = 200) {
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": .int(times), "replace": replace,
        ])
    }

    @Test("a client registration that is refused is for whoever runs purser", arguments: Shipped.names)
    func misconfigured(_ name: String) throws {
        let day = Day(name, seed: 12)
        day.link()
        Self.refuse(day, ["status": 401, "body": "{\"error\":\"invalid_client\"}", "unprocessed": true])
        day.stage.fault(["match": ["endpoint": "api"], "times": 200, "replace": ["status": 401, "body": "{}"]])
        day.stage.run(seconds: 7200 + day.every)
        let link = try #require(day.first)
        #expect(Standing.of(link) == Standing(.lastValues, .operator, .checkClient), "\(link.condition)")
    }

    @Test("a provider that fails must mend it; one that is not reached is nobody's fault", arguments: Shipped.names)
    func failing(_ name: String) throws {
        let day = Day(name, seed: 12)
        day.link()
        day.stage.run(seconds: 70)
        day.stage.fault(["match": ["endpoint": "api"], "times": 9, "replace": ["status": 500, "body": "x"]])
        day.pull()
        #expect(Standing.of(try #require(day.first)) == Standing(.lastValues, .provider))
        day.stage.setDown(true)
        day.stage.run(seconds: 2 * day.every)
        #expect(Standing.of(try #require(day.first)) == Standing(.lastValues, .nobody))
    }

    @Test("every step of bad days has words", arguments: Case.all(0...3))
    func words(_ one: Case) {
        let day = Day(one.name, seed: one.number + 1)
        let answers: [JSON] = [
            ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true],
            ["status": 429, "body": "", "unprocessed": true], ["status": 500, "body": "x"],
            ["status": 401, "body": "{\"error\":\"invalid_client\"}", "unprocessed": true],
        ]
        day.link()
        Self.refuse(day, answers[one.number], times: 3)
        day.stage.run(seconds: 86_400)
        let story = Self.story(day)
        #expect(story.count > 4)
        for event in story { #expect(CustodyEvent.Kind(rawValue: event.kind) != nil, "\(event.kind)") }
    }

    @Test("an answer that never came is told", arguments: Shipped.names)
    func unanswered(_ name: String) {
        let day = Day(name, seed: 12)
        day.link()
        day.stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "cutAfterBytes": 0,
        ])
        day.stage.run(seconds: 86_400)
        let story = Self.story(day)
        let at = story.firstIndex { $0.kind == "unanswered" }
        #expect(at != nil, "\(story.map(\.kind))")
        if let at { #expect(story[at - 1].kind == "intent" && story[at].generation == story[at - 1].generation) }
    }
}
