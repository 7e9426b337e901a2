import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Single bad days, each directed: what the person sees, what is stored, what the provider saw.
@Suite("Bad days")
struct BadDayTests {
    private let stage: Stage

    init() {
        stage = Stage(seed: 11, provider: Shipped.skyways, runner: MemoryRunner())
        stage.run(seconds: 1)
    }

    /// Links as a member and waits; how it ended.
    @discardableResult
    private func link(
        _ member: Int = 0, allows: Bool = true, provider: String? = nil,
        tamper: @escaping @Sendable (Form) -> [Form] = { [$0] }
    ) -> [LinkEnding] {
        let endings = Endings()
        stage.link(
            member: member, allows: allows, provider: provider, tamper: tamper, done: { endings.all.append($0) })
        stage.run(seconds: 60)
        #expect(stage.violations().isEmpty)
        #expect(stage.watchViolations.isEmpty)
        return endings.all
    }

    private final class Endings: @unchecked Sendable {
        // Ownership: the stage's one thread.
        var all: [LinkEnding] = []
    }

    private var only: Link? { stage.links().count == 1 ? stage.links().first : nil }
    private func requests(_ path: String) -> Int { stage.requests.count { $0.contains(path) } }

    private func events(_ what: String, _ kind: String) -> Int {
        stage.mockLedger["events"]?.array?.count { $0["what"]?.string == what && $0["kind"]?.string == kind } ?? 0
    }

    private func reason(_ endings: [LinkEnding]) -> FailureReason? {
        if case .failed(_, let reason, _)? = endings.last { return reason }
        return nil
    }

    @Test("a good day: linked, pulled, shown, and every sum holds")
    func good() {
        guard case .linked? = link().last else { return #expect(Bool(false), "not linked") }
        #expect(only?.state == .active)
        #expect(only?.condition == .ok)
        #expect(stage.accounts()?["accounts"]?.array?.isEmpty == false)
        #expect(only?.warnings == [])
    }

    // The callback

    @Test("denied at the provider: failed as denied, nothing held, told for ten minutes, then gone")
    func denied() {
        #expect(reason(link(allows: false)) == .denied)
        #expect(only?.state == .failed(.denied))
        #expect(requests("POST /token") == 0)
        stage.run(seconds: 700)
        #expect(stage.links().isEmpty)
    }

    @Test("a state nobody gave out touches nothing")
    func unknownState() {
        let endings = link { query in
            var query = query
            query.fields = query.fields.map { $0.name == "state" ? Form.Field(name: "state", value: "x") : $0 }
            return [query]
        }
        #expect(endings == [.notOurs("nobody here asked for this")])
        #expect(only?.state == .linking)
        #expect(requests("POST /token") == 0)
    }

    @Test("a response that comes twice is taken once")
    func replayed() {
        let endings = link { [$0, $0] }
        #expect(endings.count == 2)
        guard case .linked? = endings.first, case .notOurs? = endings.last else {
            return #expect(Bool(false), "\(endings)")
        }
        #expect(requests("POST /token") == 1)
        #expect(only?.state == .active)
    }

    @Test("a response after ten minutes is too late")
    func late() {
        let endings = Endings()
        stage.link(member: 0, pauseMilliseconds: 601_000, done: { endings.all.append($0) })
        stage.run(seconds: 1300)
        #expect(requests("POST /token") == 0)
        #expect(stage.links().allSatisfy { $0.state != .active })
    }

    @Test("the callback of another provider is a mix-up and takes nothing")
    func otherProvider() {
        #expect(link(provider: "grandstay") == [.notOurs("nobody here asked for this")])
        #expect(requests("POST /token") == 0)
    }

    static let forgeries: [(String, @Sendable (Form) -> Form)] = [
        ("state twice", { form in with(form, Form.Field(name: "state", value: form["state"] ?? "")) }),
        ("code twice", { form in with(form, Form.Field(name: "code", value: "other")) }),
        ("code and error together", { form in with(form, Form.Field(name: "error", value: "access_denied")) }),
        ("iss missing", { form in without(form, "iss") }),
        (
            "iss of another",
            { form in with(without(form, "iss"), Form.Field(name: "iss", value: "https://evil.example")) }
        ),
        ("neither code nor error", { form in without(form, "code") }),
        ("an empty code", { form in with(without(form, "code"), Form.Field(name: "code", value: "")) }),
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

    @Test("a forged response spends no code", arguments: forgeries.map(\.0))
    func forged(_ name: String) {
        let forge = Self.forgeries.first { $0.0 == name }!.1
        let endings = link { [forge($0)] }
        #expect(endings.allSatisfy { if case .linked = $0 { false } else { true } })
        #expect(endings.count == 1)
        #expect(requests("POST /token") == 0)
    }

    // The ID token

    static let idTokens: [(String, JSON)] = [
        ("signature", ["breakSignature": true]), ("nonce", ["claims": ["nonce": "other"]]),
        ("no nonce", ["remove": ["nonce"]]), ("audience", ["claims": ["aud": "somebody-else"]]),
        ("issuer", ["claims": ["iss": "https://evil.example"]]), ("expired", ["claims": ["exp": 1_000_000_000]]),
        ("no expiry", ["remove": ["exp"]]), ("no subject", ["remove": ["sub"]]),
    ]

    @Test(
        "an ID token that does not hold: revoked, erased, failed, and nothing is pulled", arguments: idTokens.map(\.0))
    func idToken(_ name: String) {
        stage.fault(["match": ["endpoint": "token"], "idToken": Self.idTokens.first { $0.0 == name }!.1])
        #expect(reason(link()) == .idTokenInvalid)
        #expect(requests("/v2/me") == 0)
        #expect(requests("POST /revoke") > 0)
        let link = only
        #expect(link?.state == .failed(.idTokenInvalid))
        let held =
            link.flatMap { link in try? stage.read { reads throws(StoreError) in try reads.grant(.first, link.id) } }
            ?? nil
        #expect(held == nil)
    }

    @Test("keys rotated since: they are fetched once more and the link holds")
    func rotated() {
        link(0)
        stage.fault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": true])
        stage.run(seconds: 120)
        guard case .linked? = link(1).last else { return #expect(Bool(false), "not linked") }
    }

    // Between exchange and identification

    @Test("the key set answers 502: the grant is kept, and the tick identifies later")
    func keysDown() {
        stage.fault(["match": ["endpoint": "jwks"], "times": 1, "replace": ["status": 502, "body": "<h1>no</h1>"]])
        let endings = link()
        guard case .identifying? = endings.last else { return #expect(Bool(false), "\(endings)") }
        stage.run(seconds: 300)
        #expect(only?.state == .active)
        #expect(events("issued", "refresh") == 1)
    }

    @Test(
        "a crash anywhere in linking: linked in the end, or failed with a reason, and no code is spent twice",
        arguments: 1...24)
    func crashInLinking(_ fuse: Int) {
        stage.link(member: 0)
        stage.light(fuse: fuse)
        stage.run(seconds: 2000)
        #expect(stage.violations().isEmpty)
        #expect(stage.watchViolations.isEmpty)
        #expect(stage.leftOver.isEmpty)
        #expect(stage.links().allSatisfy { $0.state == .active && $0.condition == .ok })
    }
}
