import Crypto
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Days of clients that register themselves (RFC 7591) and are managed (RFC 7592).
@Suite("Days of a registration")
struct RegistrationDayTests {
    /// - Parameter terms: other than the folder's own.
    static func day(_ terms: JSON? = nil, seed: Int) -> Day {
        let mock = terms.map { [(path: ["registration"], value: $0)] } ?? []
        return Day(Shipped.provider("grandstay", mock: mock), seed: seed)
    }

    @Test("A client registers itself, links are made by it, and it is taken back; the preset counts again")
    func whole() throws {
        let day = Self.day(seed: 1)
        let change = try #require(day.stage.register()).get()
        #expect(change == .none)
        let facts = try #require(day.stage.client())
        #expect(facts.clientID?.hasPrefix("cl_") == true && !facts.isPreset && facts.hasSecret)
        #expect(facts.authentication == .clientSecretBasic && facts.registration?.isManaged == true)
        let registered = day.registrations
        #expect(registered.count == 1 && registered.first?["client"]?.string == facts.clientID)
        #expect(registered[0]["registered"]?["redirect_uris"] == ["http://127.0.0.1:7878/callback/grandstay"])
        #expect(registered[0]["registered"]?["scope"] == "profile stays.read")
        #expect(facts.redirectURI == "http://127.0.0.1:7878/callback/grandstay")
        day.link()
        day.stage.run(seconds: 120)
        #expect(day.first?.state == .active && day.first?.clientID == facts.clientID && day.amount != nil)
        let removed = try #require(day.stage.removeClient())
        #expect(removed.suspended == 1 && removed.remarks.first?.contains("was taken back") == true)
        #expect(day.registrations.isEmpty && day.stage.client()?.isPreset == true)
        #expect(day.stage.requests.contains { $0.contains("DELETE /identity/register/") && $0.hasSuffix(" 204") })
        #expect(day.stage.removeClient() == nil)
        day.expectSound()
    }

    @Test(
        "C74: a client whose tokens are bound to a certificate registers itself, and goes on with the one that is set")
    func certificate() throws {
        let folder = Shipped.provider(
            "metrorent", manifest: [(["authorization", "clientAuthentication"], "none")],
            mock: [(["registration"], [:])])
        let day = Day(folder, seed: 12)
        let before = try #require(day.stage.client()?.certificateEndsAt)
        _ = try #require(day.stage.register()).get()
        let registered = day.registrations.first?["registered"]
        #expect(registered?["tls_client_certificate_bound_access_tokens"] == true)
        let facts = try #require(day.stage.client())
        #expect(facts.clientID?.hasPrefix("cl_") == true && facts.certificateEndsAt == before)
        day.link()
        day.stage.run(seconds: 3 * day.every)
        #expect(day.first?.state == .active && day.first?.condition == .ok && day.first?.clientID == facts.clientID)
        #expect((day.first?.generation ?? 0) >= 3)
        day.expectSound()
    }

    static let renewals: [(renewal: String, rotates: Bool)] = [
        ("update", true), ("update", false), ("read", true), ("read", false),
    ]

    @Test("A secret that ends is renewed in time; links live on, and are asked nothing", arguments: renewals)
    func renews(_ renewal: String, _ rotates: Bool) throws {
        let terms: JSON = ["secretSeconds": 21_600, "renews": .string(renewal), "rotates": .bool(rotates)]
        let day = Self.day(terms, seed: 2)
        _ = try #require(day.stage.register()).get()
        let before = try #require(day.stage.client())
        day.link()
        let id = day.first?.id
        day.stage.run(seconds: 3 * 86_400)
        let after = try #require(day.stage.client())
        #expect(after.clientID == before.clientID && after.registration?.trouble == nil)
        let (old, new) = (before.registration?.secretEndsAt, after.registration?.secretEndsAt)
        #expect(try #require(new) > #require(old).adding(seconds: 2 * 86_400), "\(String(describing: new))")
        #expect(try #require(new) > day.stage.now)
        #expect(after.registration?.renewsAt.map { $0 > day.stage.now } == true)
        #expect((15...40).contains(day.calls("configuration")), "\(day.calls("configuration"))")
        let hasWritten = day.stage.requests.contains { $0.contains(" PUT /identity/register/") }
        #expect(hasWritten == (renewal == "update"), "reading is enough where it brings a new secret")
        #expect(day.first?.state == .active && day.first?.condition == .ok && day.only?.id == id)
        #expect(day.stage.mockLedger["events"]?.array?.contains { $0["what"] == "refused" } == false)
        #expect(day.stage.logLines.contains { $0.contains("client secret renewed") })
        #expect(day.stage.removeClient()?.remarks.first?.contains("was taken back") == true)
        day.expectSound()
    }

    @Test("C78: a secret that nobody renews: it is said by when to act, and no link is lost when it has ended")
    func ends() throws {
        let day = Self.day(["secretSeconds": 259_200, "renews": "never"], seed: 3)
        _ = try #require(day.stage.register()).get()
        day.link()
        day.stage.run(seconds: 2 * 86_400 + 7200)
        let end = try #require(day.stage.client()?.registration?.secretEndsAt)
        let said = try #require(day.stage.client()?.registration?.trouble)
        #expect(said.contains("no new secret") && said.contains("by \(end.date.iso)"), "\(said)")
        #expect(day.stage.logLines.contains { $0.contains("client secret not renewed") && $0.contains(end.date.iso) })
        let asked = day.calls("configuration")
        #expect((2...6).contains(asked), "\(asked)")
        day.stage.run(seconds: 2 * 86_400)
        #expect(day.stage.client()?.registration?.trouble?.contains("ended on \(end.date.iso)") == true)
        #expect(day.first?.state == .active && day.first?.condition.kind == .degraded)
        #expect(day.calls("configuration") <= asked + 8, "once a day, twice asked")
        day.expectSound()
    }

    static let halves: [(pointer: String, words: String)] = [
        ("/registration_client_uri", "named no place"), ("/registration_access_token", "gave no token"),
    ]

    @Test(
        "C78: only one of registration URI and token: it is used, and said that nothing manages it", arguments: halves)
    func half(_ pointer: String, _ words: String) throws {
        let day = Self.day(["secretSeconds": 259_200], seed: 4)
        day.stage.fault(["match": ["endpoint": "register"], "patch": ["pointer": .string(pointer), "remove": true]])
        let change = try #require(day.stage.register()).get()
        #expect(change.remarks.count == 1 && change.remarks[0].contains(words), "\(change.remarks)")
        #expect(day.stage.client()?.registration?.isManaged == false)
        day.link()
        day.stage.run(seconds: 2 * 86_400 + 7200)
        #expect(day.calls("configuration") == 0 && day.first?.state == .active)
        let trouble = day.stage.client()?.registration?.trouble
        #expect(trouble?.contains("nothing here can manage") == true && trouble?.contains("register anew") == true)
        day.stage.run(seconds: 3 * 86_400)
        #expect(day.stage.client()?.registration?.renewsAt == nil, "once it has ended nobody looks any more")
        let removed = try #require(day.stage.removeClient())
        #expect(removed.remarks.first?.contains("not taken back") == true && day.registrations.count == 1)
        #expect(day.stage.client()?.isPreset == true)
        day.expectSound()
    }

    @Test("C78: what cannot be lived with is taken back at once, and what counted before counts on")
    func takenBack() throws {
        let day = Self.day(seed: 5)
        day.link()
        let patches: [JSON] = [
            ["pointer": "/client_secret_expires_at", "value": 5], ["pointer": "/client_secret", "remove": true],
            ["pointer": "/client_secret_expires_at", "remove": true],
            ["pointer": "/token_endpoint_auth_method", "value": "none"],
        ]
        for (number, patch) in patches.enumerated() {
            day.stage.fault(["match": ["endpoint": "register"], "times": 1, "patch": patch])
            let problem = try #require(day.stage.register()).failure
            #expect(problem?.description.contains("taken back there, and nothing changed here") == true, "\(patch)")
            #expect(day.registrations.isEmpty && day.calls("configuration") == number + 1)
        }
        #expect(day.stage.client()?.isPreset == true && day.first?.state == .active)
        day.stage.fault([
            "match": ["endpoint": "register"], "times": 1,
            "patch": [
                ["pointer": "/registration_client_uri", "value": "https://other.example/x"],
                ["pointer": "/client_secret", "remove": true],
            ],
        ])
        let left = try #require(day.stage.register()).failure
        #expect(left?.description.contains("stays registered at grandstay") == true, "\(String(describing: left))")
        #expect(day.calls("configuration") == 4 && day.registrations.count == 1)
        day.expectSound()
    }

    @Test("An initial token: asked for where it is wanted, shown once, and kept nowhere")
    func initial() throws {
        let token = "it_4f5c-pretended-initial-token"
        let day = Self.day(["initialToken": .string(token)], seed: 6)
        let without = try #require(day.stage.register()).failure
        #expect(without?.description.contains("--initial-token-file") == true)
        #expect(try #require(day.stage.register(initial: "it_wrong")).failure?.description.contains("not take") == true)
        let unfit = try #require(day.stage.register(initial: "a b")).failure
        #expect(unfit?.description.contains("without a space") == true && day.calls("register") == 2)
        #expect(throws: Never.self) { try day.stage.register(initial: token)?.get() }
        #expect(day.registrations.count == 1)
        let texts = day.stage.logLines.joined() + "\(day.stage.client() as Any)"
        #expect(!texts.contains(token))
        day.expectSound()
    }

    @Test("A provider that lets nobody register, a client that is there already, and one that is set by hand")
    func refused() throws {
        let closed = Day("skyways", seed: 7)
        let words = try #require(closed.stage.register()).failure?.description
        #expect(words?.contains("no registration_endpoint") == true && words?.contains("purser client set") == true)
        let day = Self.day(seed: 7)
        _ = try #require(day.stage.register()).get()
        #expect(try #require(day.stage.register()).failure?.description.contains("registered itself already") == true)
        let (set, keys) = day.byHand()
        #expect(set?.contains("purser client remove grandstay") == true)
        #expect(keys != nil && day.calls("register") == 1 && day.registrations.count == 1)
    }

    @Test("A public client keeps nothing to prove; keys that wait for a client are the ones that are registered")
    func proofs() throws {
        let open = Day(Shipped.provider("skyways", mock: [(path: ["registration"], value: [:])]), seed: 9)
        _ = try #require(open.stage.register()).get()
        #expect(open.stage.client()?.hasSecret == false && open.registrations.first?["registered"]?["jwks"] == nil)
        open.link()
        #expect(open.first?.state == .active)
        let manifest = try JSON.parse(
            try #require(Shipped.provider("pointsbourse").folder.files["manifest.json"]), limits: .file)
        var authorization = try #require(manifest["authorization"]?.object)
        authorization["client"] = nil
        authorization["clientAuthentication"] = "private_key_jwt"
        let keyed = Shipped.provider(
            "pointsbourse", manifest: [(path: ["authorization"], value: .object(authorization))],
            mock: [(path: ["registration"], value: [:])])
        let stage = Stage(seed: 9, provider: keyed, runner: MemoryRunner())
        stage.run(seconds: 1)
        let made = stage.perform { door, _ in try? await door.clientKey("pointsbourse", .edDSA, activate: false) }
        let keys = try #require(made ?? nil)
        _ = try #require(stage.register()).get()
        #expect(stage.mockLedger["registrations"]?[0]?["registered"]?["jwks"] == keys.published)
        stage.run(seconds: 120)
        #expect(stage.feeds().first?.condition == .ok && stage.violations().isEmpty)
    }

    @Test("Two at once are one: the other is told")
    func twice() throws {
        let day = Self.day(seed: 8)
        let answers = Answers()
        for _ in 0..<3 {
            day.stage.act { door in
                do throws(ClientProblem) {
                    _ = try await door.registerClient("grandstay", initial: nil)
                    answers.all.append("done")
                } catch { answers.all.append(error.description) }
            }
        }
        day.stage.run(seconds: 60)
        #expect(answers.all.count == 3 && answers.all.count { $0 == "done" } == 1)
        #expect(answers.all.count { $0.contains("registering at grandstay already") } == 2)
        #expect(day.registrations.count == 1)
    }

    private final class Answers: @unchecked Sendable {
        // Ownership: the stage's one thread.
        var all: [String] = []
    }
}

extension Day {
    /// Clients that registered themselves at the provider and are there.
    var registrations: [JSON] { stage.mockLedger["registrations"]?.array ?? [] }

    /// Why nobody sets a client or its keys by hand.
    func byHand() -> (set: String?, keys: String?) {
        let name = name
        return stage.perform { door, _ in
            let setting = ClientSetting(clientID: "x", secret: Secret("y"), redirectURI: nil, scopes: nil)
            var (set, keys): (String?, String?)
            do throws(ClientProblem) { _ = try await door.setClient(name, setting) } catch { set = error.description }
            do throws(ClientProblem) { _ = try await door.clientKey(name, .es256, activate: false) } catch {
                keys = error.description
            }
            return (set, keys)
        } ?? (nil, nil)
    }
}

extension Result {
    var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
