import Crypto
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Consents that are given again, by the same member or another; links that rest; clients that change.
@Suite("Renewals, pauses and registrations")
struct RenewalDayTests {
    private let stage: Stage

    init() {
        stage = Stage(seed: 21, provider: Shipped.provider("skyways"), runner: MemoryRunner())
        stage.run(seconds: 1)
    }

    private final class Endings: @unchecked Sendable {
        // Ownership: the stage's one thread.
        var all: [LinkEnding] = []
    }

    @discardableResult
    private func link(_ member: Int = 0, allows: Bool = true, renewing: LinkID? = nil) -> LinkEnding? {
        let endings = Endings()
        stage.link(member: member, allows: allows, renewing: renewing, done: { endings.all.append($0) })
        stage.run(seconds: 60)
        holds()
        return endings.all.last
    }

    private func holds() {
        #expect(stage.violations().isEmpty)
        #expect(stage.watchViolations.isEmpty)
    }

    private func link(_ id: LinkID) -> Link? { stage.links().first { $0.id == id } }
    private func requests(_ path: String) -> Int { stage.requests.count { $0.contains(path) } }
    private func accounts() -> [String] {
        stage.accounts()?["accounts"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    private func set(_ setting: ClientSetting?) -> ClientChange? {
        stage.perform { door, _ in
            if let setting { return try? await door.setClient("skyways", setting) }
            return (try? await door.removeClient("skyways")) ?? nil
        } ?? nil
    }

    private static func portal(_ id: String = "purser-portal") -> ClientSetting {
        ClientSetting(clientID: id, secret: nil, redirectURI: nil, scopes: nil)
    }

    // The same member again

    @Test("the same member linked twice becomes one link: its id, its accounts and its history stay")
    func twice() {
        link()
        let first = stage.links()[0]
        let before = accounts()
        guard case .renewed(let second, let into)? = link() else { return #expect(Bool(false), "not renewed") }
        #expect(into == first.id)
        #expect(link(second)?.state == .merged && link(second)?.mergedInto == first.id)
        let after = link(first.id)
        #expect(after?.state == .active && after?.condition == .ok && after?.generation == first.generation + 1)
        #expect(after?.createdAt == first.createdAt)
        #expect((after?.pulledAt ?? first.since) > first.pulledAt ?? first.since, "pulled with the new grant")
        #expect(accounts() == before)
        #expect(requests("POST /revoke") == 0, "revoking the old grant would often end the new one")
        stage.run(seconds: 2 * 86_400)
        #expect(stage.links().map(\.id) == [first.id])
        holds()
        #expect(stage.leftOver.isEmpty)
    }

    @Test("a dead link comes back by linking again: nothing of it is lost")
    func revives() {
        link()
        let first = stage.links()[0].id
        let before = accounts()
        stage.fault(["match": ["endpoint": "api"], "times": 1, "revoke": true])
        stage.run(seconds: 86_400)
        guard case .needsConsent? = link(first)?.state else {
            return #expect(Bool(false), "\(String(describing: link(first)))")
        }
        guard case .renewed(_, let into)? = link(0, renewing: first) else { return #expect(Bool(false), "not renewed") }
        #expect(into == first && link(first)?.state == .active && link(first)?.condition == .ok)
        #expect(accounts() == before)
        stage.run(seconds: 86_400)
        #expect(link(first)?.state == .active && link(first)?.condition == .ok)
        holds()
    }

    @Test("a link lost with the answer of its refresh is healed by a new consent")
    func doubt() {
        link()
        let first = stage.links()[0].id
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "cutAfterBytes": 10,
        ])
        stage.run(seconds: 86_400)
        #expect(link(first)?.state == .needsConsent(.answerLost))
        guard case .renewed? = link(0, renewing: first) else { return #expect(Bool(false), "not renewed") }
        #expect(link(first)?.condition == .ok)
        stage.run(seconds: 86_400)
        #expect(link(first)?.condition == .ok)
        holds()
    }

    @Test("a renewal that is denied, or never answered, leaves the link as it was")
    func abandoned() {
        link()
        let first = stage.links()[0]
        guard case .failed(_, .denied, _)? = link(0, allows: false, renewing: first.id) else {
            return #expect(Bool(false), "not denied")
        }
        stage.link(member: 0, pauseMilliseconds: 700_000, renewing: first.id)
        stage.run(seconds: 1500)
        #expect(link(first.id) == first)
        #expect(stage.links().count == 1)
    }

    @Test("another member consents to a renewal: both are kept apart, and nothing is pulled until somebody says so")
    func anotherMember() {
        link(0)
        let first = stage.links()[0]
        guard case .anotherMember(let new, let than)? = link(1, renewing: first.id) else {
            return #expect(Bool(false), "not noticed")
        }
        #expect(than == first.id && link(first.id) == first)
        #expect(link(new)?.state == .suspended(.identityChanged))
        let pulls = requests("/v2/me")
        stage.run(seconds: 3600)
        #expect(requests("/v2/me") == pulls)
        // Keep both.
        let answer = stage.perform { door, _ in try? await door.resume(.first, new) } ?? nil
        #expect(answer == .done)
        stage.run(seconds: 60)
        #expect(link(new)?.state == .active && link(new)?.condition == .ok && link(new)?.pulledAt != nil)
        holds()
    }

    @Test("another member who is linked too consents to a renewal: it is that member's link that is renewed")
    func thirdLink() {
        link(0)
        link(1)
        let (first, second) = (stage.links()[0], stage.links()[1])
        guard case .renewed(_, let into)? = link(1, renewing: first.id) else {
            return #expect(Bool(false), "not renewed")
        }
        #expect(into == second.id && link(first.id) == first)
        #expect(link(second.id)?.generation == second.generation + 1)
    }

    @Test("a link that has ended, or never was, cannot be renewed")
    func nothingToRenew() {
        link()
        let first = stage.links()[0].id
        _ = stage.perform { door, _ in try? await door.unlink(.first, first) }
        for id in [first, LinkID(rawValue: "lnk_none")] {
            let problem = stage.perform { door, _ -> StartLinkProblem? in
                do throws(StartLinkProblem) {
                    _ = try await door.relink(id, in: .first, by: .socket(uid: 1))
                    return nil
                } catch { return error }
            }
            #expect(problem == .some(.noSuchLink))
        }
    }

    @Test("a crash anywhere in a renewal: one link in the end, with a grant that works", arguments: 1...30)
    func crashes(_ fuse: Int) {
        link()
        let first = stage.links()[0].id
        stage.link(member: 0, renewing: first)
        stage.light(fuse: fuse)
        stage.run(seconds: 3 * 3600)
        holds()
        #expect(stage.leftOver.isEmpty)
        #expect(stage.links().map(\.id) == [first])
        #expect(link(first)?.state == .active && link(first)?.condition == .ok)
    }

    // Rest

    @Test("a paused link is left alone for as long as it takes, and goes on where it was")
    func pauses() {
        link()
        let first = stage.links()[0].id
        #expect(stage.perform { door, _ in try? await door.pause(.first, first) } == .done)
        #expect(stage.perform { door, _ in try? await door.pause(.first, first) } == .already)
        let before = stage.requests.count
        stage.run(seconds: 5 * 86_400)
        #expect(stage.requests.count == before)
        #expect(link(first)?.state == .paused && !accounts().isEmpty)
        #expect(stage.perform { door, _ in try? await door.requestPull(.first, first) } == .notActive)
        #expect(stage.perform { door, _ in try? await door.resume(.first, first) } == .done)
        stage.run(seconds: 120)
        #expect(link(first)?.state == .active && link(first)?.condition == .ok)
        #expect(stage.requests.count > before)
        holds()
    }

    @Test("a pause in the middle of a refresh keeps the tokens that come")
    func pausedInFlight() {
        link()
        let first = stage.links()[0].id
        stage.fault([
            "match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "delayMilliseconds": 20_000,
        ])
        var flying = false
        for _ in 0..<86_400 where !flying {
            stage.run(seconds: 1)
            let open = (try? stage.read { reads throws(StoreError) in try reads.intent(.first, first) }) ?? nil
            flying = open != nil
        }
        #expect(flying)
        #expect(stage.perform { door, _ in try? await door.pause(.first, first) } == .done)
        stage.run(seconds: 60)
        #expect(link(first)?.state == .paused && link(first)?.generation == 2)
        #expect(stage.perform { door, _ in try? await door.resume(.first, first) } == .done)
        stage.run(seconds: 60)
        #expect(link(first)?.state == .active && link(first)?.condition == .ok)
        holds()
    }

    // Registrations

    @Test("another client: links are suspended with a question, nothing is sent, and the old client brings them back")
    func clientAndBack() {
        link()
        let first = stage.links()[0].id
        #expect(set(Self.portal()) == ClientChange(suspended: 1, calledOff: 0))
        #expect(link(first)?.state == .suspended(.configurationChanged))
        #expect(link(first)?.note?.contains("another client") == true)
        let before = stage.requests.count
        stage.run(seconds: 2 * 86_400)
        #expect(stage.requests.count == before)
        guard case .cannot(let why)?? = stage.perform({ door, _ in try? await door.resume(.first, first) }) else {
            return #expect(Bool(false), "it must not go on under another client")
        }
        #expect(why.contains("differ"))
        #expect(set(nil) == ClientChange.none)
        #expect(stage.perform { door, _ in try? await door.resume(.first, first) } == .done)
        stage.run(seconds: 7200)
        #expect(link(first)?.state == .active && link(first)?.condition == .ok)
        holds()
    }

    @Test("another client: the same member consents anew, and the link goes on under it")
    func clientAndRelink() {
        link()
        let first = stage.links()[0].id
        let before = accounts()
        _ = set(Self.portal())
        guard case .renewed? = link(0, renewing: first) else { return #expect(Bool(false), "not renewed") }
        #expect(link(first)?.state == .active && link(first)?.clientID == "purser-portal")
        stage.run(seconds: 2 * 86_400)
        #expect(link(first)?.state == .active && link(first)?.condition == .ok)
        #expect(accounts() == before)
        let grants = stage.requests.count { $0.contains("POST /token 200") }
        #expect(grants > 2, "refreshed under the new client")
        // The vouchers, the tokens, everything: unlinking still works.
        let receipt = stage.perform { door, _ in try? await door.unlink(.first, first) } ?? nil
        #expect(receipt?.answer == .revoked)
        holds()
    }

    @Test("a consent under way when the client changes is called off and says why")
    func calledOff() {
        let endings = Endings()
        stage.link(member: 0, pauseMilliseconds: 5000, done: { endings.all.append($0) })
        stage.run(seconds: 2)
        #expect(set(Self.portal())?.calledOff == 1)
        stage.run(seconds: 20)
        #expect(stage.links().first?.state == .failed(.clientChanged))
        guard case .notOurs? = endings.all.last else { return #expect(Bool(false), "\(endings.all)") }
        #expect(requests("POST /token") == 0)
    }

    @Test("a client nobody registered there: the provider's refusal is told, and nothing is stored")
    func unknownClient() {
        _ = set(Self.portal("nobody"))
        stage.link(member: 0)
        stage.run(seconds: 700)
        #expect(requests("POST /token") == 0)
        #expect(stage.links().allSatisfy { $0.state == .failed(.expired) })
    }

    // Another sign-in (RFC 9470)

    private func stepsUp(_ parameters: String) {
        let challenge = "Bearer error=\"insufficient_user_authentication\"" + parameters
        stage.fault([
            "match": ["endpoint": "api"],
            "replace": ["status": 401, "headers": ["WWW-Authenticate": .string(challenge)], "body": "{}"],
        ])
        stage.run(seconds: 7 * 3600)
    }

    @Test("an API that wants another sign-in gets it by a renewal that asks for it, and nothing is tried before")
    func stepUp() throws {
        link()
        let first = stage.links()[0]
        let (before, tokens) = (accounts(), stage.calls("token"))
        stepsUp(", acr_values=\"gold silver\", max_age=\"300\"")
        #expect(link(first.id)?.state == .needsConsent(.insufficientAuthentication))
        let note = try #require(link(first.id)?.note)
        #expect(note.contains("another sign-in") && note.contains("gold silver") && note.contains("300"))
        #expect(accounts() == before)
        // At most the refresh that was due anyway; never one for the answer.
        #expect(stage.calls("token") <= tokens + 2)
        let calls = stage.calls("token")
        stage.run(seconds: 86_400)
        #expect(stage.calls("token") == calls)
        stage.fault(["clear": true])
        let asked = stage.perform { door, _ in try? await door.relink(first.id, in: .first, by: .socket(uid: 1)) }
        let query = try #require((asked ?? nil)?.authorizationURI.query)
        #expect(query.contains("acr_values=gold%20silver") || query.contains("acr_values=gold+silver"))
        #expect(query.contains("max_age=300"))
        // A sign-in of another kind is not taken for it.
        guard case .failed(_, .idTokenInvalid, let why)? = link(0, renewing: first.id) else {
            return #expect(Bool(false), "taken without acr")
        }
        #expect(why.contains("acr_values"))
        #expect(link(first.id)?.state == .needsConsent(.insufficientAuthentication))
        stage.fault([
            "match": ["endpoint": "token"], "times": 1, "idToken": ["claims": ["acr": "silver"]],
        ])
        guard case .renewed? = link(0, renewing: first.id) else { return #expect(Bool(false), "not renewed") }
        #expect(link(first.id)?.state == .active)
        #expect(accounts() == before)
    }

    @Test("one that goes on wanting it is not asked in a loop: the link says so again, and waits")
    func stepUpAgain() {
        link()
        let first = stage.links()[0]
        stepsUp(", max_age=\"60\"")
        let pulls = stage.calls("api")
        link(0, renewing: first.id)
        stage.run(seconds: 86_400)
        #expect(link(first.id)?.state == .needsConsent(.insufficientAuthentication))
        #expect(stage.calls("api") <= pulls + 2)
    }
}
