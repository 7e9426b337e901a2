import Crypto
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// Bad days of the API, and of unlinking, at every provider that ships.
@Suite("Bad days of pulls")
struct PullDayTests {
    private static func day(_ name: String) -> Day { Day(name, seed: 12) }

    @Test("401 from the API: one refresh, once more, and all is well", arguments: Shipped.names)
    func unauthorized(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": [
                "status": 401, "headers": ["WWW-Authenticate": "Bearer error=\"invalid_token\""], "body": "{}",
            ],
        ])
        day.stage.run(seconds: 120)
        let before = day.calls("token")
        day.pull()
        #expect(day.calls("token") == before + 1)
        #expect(day.first?.condition == .ok)
    }

    @Test("401 again after a fresh token: no loop, the provider fails", arguments: Shipped.names)
    func unauthorizedAgain(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.run(seconds: 120)
        day.stage.fault(["match": ["endpoint": "api"], "replace": ["status": 401, "body": "{}"]])
        let before = day.calls("token")
        day.pull()
        #expect(day.calls("token") <= before + 2)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition.kind == .degraded)
    }

    @Test(
        "403 insufficient_scope on what everything hangs on: the person is asked, the values stay",
        arguments: Shipped.names)
    func forbidden(_ name: String) {
        let day = Self.day(name)
        day.link()
        let before = day.amount
        let scope = day.stage.manifest().authorization.scopes.last ?? ""
        day.stage.fault([
            "match": ["endpoint": "api"],
            "replace": [
                "status": 403, "body": "{}",
                "headers": [
                    "WWW-Authenticate": .string("Bearer error=\"insufficient_scope\", scope=\"\(scope)\"")
                ],
            ],
        ])
        day.stage.run(seconds: day.every * 7 / 6)
        #expect(day.first?.state == .needsConsent(.insufficientScope))
        #expect(day.first?.note?.contains(scope) == true)
        #expect(day.amount == before)
    }

    @Test(
        "403 insufficient_scope names what is needed: what of that is missing is asked for, and what nobody asks for is not"
    )
    func needed() {
        let day = Self.day("skyways")
        day.link()
        func challenge(_ scope: String) {
            day.stage.fault(["clear": true])
            day.stage.fault([
                "match": ["endpoint": "api"],
                "replace": [
                    "status": 403, "body": "{}",
                    "headers": ["WWW-Authenticate": .string("Bearer error=\"insufficient_scope\", scope=\"\(scope)\"")],
                ],
            ])
        }
        let before = day.amount
        challenge("loyalty.read loyalty.history")
        day.stage.run(seconds: day.every * 7 / 6)
        // The person could consent for ever: whoever runs purser has to ask for it first.
        #expect(day.first?.state == .active)
        #expect(day.first?.condition.cause?.contains("nobody asks for: loyalty.history; ") == true)
        #expect(day.first.map(Standing.of) == Standing(.lastValues, .operator, .checkClient))
        #expect(day.amount == before)
        day.stage.fault(["clear": true])
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.condition == .ok)
        challenge("loyalty.read")
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.state == .needsConsent(.insufficientScope))
        #expect(day.first?.note?.contains("loyalty.read was granted") == true)
        day.expectSound()
    }

    @Test(
        "a pull that is under way asks nothing more for a link that ends or rests meanwhile",
        arguments: Interruption.allCases)
    func interrupted(_ interruption: Interruption) {
        let day = Self.day("fuelclub")
        day.link()
        day.stage.run(seconds: 3600)
        guard let id = day.first?.id else { return #expect(Bool(false), "not linked") }
        let before = day.calls("api")
        day.stage.fault(["match": ["endpoint": "api"], "times": 1, "delayMilliseconds": 8_000])
        day.pull(seconds: 4)
        day.stage.act { door in await interruption.happens(door, id) }
        day.stage.run(seconds: 600)
        #expect(day.calls("api") == before + 1)
        #expect(day.stage.violations().isEmpty && day.stage.watchViolations.isEmpty)
    }

    enum Interruption: CaseIterable {
        case unlinked, paused, anotherClient

        func happens(_ door: Wallet, _ id: LinkID) async {
            switch self {
            case .unlinked: _ = try? await door.unlink(.first, id)
            case .paused: _ = try? await door.pause(.first, id)
            case .anotherClient:
                _ = try? await door.setClient(
                    "fuelclub",
                    ClientSetting(
                        clientID: "another", secret: Secret("s3cr3t-of-another"), redirectURI: nil, scopes: nil))
            }
        }
    }

    @Test("429 with Retry-After: waited for, said, and over afterwards", arguments: Shipped.names)
    func limited(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.run(seconds: 120)
        day.stage.fault([
            "match": ["endpoint": "api"], "times": 1,
            "replace": ["status": 429, "headers": ["Retry-After": "900"], "body": "{}"],
        ])
        let calls = day.calls("api")
        day.pull()
        #expect(day.first?.condition.kind == .rateLimited)
        #expect(day.calls("api") == calls + 1)
        day.stage.run(seconds: 1000)
        #expect(day.first?.condition == .ok)
    }

    @Test(
        "a provider that is down for an hour: the last values stay, with their age, and it heals by itself",
        arguments: Shipped.names)
    func down(_ name: String) {
        let day = Self.day(name)
        day.link()
        let before = day.amount
        let seen = day.stage.accounts()?["accounts"]?[0]?["observedAt"]?.string
        day.stage.run(seconds: day.every * 9 / 10 - 300)
        day.stage.setDown(true)
        day.stage.run(seconds: day.every / 5 + 3600)
        #expect(day.first?.state == .active)
        #expect(day.first?.condition.kind == .degraded)
        #expect(day.amount == before)
        #expect(day.stage.accounts()?["accounts"]?[0]?["observedAt"]?.string == seen)
        day.stage.setDown(false)
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.first?.condition == .ok)
        #expect(day.stage.accounts()?["accounts"]?[0]?["observedAt"]?.string != seen)
    }

    @Test("a kill in the middle of a pull loses nothing that was shown", arguments: Case.all(1...12))
    func killed(_ one: Case) {
        let day = Self.day(one.name)
        day.link()
        let before = day.stage.accounts()?["accounts"]?.array?.count
        day.stage.run(seconds: 120)
        day.stage.light(fuse: one.number)
        day.pull()
        day.stage.light(fuse: 0)
        day.stage.run(seconds: day.every * 4 / 3)
        #expect(day.stage.accounts()?["accounts"]?.array?.count == before)
        #expect(day.first?.condition.kind != .degraded)
        day.expectSound()
    }

    // Unlinking

    @Test("C76: unlink: revoked at the provider, every row gone, the receipt says so", arguments: Shipped.names)
    func unlink(_ name: String) {
        let day = Self.day(name)
        day.link()
        let id = day.first!.id
        let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .revoked)
        #expect(day.stage.links().isEmpty)
        #expect(day.stage.accounts()?["accounts"]?.array == [])
        #expect(day.calls("revoke") == 2)
    }

    @Test(
        "unlinked while a refresh is on its way: what still arrives is revoked too, and never used",
        arguments: Shipped.names)
    func unlinkInFlight(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.run(seconds: 2 * 3600)
        day.stage.fault(["match": ["endpoint": "token"], "times": 1, "delayMilliseconds": 12_000])
        let id = day.first!.id
        day.stage.act { door in _ = try? await door.requestPull(.first, id) }
        for _ in 0..<120 where day.calls("token") < 2 { day.stage.run(seconds: 1) }
        #expect(day.calls("token") == 2)
        let calls = day.calls("api")
        let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .revoked)
        #expect(day.calls("revoke") == 2)
        day.stage.run(seconds: 120)
        // An answer that brings no refresh token has none to be revoked.
        #expect(day.calls("revoke") == (day.rotates ? 4 : 3))
        #expect(day.calls("api") == calls)
        #expect(day.stage.links().isEmpty)
    }

    @Test(
        "C76: a provider that cannot revoke right now: the data goes at once, the revocation follows",
        arguments: Shipped.names)
    func revocationFails(_ name: String) {
        let day = Self.day(name)
        day.link()
        day.stage.fault([
            "match": ["endpoint": "revoke"], "times": 2, "replace": ["status": 503, "body": "", "unprocessed": true],
        ])
        let id = day.first!.id
        let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .pending)
        #expect(day.stage.links().isEmpty)
        day.stage.run(seconds: 3600)
        #expect(day.receipts.map(\.answer) == [.revoked])
    }

    @Test("C76: the network is away: the data goes at once all the same, the revocation follows when it is back")
    func revocationUnreachable() {
        let day = Self.day("skyways")
        day.link()
        day.stage.setDown(true)
        let id = day.first!.id
        let receipt = day.stage.perform { door, _ in try? await door.unlink(.first, id) } ?? nil
        #expect(receipt?.answer == .pending)
        #expect(day.stage.links().isEmpty)
        #expect(day.stage.accounts()?["accounts"]?.array == [])
        day.stage.run(seconds: 3 * 3600)
        #expect(day.receipts.map(\.answer) == [.pending] && day.calls("revoke") == 0)
        day.stage.setDown(false)
        day.stage.run(seconds: 12 * 3600)
        #expect(day.receipts.map(\.answer) == [.revoked] && day.calls("revoke") == 2)
        day.expectSound()
    }

    @Test("C76: a store that fails is told to whoever unlinks, nothing is called erased, and it is done when it can be")
    func revocationUnsaved() throws {
        let day = Self.day("skyways")
        day.link()
        let id = try #require(day.first?.id)
        func unlink() -> Result<Receipt?, StoreError>? {
            day.stage.perform { door, _ in
                do throws(StoreError) { return .success(try await door.unlink(.first, id)) } catch {
                    return .failure(error)
                }
            }
        }
        day.stage.setRefusals(perMille: 1000)
        guard case .failure? = unlink() else { return #expect(Bool(false), "no error was told") }
        #expect(day.receipts.isEmpty && day.calls("revoke") == 0)
        day.stage.setRefusals(perMille: 0)
        #expect(day.stage.links().map(\.id) == [id])
        guard case .success(let receipt?)? = unlink() else { return #expect(Bool(false), "not unlinked") }
        #expect(receipt.answer == .revoked && day.stage.links().isEmpty)
        #expect(day.receipts.map(\.answer) == [.revoked])
        day.expectSound()
    }

    @Test(
        "C76: a provider that cannot revoke refresh tokens, asked about them first, is asked about the access token all the same",
        arguments: [false, true])
    func revocationOfOneKind(isLater: Bool) {
        let day = Self.day("skyways")
        day.link()
        let revoke: JSON = ["endpoint": "revoke"]
        if isLater {
            day.stage.fault(["match": revoke, "times": 1, "replace": ["status": 503, "body": "", "unprocessed": true]])
        }
        day.stage.fault([
            "match": revoke, "times": 1, "after": .int(isLater ? 1 : 0),
            "replace": ["status": 400, "body": ["error": "unsupported_token_type"], "unprocessed": true],
        ])
        let id = day.first!.id
        _ = day.stage.perform { door, _ in try? await door.unlink(.first, id) }
        #expect(day.receipts.map(\.answer) == [isLater ? .pending : .gaveUp])
        day.stage.run(seconds: 3600)
        #expect(day.receipts.map(\.answer) == [.gaveUp])
        #expect(day.receipts.first?.detail == "refresh token: unsupported_token_type; access token: revoked")
        #expect(day.calls("revoke") == (isLater ? 3 : 2))
    }
}
