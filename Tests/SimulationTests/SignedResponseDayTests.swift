import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days at a provider that signs its authorization responses (JARM), and what becomes of a link when one is not as asked.
@Suite("Days of signed responses")
struct SignedResponseDayTests {
    private static func day(
        _ seed: Int, manifest: [(path: [String], value: JSON)] = [(["authorization", "responseMode"], "jwt")]
    ) -> Day {
        Day(
            Shipped.provider("skyways", manifest: manifest, mock: [(["signing"], ["response": "RS256"])]), seed: seed)
    }

    @Test("a signed code links, and the link lives on as any other")
    func links() {
        let day = Self.day(5200)
        #expect(day.link() == [.linked(day.first!.id)])
        day.stage.run(seconds: 2 * day.every)
        #expect(day.first?.condition == .ok)
        day.expectSound()
    }

    @Test("a signed no is a no")
    func denied() {
        let day = Self.day(5201)
        guard case .failed(_, .denied, _)? = day.link(allows: false).first else { return #expect(Bool(false)) }
        #expect(day.calls("token") == 0)
    }

    @Test(
        "signed though nobody asked, or plain though a signed one was asked for: refused in words, and no code is sent")
    func otherWay() {
        let unasked = Self.day(5202, manifest: [])
        let inside = Form([("response", Self.response(Self.day(5203)))])
        // Of another link, whose state nobody here knows.
        #expect(unasked.link(isWatched: false) { _ in [inside] } == [.nobodys])
        #expect(unasked.first?.state == .linking)

        let known = Self.day(5208, manifest: [])
        let endings = known.link(isWatched: false) { query in
            let claims: JSON = ["state": .string(query["state"] ?? ""), "code": .string(query["code"] ?? "")]
            return [Form([("response", "e30.\(Base64URL.encode(claims.bytes)).c2ln")])]
        }
        guard case .failed(_, .responseRefused, _)? = endings.first else { return #expect(Bool(false)) }
        #expect(known.calls("token") == 0 && known.calls("jwks") == 0)

        let asked = Self.day(5204)
        asked.stage.fault(["match": ["endpoint": "authorize"], "ignoreQuery": ["response_mode"]])
        guard case .failed(_, .responseRefused, let why)? = asked.link().first else { return #expect(Bool(false)) }
        #expect(why.contains("is not signed"))
        #expect(asked.calls("token") == 0)
    }

    @Test(
        "the state of a link under way, in a response that nobody signed: it fails as with a plain one, and no code is sent"
    )
    func forged() {
        let day = Self.day(5205)
        let endings = day.link(isWatched: false) { query in
            let parts = query["response"]?.split(separator: ".") ?? []
            return [Form([("response", "\(parts[0]).\(parts[1]).AAAA")])]
        }
        guard case .failed(_, .responseRefused, let why)? = endings.first else { return #expect(Bool(false)) }
        #expect(why.contains("signature does not hold"))
        #expect(day.calls("token") == 0)
    }

    @Test("the same response twice: the second is nobody's")
    func twice() {
        let day = Self.day(5206)
        let endings = day.link { [$0, $0] }
        #expect(endings == [.linked(day.first!.id), .nobodys])
        #expect(day.calls("token") == 1)
    }

    @Test("keys that cannot be had: the link fails and says that, and no code is sent")
    func noKeys() {
        let day = Self.day(5207)
        day.stage.fault(["match": ["endpoint": "jwks"], "replace": ["status": 503, "body": "{}"]])
        guard case .failed(_, .authorizationError, let why)? = day.link().first else { return #expect(Bool(false)) }
        #expect(why.contains("could not be checked"))
        #expect(day.calls("token") == 0)
    }

    private final class Kept: @unchecked Sendable {
        // Ownership: the one thread of the stage.
        var text = ""
    }

    /// A signed response of a world, and what is done with it there is nothing.
    private static func response(_ day: Day) -> String {
        let kept = Kept()
        day.link(isWatched: false) { query in
            kept.text = query["response"] ?? ""
            return []
        }
        return kept.text
    }
}
