import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite("What a provider says of a grant's end")
struct GrantEndsTests {
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400
    private var now: Instant { Fixture.now }

    private func tokens(_ more: [(String, JSON)], refresh: JSON? = "rt") throws -> TokenResponse {
        var object = JSONObject([("access_token", "at"), ("token_type", "Bearer")])
        object["refresh_token"] = refresh
        for (name, value) in more { object[name] = value }
        return try Fixture.tokens(.object(object))
    }

    /// A generation that came so many seconds ago, with ends so many seconds from now.
    private func before(
        ago: Int64, refresh: Int64? = nil, moves: Bool? = nil, authorization: Int64? = nil
    ) -> TokenVersion {
        TokenVersion(
            generation: 1, sealedAccess: [1], sealedRefresh: [2], sealedIDToken: nil, scopes: ["read"],
            accessEndsAt: nil, refreshAheadAt: nil, receivedAt: now.adding(seconds: -ago),
            ends: GrantEnds(
                refresh: refresh.map { ToldEnd(at: now.adding(seconds: $0), moves: moves) },
                authorization: authorization.map { ToldEnd(at: now.adding(seconds: $0)) }))
    }

    // Reading

    @Test(
        "Both ends are read like expires_in: a number, a fraction or a text, and nothing absurd is believed",
        arguments: ["refresh_token_expires_in", "refresh_expires_in", "authorization_expires_in"],
        [
            ("3600", 3600), (#""3600""#, 3600), ("3599.9", 3599), (#""86400.92""#, 86_400), ("1", 1), ("1e3", 1000),
            ("315360000", 315_360_000), ("315360001", nil), ("0", nil), ("-0", nil), ("-1", nil), (#""-1""#, nil),
            ("0.5", nil), ("1e300", nil), ("9223372036854775808", nil), ("null", nil), ("true", nil), (#""soon""#, nil),
            (#""""#, nil), (#"" 60""#, nil), ("[60]", nil), ("{}", nil),
        ] as [(String, Int64?)])
    func reads(_ name: String, _ row: (String, Int64?)) throws {
        let tokens = try tokens([(name, JSON.parse(row.0))])
        let isOfRefresh = name != "authorization_expires_in"
        #expect(tokens.refreshExpiresIn == (isOfRefresh ? row.1 : nil))
        #expect(tokens.authorizationExpiresIn == (isOfRefresh ? nil : row.1))
        #expect(tokens.expiresIn == nil)
    }

    @Test("Keycloak's name counts only where the draft's is absent")
    func names() throws {
        let rows: [(JSON?, JSON?, Int64?)] = [
            (60, 90, 60), (nil, 90, 90), (60, nil, 60), (0, 90, nil), ("soon", 90, nil), (nil, 0, nil), (nil, nil, nil),
        ]
        for (draft, keycloak, wanted) in rows {
            var more: [(String, JSON)] = []
            if let draft { more.append(("refresh_token_expires_in", draft)) }
            if let keycloak { more.append(("refresh_expires_in", keycloak)) }
            #expect(try tokens(more).refreshExpiresIn == wanted, "\(more)")
        }
    }

    // What is made of it

    @Test("A code's answer counts from when it was sent, and whether an end moves is not known yet")
    func first() throws {
        let tokens = try tokens([("refresh_token_expires_in", 600), ("authorization_expires_in", 900)])
        let ends = GrantEnds.told(by: tokens, sentAt: now, after: nil)
        #expect(ends.refresh == ToldEnd(at: now.adding(seconds: 600), moves: nil))
        #expect(ends.authorization == ToldEnd(at: now.adding(seconds: 900), moves: nil))
        #expect(ends.consent == ends.authorization)
        #expect(GrantEnds.told(by: try self.tokens([]), sentAt: now, after: nil) == .untold)
        #expect(GrantEnds(refresh: ends.refresh).consent == ends.refresh && GrantEnds.untold.consent == nil)
    }

    @Test("A refresh that says nothing leaves the end of the token that it leaves; of another one nothing is known")
    func silent() throws {
        let old = before(ago: 3600, refresh: 5000, moves: true, authorization: 9000)
        for nothing in [nil, .null, ""] as [JSON?] {
            let ends = GrantEnds.told(by: try tokens([], refresh: nothing), sentAt: now, after: old)
            // Nothing was gained by it.
            #expect(ends.refresh == ToldEnd(at: now.adding(seconds: 5000), moves: false))
            #expect(ends.authorization == ToldEnd(at: now.adding(seconds: 9000), moves: false))
        }
        let other = GrantEnds.told(by: try tokens([], refresh: "another"), sentAt: now, after: old)
        #expect(other.refresh == nil)
        // The consent is the same.
        #expect(other.consent == ToldEnd(at: now.adding(seconds: 9000), moves: false))
        let untold = GrantEnds.told(by: try tokens([], refresh: nil), sentAt: now, after: before(ago: 3600))
        #expect(untold == .untold)
    }

    @Test(
        "An end moves if it went on with the time that passed; of two refreshes that follow at once nothing is told",
        arguments: [
            // ago, old end, what was known, said, moves
            (10 * day, 20 * day, nil, 30 * day, true), (10 * day, 20 * day, nil, 20 * day, false),
            (10 * day, 20 * day, true, 20 * day, false), (10 * day, 20 * day, false, 30 * day, true),
            // Rounded, and late by a minute.
            (hour, 30 * day, nil, 30 * day + hour - 60, true), (hour, 30 * day, nil, 30 * day + 60, false),
            // By half of what passed, to the second.
            (hour, day, nil, day + 1800, true), (hour, day, nil, day + 1799, false),
            // Sooner than before.
            (hour, day, true, 600, false),
            (119, day, nil, day, nil), (119, day, true, day, true), (120, day, true, day, false),
            (0, day, false, 2 * day, false), (-hour, day, nil, day, nil),
        ] as [(Int64, Int64, Bool?, Int64, Bool?)])
    func moves(_ ago: Int64, _ old: Int64, _ known: Bool?, _ said: Int64, _ wanted: Bool?) throws {
        let tokens = try tokens([("refresh_token_expires_in", .int(Int(said)))])
        let ends = GrantEnds.told(by: tokens, sentAt: now, after: before(ago: ago, refresh: old, moves: known))
        #expect(ends.refresh == ToldEnd(at: now.adding(seconds: said), moves: wanted))
    }

    @Test("An end that nobody told before has nothing to have moved from")
    func news() throws {
        let tokens = try tokens([("refresh_token_expires_in", 600), ("authorization_expires_in", 900)])
        let ends = GrantEnds.told(by: tokens, sentAt: now, after: before(ago: 3600))
        #expect(ends.refresh?.moves == nil && ends.authorization?.moves == nil)
    }

    // What is done about it

    @Test(
        "A grant is kept alive by the shorter of both words; what a refresh does not move, or is over within the hour, is not",
        arguments: [
            // folder, told, moves, wanted
            (nil, nil, nil, nil), (10 * day, nil, nil, 10 * day), (nil, 30 * day, nil, 30 * day),
            (nil, 30 * day, true, 30 * day), (nil, 30 * day, false, nil), (10 * day, 30 * day, true, 10 * day),
            (30 * day, 10 * day, true, 10 * day), (30 * day, 10 * day, false, 30 * day), (nil, hour, true, hour),
            (nil, 3500, true, 3500), (nil, 3499, true, nil), (day, 1800, true, day), (nil, 1, nil, nil),
            (nil, -hour, true, nil), (day, -hour, nil, day),
        ] as [(Int64?, Int64?, Bool?, Int64?)])
    func keepsAlive(_ folder: Int64?, _ told: Int64?, _ moves: Bool?, _ wanted: Int64?) {
        let grant = before(ago: 0, refresh: told, moves: moves, authorization: Self.hour)
        #expect(KeepAlive.idleSeconds(folder, grant) == wanted)
        #expect(KeepAlive.idleSeconds(folder, grant.ends, receivedAt: now) == wanted)
    }

    @Test("A link is worked on when its grant ends by its provider's word, once, and not for one of less than an hour")
    func dueAtTheEnd() {
        let far = now.adding(seconds: 14 * Self.day)
        func due(_ grant: TokenVersion, _ regular: Instant? = nil) -> Int64 {
            KeepAlive.due(regular ?? far, grant, idleSeconds: nil, now: now).milliseconds(since: now) / 1000
        }
        #expect(due(before(ago: 60, refresh: 2 * Self.day, moves: false)) == 2 * Self.day + 60)
        #expect(due(before(ago: 60, refresh: 3 * Self.day, moves: false, authorization: Self.day)) == Self.day + 60)
        #expect(due(before(ago: 60, refresh: 2 * Self.day, moves: false), now.adding(seconds: 9)) == 9)
        // It is over, and this work was about that.
        #expect(due(before(ago: Self.day, refresh: -60, moves: false)) == 14 * Self.day)
        #expect(due(before(ago: Self.day, refresh: -59, moves: false)) == 1)
        #expect(due(before(ago: 0, refresh: 600, moves: false)) == 14 * Self.day)
        #expect(due(before(ago: Self.day, refresh: 600, moves: false)) == 660)
    }

    @Test("After downtime a grant that is near its told end goes first, if a refresh moves it")
    func catchesUp() {
        let manifest = Fixture.provider().manifest
        for (moves, wanted) in [(true, [DueRank.atRisk]), (nil, [.atRisk]), (false, [])] as [(Bool?, [DueRank])] {
            let grant = before(ago: 9 * Self.day, refresh: Self.day, moves: moves)
            let link = OverdueLink(
                wallet: .first, link: Fixture.linkID, provider: "testair", rank: .ordinary,
                receivedAt: grant.receivedAt, ends: grant.ends)
            let found = CatchUp.moves([link], now: now, CountingRandomness()) { _ in manifest }
            #expect(found.map(\.rank) == wanted, "\(String(describing: moves))")
        }
    }

    // What becomes of it

    private func sealed(_ seat: Seat, _ tokens: TokenResponse, after before: TokenVersion?) throws -> TokenVersion {
        try seat.sealed(
            tokens, generation: 2, keeping: Secret("old"), after: before, boundTo: nil, Fixture.metadata(),
            of: Fixture.intent, receivedAt: now.adding(seconds: 5), CountingRandomness())
    }

    @Test("Tokens are sealed with their ends, and a strict grant that dies unused is refreshed at a third of that")
    func seals() throws {
        let seat = Fixture.seat()
        let told = try tokens([("refresh_token_expires_in", .int(Int(3 * Self.day)))])
        let first = try sealed(seat, told, after: nil)
        #expect(first.ends == GrantEnds(refresh: ToldEnd(at: now.adding(seconds: 3 * Self.day))))
        #expect(first.refreshAheadAt == now.adding(seconds: (3 * Self.day - 5) / 3))
        let fixed = try sealed(seat, told, after: before(ago: Self.day, refresh: 3 * Self.day))
        #expect(fixed.ends.refresh?.moves == false && fixed.refreshAheadAt == nil)
        let silent = try sealed(seat, try tokens([], refresh: nil), after: before(ago: Self.day, refresh: Self.day))
        #expect(silent.ends.refresh == ToldEnd(at: now.adding(seconds: Self.day), moves: false))
        #expect(seat.idleSeconds(first) == 3 * Self.day - 5 && seat.idleSeconds(fixed) == nil)
    }

    @Test("A grant that goes over to an older link of the same member takes its ends along")
    func merges() throws {
        let seat = Fixture.seat()
        let told = try tokens([("refresh_token_expires_in", 7200), ("authorization_expires_in", 9000)])
        let grant = try sealed(seat, told, after: before(ago: 3600, refresh: 9000, moves: true))
        let moved = seat.resealed(grant, asNextOf: Fixture.link(), under: Fixture.dataKey(byte: 8), from: nil)
        #expect(moved?.ends == grant.ends && grant.ends.authorization != nil && grant.ends.refresh?.moves == false)
    }

    @Test("A link says when its consent ends by its newest tokens, and nothing where those say nothing")
    func links() throws {
        var link = Fixture.link()
        func shown() throws -> JSON { try JSON.parse(LinkFragment.rendered(link)) }
        #expect(try shown()["consentEndsAt"] == nil)
        link.commit(before(ago: 0, refresh: 60, moves: true))
        #expect(link.consentEndsAt == now.adding(seconds: 60) && link.consentEndMoves == true)
        #expect(try shown()["consentEndsAt"] == .string(now.adding(seconds: 60).rfc3339))
        #expect(try shown()["consentEndMoves"] == true)
        link.commit(before(ago: 0, refresh: 60, moves: true, authorization: 600))
        #expect(link.consentEndsAt == now.adding(seconds: 600) && link.consentEndMoves == nil)
        #expect(try shown()["consentEndMoves"] == nil)
        var older = Fixture.link(.needsConsent(.invalidGrant))
        older.takeOver(before(ago: 0, refresh: 90, moves: false), from: link, now: now)
        #expect(older.consentEndsAt == now.adding(seconds: 90) && older.consentEndMoves == false)
        // Where the grant is no longer, its end is nothing to look out for.
        link.merge(into: older.id, now: now)
        let merged = try shown()
        #expect(merged["consentEndsAt"] == nil && merged["consentEndMoves"] == nil)
        older.commit(before(ago: 0))
        #expect(older.consentEndsAt == nil && older.consentEndMoves == nil)
    }
}
