import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Single bad days of linking, each directed, at every provider that ships: what the person sees, what is stored, what
/// the provider saw.
@Suite("Bad days")
struct BadDayTests {
    private static func day(_ name: String) -> Day { Day(name, seed: 11) }

    private func reason(_ endings: [LinkEnding]) -> FailureReason? {
        if case .failed(_, let reason, _)? = endings.last { return reason }
        return nil
    }

    @Test("a good day: linked, pulled, shown, and every sum holds", arguments: Shipped.names)
    func good(_ name: String) {
        let day = Self.day(name)
        guard case .linked? = day.link().last else { return #expect(Bool(false), "not linked") }
        #expect(day.only?.state == .active)
        #expect(day.only?.condition == .ok)
        #expect(day.stage.accounts()?["accounts"]?.array?.isEmpty == false)
        #expect(day.only?.warnings == [])
    }

    @Test("several members of one provider side by side: each with its own numbers", arguments: Shipped.names)
    func members(_ name: String) {
        let day = Self.day(name)
        for member in 0..<8 { day.link(member) }
        #expect(day.stage.links().map(\.state) == Array(repeating: .active, count: 8))
        let shown = day.stage.accounts()?["accounts"]?.array ?? []
        let numbers = Set(shown.compactMap { $0["membership"]?["number"]?.string })
        #expect(numbers.count >= 8)
        day.stage.run(seconds: 2 * day.every)
        day.expectSound()
        #expect(day.stage.links().allSatisfy { $0.condition == .ok && $0.warnings == [] })
    }

    // The callback

    @Test(
        "C29: denied at the provider: failed as denied, nothing held, told for ten minutes, then gone",
        arguments: Shipped.names)
    func denied(_ name: String) {
        let day = Self.day(name)
        #expect(reason(day.link(allows: false)) == .denied)
        #expect(day.only?.state == .failed(.denied))
        #expect(day.calls("token") == 0)
        day.stage.run(seconds: 700)
        #expect(day.stage.links().isEmpty)
    }

    @Test("C26: a state nobody gave out touches nothing", arguments: Shipped.names)
    func unknownState(_ name: String) {
        let day = Self.day(name)
        let endings = day.link { query in
            var query = query
            query.fields = query.fields.map { $0.name == "state" ? Form.Field(name: "state", value: "x") : $0 }
            return [query]
        }
        #expect(endings == [.nobodys])
        #expect(day.only?.state == .linking)
        #expect(day.calls("token") == 0)
    }

    @Test("C26, C28: a response that comes twice is taken once", arguments: Shipped.names)
    func replayed(_ name: String) {
        let day = Self.day(name)
        let endings = day.link { [$0, $0] }
        #expect(endings.count == 2)
        guard case .linked? = endings.first, case .notOurs? = endings.last else {
            return #expect(Bool(false), "\(endings)")
        }
        #expect(day.calls("token") == 1)
        #expect(day.only?.state == .active)
    }

    @Test("C26: a response after ten minutes is too late", arguments: Shipped.names)
    func late(_ name: String) {
        let day = Self.day(name)
        day.link(pause: 601_000)
        day.stage.run(seconds: 700)
        #expect(day.calls("token") == 0)
        #expect(day.stage.links().allSatisfy { $0.state != .active })
    }

    @Test("C26, C36: the callback of another provider is a mix-up and takes nothing", arguments: Shipped.names)
    func otherProvider(_ name: String) {
        let day = Self.day(name)
        #expect(day.link(callback: name + "2") == [.nobodys])
        #expect(day.calls("token") == 0)
    }

    @Test("C36, C37: a response brought to another provider's callback goes to neither")
    func mixUp() {
        let stage = Stage(seed: 16, providers: Shipped.all, runner: MemoryRunner())
        stage.run(seconds: 1)
        for name in Shipped.names {
            for other in Shipped.names where other != name { stage.link(member: 0, at: name, callback: other) }
        }
        stage.run(seconds: 60)
        #expect(stage.links().allSatisfy { $0.state == .linking })
        for name in Shipped.names { #expect(stage.calls("token", at: name) == 0) }
        #expect(stage.violations().isEmpty && stage.watchViolations.isEmpty)
    }

    static let forgeries: [(String, @Sendable (Form) -> Form)] = [
        ("state twice", { form in with(form, Form.Field(name: "state", value: form["state"] ?? "")) }),
        ("code twice", { form in with(form, Form.Field(name: "code", value: "other")) }),
        ("code and error together", { form in with(form, Form.Field(name: "error", value: "access_denied")) }),
        (
            "iss of another",
            { form in with(without(form, "iss"), Form.Field(name: "iss", value: "https://evil.example")) }
        ),
        ("neither code nor error", { form in without(form, "code") }),
        ("an empty code", { form in with(without(form, "code"), Form.Field(name: "code", value: "")) }),
        // Only a server that says it sends `iss` can be caught without it (RFC 9207 2.4).
        ("iss missing", { form in without(form, "iss") }),
    ]

    private static func with(_ form: Form, _ field: Form.Field) -> Form {
        var form = form
        form.fields.append(field)
        return form
    }

    private static func without(_ form: Form, _ name: String) -> Form {
        var form = form
        form.fields.removeAll { $0.name == name }
        return form
    }

    static let forgedCases: [Case] =
        Case.all(0...forgeries.count - 2) + [Case(name: "skyways", number: forgeries.count - 1)]

    @Test("C27: a forged response spends no code", arguments: forgedCases)
    func forged(_ one: Case) {
        let day = Self.day(one.name)
        let (name, forge) = Self.forgeries[one.number]
        let endings = day.link { [forge($0)] }
        #expect(endings.allSatisfy { if case .linked = $0 { false } else { true } }, "\(name)")
        #expect(endings.count == 1)
        #expect(day.calls("token") == 0)
    }

    // The ID token, where there is one

    static let idTokens: [(String, JSON)] = [
        ("signature", ["breakSignature": true]), ("nonce", ["claims": ["nonce": "other"]]),
        ("no nonce", ["remove": ["nonce"]]), ("audience", ["claims": ["aud": "somebody-else"]]),
        ("issuer", ["claims": ["iss": "https://evil.example"]]), ("expired", ["claims": ["exp": 1_000_000_000]]),
        ("no expiry", ["remove": ["exp"]]), ("no subject", ["remove": ["sub"]]),
    ]

    @Test(
        "an ID token that does not hold: revoked, erased, failed, and nothing is pulled", arguments: idTokens.map(\.0))
    func idToken(_ name: String) {
        let day = Self.day("skyways")
        day.stage.fault(["match": ["endpoint": "token"], "idToken": Self.idTokens.first { $0.0 == name }!.1])
        #expect(reason(day.link()) == .idTokenInvalid)
        #expect(day.asked == 0)
        #expect(day.calls("revoke") > 0)
        #expect(day.only?.state == .failed(.idTokenInvalid))
        #expect(day.grant == nil)
    }

    @Test("keys rotated since: they are fetched once more and the link holds")
    func rotated() {
        let day = Self.day("skyways")
        day.link(0)
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": true])
        day.stage.run(seconds: 120)
        guard case .linked? = day.link(1).last else { return #expect(Bool(false), "not linked") }
    }

    // Between exchange and identification

    @Test(
        "who was linked cannot be asked for a moment: the grant is kept, and it is asked later",
        arguments: Shipped.names)
    func identityDown(_ name: String) {
        let day = Self.day(name)
        day.stage.fault(["match": day.identity, "times": 2, "replace": ["status": 502, "body": "<h1>no</h1>"]])
        // Keys are fetched once in a try; a request is asked once more when a gateway answers it.
        let endings = day.link()
        guard case .identifying? = endings.last else { return #expect(Bool(false), "\(endings)") }
        day.stage.run(seconds: 300)
        #expect(day.only?.state == .active)
        #expect(day.events("issued", "refresh") == 1)
    }

    @Test(
        "a crash anywhere in linking: linked in the end, or failed with a reason, and no code is spent twice",
        arguments: Case.all(1...24))
    func crashInLinking(_ one: Case) {
        let day = Self.day(one.name)
        day.stage.link(member: 0)
        day.stage.light(fuse: one.number)
        day.stage.run(seconds: 2000)
        day.expectSound()
        #expect(day.stage.leftOver.isEmpty)
        #expect(day.stage.links().allSatisfy { $0.state == .active && $0.condition == .ok })
    }
}
