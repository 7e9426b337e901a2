import PurserEngine
import PurserSimulation
import Testing
import Wire

/// A response that a person carries over by hand.
@Suite("Responses pasted by hand")
struct PasteDayTests {
    /// A link that waits, and the address at which its browser ended.
    private static func waiting(_ day: Day) -> (link: LinkID, address: String) {
        let query = day.keptBack(seconds: 30)
        let redirect = day.stage.perform { door, _ in try? await door.redirectURI(of: "skyways") }
        return (
            day.only?.id ?? LinkID(rawValue: "lnk_none"), (redirect.flatMap { $0 } ?? "") + "?" + query.encoded
        )
    }

    private static func paste(_ address: String, _ link: LinkID, _ day: Day, uid: UInt32 = 1000) -> PasteEnding? {
        day.stage.perform { door, _ in
            try? await door.pasteLink(address, for: link, in: .first, by: .socket(uid: uid))
        }.flatMap { $0 }
    }

    @Test("pasted by who began it, it links; pasted again, it has been dealt with (C: state used once)")
    func links() {
        let day = Day("skyways", seed: 81)
        let (link, address) = Self.waiting(day)
        #expect(Self.paste(address, link, day) == .dealtWith(.linked(link)))
        #expect(day.only?.state == .active)
        guard case .notWaiting? = Self.paste(address, link, day) else { return #expect(Bool(false)) }
        #expect(day.calls("token") == 1)
        day.expectSound()
    }

    @Test("C26, C37: wrong pastes and another person's use nothing up: the right one still links")
    func costsNothing() {
        let day = Day("skyways", seed: 82)
        let (link, address) = Self.waiting(day)
        let foreign = address.split(separator: "?")[0] + "?code=c&state=another"
        for wrong in ["x", String(foreign), address.replacing("/callback/skyways", with: "/callback/elsewhere")] {
            guard case .notThat? = Self.paste(wrong, link, day) else { return #expect(Bool(false), "taken") }
        }
        guard case .notWaiting(let why)? = Self.paste(address, link, day, uid: 1001) else {
            return #expect(Bool(false))
        }
        #expect(why.contains("somebody else"))
        #expect(day.only?.state == .linking)
        #expect(day.calls("token") == 0)
        #expect(Self.paste(address, link, day) == .dealtWith(.linked(link)))
    }

    @Test("C36: a wrong iss fails the link as at the callback, and no code is sent")
    func mixUp() {
        let day = Day("skyways", seed: 83)
        let (link, address) = Self.waiting(day)
        let forged = address.split(separator: "&").filter { !$0.hasPrefix("iss=") }.joined(separator: "&")
        guard
            case .dealtWith(.failed(_, .responseRefused, _))? = Self.paste(
                forged + "&iss=https://evil.example", link, day)
        else { return #expect(Bool(false)) }
        #expect(day.calls("token") == 0)
    }

    @Test("after ten minutes it is too old, in words")
    func late() {
        let day = Day("skyways", seed: 84)
        let (link, address) = Self.waiting(day)
        day.stage.run(seconds: 601)
        guard case .notWaiting? = Self.paste(address, link, day) else { return #expect(Bool(false)) }
        #expect(day.calls("token") == 0)
    }

    @Test("where the response comes in a form there is nothing to paste, and saying so uses nothing up")
    func posted() {
        let day = Day(
            Shipped.provider(
                "skyways", manifest: [(["authorization", "responseMode"], "form_post")],
                mock: [(["responseModes"], ["query", "form_post"])]), seed: 85)
        let form = day.keptBack(seconds: 30)
        let link = day.only?.id ?? LinkID(rawValue: "lnk_none")
        let redirect = day.stage.perform { door, _ in try? await door.redirectURI(of: "skyways") }
        let address = (redirect.flatMap { $0 } ?? "") + "?" + form.encoded
        guard case .notWaiting(let why)? = Self.paste(address, link, day) else { return #expect(Bool(false)) }
        #expect(why.contains("no address to paste"))
        let came = day.stage.perform { door, _ in
            await door.completeLink("skyways", ArrivedResponse(form, isPosted: true), by: nil)
        }
        #expect(came == .linked(link))
    }
}
