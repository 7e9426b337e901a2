import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Responses that nobody here can link by: which they are does not show, and who may end a link is whoever began it.
@Suite("Responses that nothing waits for")
struct ForeignResponseTests {
    private static let ours = Starter.session(hash: [UInt8](repeating: 1, count: 32))
    private static let others = Starter.session(hash: [UInt8](repeating: 2, count: 32))

    private let stage: Stage

    init() {
        stage = Stage(
            seed: 5500, providers: ["skyways", "grandstay"].map { Shipped.provider($0) }, runner: MemoryRunner(),
            people: 3)
        stage.run(seconds: 1)
    }

    /// Begins a link; the response that says no to it.
    private func begun(by starter: Starter = .socket(uid: 1000)) -> Form {
        let address = stage.perform { door, _ in
            (try? await door.startLink("skyways", in: .first, by: starter))?.authorizationURI
        }
        let state = (address ?? nil)?.query.flatMap { Form(parsing: $0) }?["state"]
        return Self.no(state ?? "none was sent")
    }

    private static func no(_ state: String?) -> Form {
        var form = Form([("error", "access_denied"), ("iss", "http://127.0.0.1:7901")])
        if let state { form.fields.append(Form.Field(name: "state", value: state)) }
        return form
    }

    private func arrive(_ form: Form, at provider: String = "skyways", by finisher: Starter? = nil) -> LinkEnding? {
        stage.perform { door, _ in await door.completeLink(provider, ArrivedResponse(form), by: finisher) }
    }

    private func isDenied(_ ending: LinkEnding?) -> Bool {
        if case .failed(_, .denied, _)? = ending { true } else { false }
    }

    @Test("C26: unknown, late, used, of another user, of another provider, too short: one text for all")
    func alike() {
        let unknown = arrive(Self.no(String(repeating: "A", count: 43)))
        let short = arrive(Self.no("x"))
        let none = arrive(Self.no(nil))
        let (late, other, foreign, used) = (begun(), begun(), begun(by: Self.ours), begun())
        let elsewhere = arrive(other, at: "grandstay")
        let nowhere = arrive(other, at: "nowhere")
        let stranger = arrive(foreign, by: Self.others)
        #expect(isDenied(arrive(used)))
        let again = arrive(used)
        #expect(isDenied(arrive(other)), "the wrong callback used nothing up")
        stage.run(seconds: 601)
        let tooLate = arrive(late)
        for ending in [unknown, short, none, elsewhere, nowhere, stranger, again, tooLate] {
            #expect(ending == .nobodys)
        }
    }

    @Test("C26, C37: a session that did not begin a link cannot end it, nor can none; the one that did can")
    func sessions() {
        #expect(isDenied(arrive(begun(by: Self.ours), by: Self.ours)))
        for finisher: Starter? in [Self.others, .socket(uid: 1000), nil] {
            let form = begun(by: Self.ours)
            #expect(arrive(form, by: finisher) == .nobodys)
            #expect(stage.links().contains { $0.state == .failed(.responseRefused) })
            #expect(arrive(form, by: Self.ours) == .nobodys, "a state works once")
            stage.run(seconds: 1200)
            #expect(stage.links().isEmpty)
        }
        // Begun on this machine, a link comes back through any local browser.
        #expect(isDenied(arrive(begun())))
    }
}
