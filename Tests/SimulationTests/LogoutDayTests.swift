import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days on which people log out at their provider, which tells of it (OpenID Connect Back-Channel Logout 1.0).
@Suite("Days with a logout")
struct LogoutDayTests {
    private static func offline(_ seed: Int) -> Day {
        let scopes: JSON = ["openid", "loyalty.read", "offline_access"]
        return Day(
            Shipped.provider(
                "skyways", manifest: [(["authorization", "scopes"], scopes)],
                mock: [(["scopes", "offline_access"], "go on when you are away")]), seed: seed)
    }

    private func story(_ day: Day) -> [String] {
        guard let id = day.first?.id else { return [] }
        let events = try? day.stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }
        return (events ?? []).map(\.kind)
    }

    @Test("a grant that ends with the session: consent is asked for, the values stay, and nothing more is sent")
    func ends() {
        let day = Day("skyways", seed: 5100)
        day.link()
        let id = day.first?.id
        let amount = day.amount
        #expect(day.stage.logOut(member: 0).endings == [.taken(ended: [id!], outlived: [])])
        #expect(day.first?.state == .needsConsent(.loggedOut) && day.first?.dueAt == nil)
        #expect(day.first.map(Standing.of) == Standing(.lastValues, .you, .relink))
        #expect(day.first?.note?.contains("logged out") == true && story(day).last == "loggedOut")
        let before = day.stage.requests.count
        day.stage.run(seconds: 5 * day.every)
        #expect(day.stage.requests.count == before && day.amount == amount)
        day.expectSound()
    }

    @Test("a grant with offline_access goes on, and its story says that somebody logged out")
    func outlives() {
        let day = Self.offline(5101)
        day.link()
        let id = day.first?.id
        #expect(day.stage.logOut(member: 0).endings == [.taken(ended: [], outlived: [id!])])
        #expect(story(day).last == "outlived")
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok && (day.first?.generation ?? 0) > 1)
        day.expectSound()
    }

    @Test("C46: a logout token signed by keys that are new since is checked by those")
    func rotated() {
        for isStrange in [false, true] {
            let day = Day("skyways", seed: 5102)
            day.link()
            // Long enough after the keys were fetched that they may be asked for again.
            day.stage.run(seconds: 1800)
            day.stage.fault(["match": ["endpoint": "logout"], "times": 1, "rotateKeys": true])
            // Keys that the provider does not publish are no keys of its own.
            if isStrange { day.stage.fault(["match": ["endpoint": "jwks"], "replace": ["body": ["keys": []]]]) }
            let ending = day.stage.logOut(member: 0).endings.first
            #expect(
                (ending == .taken(ended: [day.first!.id], outlived: [])) != isStrange, "\(String(describing: ending))")
            #expect((day.first?.state == .needsConsent(.loggedOut)) != isStrange)
        }
    }

    @Test(
        "C79: a token that names the person and no session ends all of theirs, in every wallet; one with a session, that one"
    )
    func sessions() {
        for (seed, fault, ended) in [(5110, ["remove": ["sid"]], 2), (5111, [:], 1)] as [(Int, JSON, Int)] {
            let day = Day("skyways", seed: seed)
            day.link()
            day.stage.link(member: 0, in: WalletID(rawValue: "wal_second"))
            day.stage.link(member: 1)
            day.stage.run(seconds: 120)
            #expect(day.stage.links().count == 3 && day.stage.links().allSatisfy { $0.state == .active })
            day.stage.fault(["match": ["endpoint": "logout"], "logoutToken": fault])
            // One token of each session: the first is what is looked at.
            let tokens = day.stage.logoutTokens(member: 0)
            #expect(tokens.count == 2)
            guard case .taken(let gone, [])? = day.stage.deliver([tokens[0]], of: "skyways").first else {
                return #expect(Bool(false), "the token is not taken")
            }
            #expect(gone.count == ended)
            #expect(day.stage.links().count { $0.state == .needsConsent(.loggedOut) } == ended)
            #expect(day.stage.links().count { $0.state == .active } == 3 - ended)
        }
    }

    @Test("a paused link ends too; one that asks for consent already, and another person's, stay as they are")
    func others() {
        let day = Day("skyways", seed: 5102)
        day.link(0)
        day.link(1)
        let (first, second) = (day.stage.links()[0].id, day.stage.links()[1].id)
        day.stage.act { _ = try? await $0.pause(.first, first) }
        day.stage.run(seconds: 10)
        #expect(day.stage.logOut(member: 0).endings == [.taken(ended: [first], outlived: [])])
        #expect(day.stage.links().map(\.state) == [.needsConsent(.loggedOut), .active])
        #expect(day.stage.logOut(member: 0).endings == [], "that consent is over at the provider, too")
        day.stage.run(seconds: 2 * day.every)
        #expect(day.stage.links()[1].id == second && day.stage.links()[1].condition == .ok)
        day.expectSound()
    }

    @Test("a new consent after a logout makes the link whole, and the old token, sent once more, does nothing")
    func renewed() {
        let day = Self.offline(5103)
        day.link()
        let kept = day.stage.logoutTokens(member: 0)
        #expect(kept.count == 1)
        day.stage.run(seconds: 5)
        day.link()
        #expect(day.first?.state == .active)
        let told = story(day).filter { $0 == "outlived" }.count
        // What was remembered of logouts is gone with the process, and the sign-in is newer than the token.
        day.stage.crash()
        day.stage.run(seconds: 5)
        #expect(day.stage.deliver(kept, of: "skyways", times: 2).first == .taken(ended: [], outlived: []))
        #expect(day.first?.state == .active && story(day).filter { $0 == "outlived" }.count == told)
        day.expectSound()
    }

    @Test("C79: a token that comes twice is refused the second time, and one of another provider has no one here")
    func replayed() {
        let day = Day("skyways", seed: 5104)
        day.link()
        let tokens = day.stage.logoutTokens(member: 0)
        let endings = day.stage.deliver(tokens, of: "skyways", times: 2)
        #expect(endings.count == 2 && endings[0] == .taken(ended: [day.first!.id], outlived: []))
        guard case .refused(let why) = endings[1] else {
            Issue.record("\(endings)")
            return
        }
        #expect(why.contains("jti"))
        #expect(day.stage.deliver(tokens, of: "nowhere") == [.refused("nobody signs in with that provider here")])
    }

    @Test("a provider's token ends nothing at another one, whose people have the same names")
    func otherProvider() {
        let (skyways, suite) = (Shipped.provider("skyways"), Shipped.provider("railpass"))
        let stage = Stage(seed: 5105, providers: [skyways, suite], runner: MemoryRunner())
        stage.run(seconds: 1)
        for name in ["skyways", "railpass"] { stage.link(member: 0, at: name) }
        stage.run(seconds: 60)
        let tokens = stage.logoutTokens(member: 0, at: "skyways")
        guard case .refused? = stage.deliver(tokens, of: "railpass").first else {
            Issue.record("railpass took what skyways signed")
            return
        }
        #expect(stage.links().allSatisfy { $0.state == .active })
        #expect(stage.violations().isEmpty)
    }

    @Test("while the keys cannot be had the token is not used up: sent again, it holds")
    func later() {
        let day = Day("skyways", seed: 5106)
        day.link()
        day.stage.run(seconds: 2 * day.every)
        let tokens = day.stage.logoutTokens(member: 0)
        day.stage.crash()
        day.stage.setDown(true)
        day.stage.run(seconds: 2)
        guard case .later? = day.stage.deliver(tokens, of: "skyways").first else {
            Issue.record("a token was judged without keys")
            return
        }
        #expect(day.first?.state == .active)
        day.stage.setDown(false)
        day.stage.run(seconds: 90)
        #expect(day.stage.deliver(tokens, of: "skyways") == [.taken(ended: [day.first!.id], outlived: [])])
    }

    @Test("a store that refuses leaves the token to be sent again")
    func storeRefuses() {
        let day = Day("skyways", seed: 5107)
        day.link()
        let tokens = day.stage.logoutTokens(member: 0)
        day.stage.setRefusals(perMille: 1000)
        guard case .later? = day.stage.deliver(tokens, of: "skyways").first else {
            Issue.record("it was taken though nothing could be written")
            return
        }
        day.stage.setRefusals(perMille: 0)
        #expect(day.stage.deliver(tokens, of: "skyways") == [.taken(ended: [day.first!.id], outlived: [])])
    }

    @Test("unlinked with a logout: the provider is told, the person sent there, and believed once when they are back")
    func rpInitiated() {
        let day = Day("skyways", seed: 5108)
        day.link()
        let id = day.first!.id
        #expect(day.stage.unlinkAndLogOut(id, member: 0) == .loggedOut)
        #expect(day.stage.links().isEmpty && day.receipts.first?.answer == .revoked)
        day.expectSound()
    }

    @Test("a provider without a page for logging out is told of, and unlinked all the same")
    func noPage() {
        let day = Day(Shipped.provider("skyways", mock: [(["logout"], false)]), seed: 5109)
        day.link()
        let id = day.first!.id
        guard case .notOurs(let why)? = day.stage.unlinkAndLogOut(id, member: 0) else {
            Issue.record("there is such a page")
            return
        }
        #expect(why.contains("no page") && day.stage.links().isEmpty)
    }
}
