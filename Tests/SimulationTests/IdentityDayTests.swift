import PurserEngine
import PurserSimulation
import Testing
import Wire

/// A grant is held, and for a while nobody can say whose it is.
@Suite("Bad days of identification")
struct IdentityDayTests {
    /// Those that are asked who was linked; elsewhere the ID token says it.
    private static let asked = ["brewhaus", "grandstay"]

    @Test("the API is away for longer than the access token lives: refreshed first, then identified", arguments: asked)
    func longAway(_ name: String) {
        let day = Day(name, seed: 61)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 500, "body": "oops"]])
        let endings = day.link()
        guard case .identifying? = endings.last else { return #expect(Bool(false), "\(endings)") }
        day.stage.run(seconds: 3 * 3600)
        #expect(day.only?.state == .linking)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 7 * 3600)
        #expect(day.only?.state == .active)
        #expect(day.only?.condition == .ok)
        #expect((day.only?.generation ?? 0) >= 2)
        #expect(day.calls("revoke") == 0)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    @Test("the grant is over by then: failed with the reason, erased, and no further call", arguments: asked)
    func refused(_ name: String) {
        let day = Day(name, seed: 62)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 500, "body": "oops"]])
        day.link()
        day.stage.run(seconds: 3 * 3600)
        day.stage.fault(["clear": true])
        day.stage.fault([
            "match": ["endpoint": "token"],
            "replace": ["status": 400, "body": "{\"error\":\"invalid_grant\"}", "unprocessed": true],
        ])
        for _ in 0..<600 where day.only?.state == .linking { day.stage.run(seconds: 60) }
        #expect(day.only?.state == .failed(.identityUnreadable))
        #expect(day.only?.note?.contains("invalid_grant") == true)
        #expect(day.grant == nil)
        day.stage.run(seconds: 700)
        let calls = day.stage.requests.count
        #expect(day.stage.links().isEmpty)
        day.stage.run(seconds: Self.day)
        #expect(day.stage.requests.count == calls)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
    }

    private static let day: Int64 = 86_400

    @Test("a fresh token that the API refuses: failed, not refreshed in a circle", arguments: asked)
    func freshRefused(_ name: String) {
        let day = Day(name, seed: 63)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 401, "body": "{}"]])
        day.link()
        #expect(day.only?.state == .failed(.identityUnreadable))
        #expect(day.calls("token") == 1)
        #expect(day.calls("revoke") > 0)
        day.expectSound()
    }

    @Test("asked to wait: no sooner than the provider says")
    func limited() {
        let day = Day("grandstay", seed: 64)
        day.stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": ["status": 429, "headers": ["Retry-After": "1200"], "body": "{}"],
        ])
        day.link()
        let calls = day.calls("api")
        day.stage.run(seconds: 1100)
        #expect(day.calls("api") == calls && day.only?.state == .linking)
        day.stage.run(seconds: 200)
        #expect(day.only?.state == .active)
    }

    @Test("a crash anywhere on the way to being identified late", arguments: Case.all(1...12, at: asked))
    func crash(_ one: Case) {
        let day = Day(one.name, seed: 65)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 500, "body": "oops"]])
        day.link()
        day.stage.run(seconds: 3 * 3600)
        day.stage.fault(["clear": true])
        day.stage.light(fuse: one.number)
        day.stage.run(seconds: 14 * 3600)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
        let link = day.only
        if link?.state == .linking {
            // The refresh was sent and its answer died with the process: said, and nothing is sent again.
            #expect(link?.condition.kind == .outcomeUnknown || link?.condition.cause?.contains("not known") == true)
        } else {
            #expect(link?.state == .active && link?.condition == .ok)
        }
    }

    @Test("UserInfo beside an ID token: the ID token is carried through the refresh, and both must agree")
    func userInfo() {
        let provider = Shipped.provider("skyways", ["authorization", "identity"], ["from": "userinfo"])
        let day = Day(provider, seed: 66)
        day.stage.fault(["match": ["endpoint": "userinfo"], "replace": ["status": 500, "body": "oops"]])
        let endings = day.link()
        guard case .identifying? = endings.last else { return #expect(Bool(false), "\(endings)") }
        day.stage.run(seconds: 3 * 3600)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: 7 * 3600)
        #expect(day.only?.state == .active)
        #expect((day.only?.generation ?? 0) >= 2)
        day.expectSound()
        let other = Day(provider, seed: 67)
        other.stage.fault(["match": ["endpoint": "userinfo"], "patch": ["pointer": "/sub", "value": "sw-1005"]])
        other.link()
        #expect(other.only?.state == .failed(.identityUnreadable))
    }

    /// From now on its document names another place for this.
    private static func move(_ endpoint: String, _ day: Day) {
        day.stage.fault([
            "match": ["endpoint": "discovery"],
            "patch": ["pointer": .string("/" + endpoint), "value": "http://127.0.0.1:7901/elsewhere"],
        ])
    }

    @Test("C45: a code goes where it would have gone when the person was sent away, or nowhere")
    func codeMoved() {
        for isMoved in [false, true] {
            let day = Day("skyways", seed: 68)
            let form = day.keptBack(seconds: 10)
            if isMoved { Self.move("token_endpoint", day) }
            // A new process asks for the document again.
            day.stage.crash()
            day.stage.run(seconds: 10)
            let ending = day.stage.perform { door, _ in
                await door.completeLink("skyways", ArrivedResponse(form), by: nil)
            }
            guard isMoved else {
                #expect(ending == .linked(day.first!.id))
                continue
            }
            guard case .failed(_, .responseRefused, let why)? = ending else { return #expect(Bool(false)) }
            #expect(why.contains("another token endpoint"))
            #expect(day.calls("token") == 0 && !day.stage.requests.contains { $0.contains("/elsewhere") })
        }
    }

    @Test("C45: an access token does not go to a UserInfo endpoint that moved while nobody was identified yet")
    func userInfoMoved() {
        for isMoved in [false, true] {
            let day = Day(Shipped.provider("skyways", ["authorization", "identity"], ["from": "userinfo"]), seed: 69)
            day.stage.fault(["match": ["endpoint": "userinfo"], "replace": ["status": 500, "body": "oops"]])
            day.link()
            #expect(day.only?.state == .linking)
            day.stage.fault(["clear": true])
            if isMoved { Self.move("userinfo_endpoint", day) }
            day.stage.crash()
            for _ in 0..<42 where day.only?.state == .linking { day.stage.run(seconds: 600) }
            #expect(day.only?.state == (isMoved ? .failed(.identityUnreadable) : .active))
            #expect(!day.stage.requests.contains { $0.contains("/elsewhere") })
        }
    }
}
