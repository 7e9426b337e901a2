import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days at a provider whose authorization responses come in a form (OAuth 2.0 Form Post Response Mode).
@Suite("Days of responses in a form")
struct FormPostDayTests {
    private static func day(_ seed: Int, asks mode: JSON? = "form_post", offers: JSON = ["query", "form_post"]) -> Day {
        let manifest = mode.map { [(path: ["authorization", "responseMode"], value: $0)] } ?? []
        return Day(
            Shipped.provider("skyways", manifest: manifest, mock: [(["responseModes"], offers)]), seed: seed)
    }

    private static func arrive(_ response: ArrivedResponse, _ day: Day) -> LinkEnding? {
        day.stage.perform { door, _ in await door.completeLink("skyways", response, by: nil) }
    }

    @Test("a code in a form links, and the link lives on as any other; a no in a form is a no")
    func links() {
        let day = Self.day(5300)
        #expect(day.link() == [.linked(day.first!.id)])
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.condition == .ok)
        day.expectSound()
        let denied = Self.day(5301)
        guard case .failed(_, .denied, _)? = denied.link(allows: false).first else { return #expect(Bool(false)) }
        #expect(denied.calls("token") == 0)
    }

    @Test(
        "C25: asked for in a form, it comes in an address, or the other way round: refused in words, and no code is sent"
    )
    func otherWay() {
        for (mode, words) in [("form_post", "came in an address"), (nil, "came in a form")] as [(JSON?, String)] {
            let day = Self.day(mode == nil ? 5302 : 5303, asks: mode)
            let form = day.keptBack(seconds: 10)
            guard
                case .failed(_, .responseRefused, let why)? = Self.arrive(
                    ArrivedResponse(form, isPosted: mode == nil), day)
            else { return #expect(Bool(false)) }
            #expect(why.contains(words) && why.contains("response_mode"))
            #expect(day.calls("token") == 0)
            // It is used up by then: by the right way nothing comes of it either.
            guard case .notOurs? = Self.arrive(ArrivedResponse(form, isPosted: mode != nil), day) else {
                return #expect(Bool(false))
            }
        }
    }

    @Test("what was asked for is what counts, though the daemon dies and starts again meanwhile")
    func restarted() {
        let day = Self.day(5304)
        let form = day.keptBack(seconds: 10)
        day.stage.crash()
        day.stage.run(seconds: 10)
        #expect(Self.arrive(ArrivedResponse(form, isPosted: true), day) == .linked(day.first!.id))
        #expect(day.first?.state == .active)
    }

    @Test("C28: the same form once more is nobody's")
    func twice() {
        let day = Self.day(5305)
        #expect(day.link { [$0, $0] } == [.linked(day.first!.id), .nobodys])
        #expect(day.calls("token") == 1)
    }

    @Test("an address pasted for such a link is told that there is none, and uses nothing up")
    func pasted() {
        let day = Self.day(5306)
        let form = day.keptBack(seconds: 10)
        let link = day.first!.id
        let address = "http://127.0.0.1:7878/callback/skyways?" + form.encoded
        let pasted = day.stage.perform { door, _ in
            try? await door.pasteLink(address, for: link, in: .first, by: .socket(uid: 1000))
        }
        guard case .notWaiting(let why)? = pasted ?? nil else { return #expect(Bool(false)) }
        #expect(why.contains("no address to paste"))
        #expect(Self.arrive(ArrivedResponse(form, isPosted: true), day) == .linked(link))
    }
}
