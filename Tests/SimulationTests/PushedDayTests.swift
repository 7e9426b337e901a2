import PurserEngine
import Testing
import Wire

@testable import PurserSimulation

/// Days of a request that was pushed, and is over or used before its person comes (RFC 9126 4).
@Suite("Days of pushed requests")
struct PushedDayTests {
    private final class Kept: @unchecked Sendable {
        // Ownership: the one thread of the stage.
        var address = ""
        var endings: [LinkEnding] = []
    }

    private func expectLinks(_ day: Day) {
        let known = Set(day.stage.links().map(\.id))
        day.link()
        #expect(day.stage.links().first { !known.contains($0.id) }?.state == .active)
    }

    @Test(
        "C42: a reference that is over: the provider sends nobody back, the link ends in time and in words, and a new one works"
    )
    func over() {
        let day = Day("railpass", seed: 5500)
        day.stage.link(member: 0, pauseMilliseconds: 100_000)
        day.stage.run(seconds: 99)
        // The link does not outlive what was pushed for it.
        #expect(day.stage.links().first?.state == .failed(.expired))
        #expect(day.stage.links().first?.note?.contains("in time") == true)
        day.stage.run(seconds: 30)
        #expect(day.calls("authorize") > 0 && day.calls("token") == 0)
        expectLinks(day)
        day.expectSound()
    }

    @Test(
        "C42: a reference that is used again: the provider's own page and no way back, and the link that came of it stays"
    )
    func reused() {
        let day = Day("railpass", seed: 5501)
        let kept = Kept()
        day.stage.act { door in
            kept.address =
                (try? await door.startLink("railpass", in: .first, by: .socket(uid: 1000)))?
                .authorizationURI.text ?? ""
        }
        day.stage.run(seconds: 5)
        func browse() -> ArrivedResponse? {
            Browser(server: day.stage.server(nil)).consent(kept.address, member: 0, allows: true, now: day.stage.now)
        }
        let first = browse()
        #expect(first?.parameters["code"] != nil && browse() == nil)
        if let first {
            day.stage.keep(secrets: first.parameters)
            day.stage.watch.learn(code: first.parameters["code"] ?? "", of: day.stage.links()[0].id)
            day.stage.act { kept.endings.append(await $0.completeLink("railpass", first, by: nil)) }
        }
        day.stage.run(seconds: 60)
        #expect(kept.endings == [.linked(day.first!.id)])
        #expect(browse() == nil && day.first?.state == .active)
        day.stage.run(seconds: day.every)
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }

    @Test(
        "C42: a server that sends people back with invalid_request_uri: the link says what that is, and a new one works"
    )
    func sentBack() {
        let day = Day("railpass", seed: 5502)
        let endings = day.link(isWatched: false) { form in
            [Form([("error", "invalid_request_uri"), ("state", form["state"] ?? ""), ("iss", form["iss"] ?? "")])]
        }
        guard case .failed(_, .authorizationError, let why)? = endings.first else { return #expect(Bool(false)) }
        #expect(why.contains("used already") && why.contains("link again"))
        #expect(day.calls("token") == 0)
        // Without state nobody here knows whose request it was.
        let unnamed = day.link(isWatched: false) { _ in [Form([("error", "invalid_request_uri")])] }
        #expect(unnamed == [.nobodys])
        expectLinks(day)
    }
}
