import PurserSimulation
import Testing
import Wire

@testable import PurserEngine

/// Claims taken by hand, past the clockwork, so that a test says who works on a link and when.
enum Claiming {
    /// The only link, whenever it is due: nobody else touches it for so long.
    static func hold(_ day: Day, seconds: Int64) throws -> Claim {
        let claim = day.stage.perform { door, _ -> Claim? in await take(door, seconds: seconds, evenIfNotDue: true) }
        return try #require(claim ?? nil)
    }

    /// The only link, as if the claim of whoever had it had just lapsed.
    static func takeOver(_ door: Wallet, seconds: Int64 = Limits.claimSeconds) async -> Claim? {
        await take(door, seconds: seconds, evenIfNotDue: true)
    }

    private static func take(_ door: Wallet, seconds: Int64, evenIfNotDue: Bool) async -> Claim? {
        let now = door.world.clock.now
        let claims = try? await door.world.store.write { verbs throws(StoreError) in
            try verbs.releaseClaims(now: now)
            let when = evenIfNotDue ? now.adding(seconds: 30 * 86_400) : now
            return try verbs.claimDue(now: when, until: now.adding(seconds: seconds), limit: 1, underWay: [])
        }
        return claims?.first
    }
}

extension Day {
    /// When each request to the token endpoint arrived.
    var tokenTimes: [Instant] {
        stage.requests.compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 5, words[2] == "POST", words[3].hasSuffix("/token") else { return nil }
            return Instant(rfc3339: String(words[0]))
        }
    }

    /// What happened to the first link's grant, by kind.
    var story: [String] {
        guard let id = first?.id else { return [] }
        let found = try? stage.read { reads throws(StoreError) in try reads.custodyEvents(.first, id) }
        return (found ?? []).map(\.kind)
    }
}
