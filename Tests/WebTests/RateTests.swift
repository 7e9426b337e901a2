import PurserEngine
import Testing
import Wire

@testable import PurserWeb

@Suite("Rates")
struct RateTests {
    private let rate = Rate(burst: 3, intervalMilliseconds: 1000)
    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: 1_800_000_000_000 + milliseconds) }

    @Test(
        "so many at once, then one each interval, and no more than the burst is ever saved up",
        arguments: [
            (nil, 0, .allowed(earnedAt: 1000)), (1000, 0, .allowed(earnedAt: 2000)),
            (2000, 0, .allowed(earnedAt: 3000)),
            (3000, 0, .refused(1000)), (3000, 1, .refused(999)), (3000, 999, .refused(1)),
            (3000, 1000, .allowed(earnedAt: 4000)), (4000, 1000, .refused(1000)),
            (3000, 3000, .allowed(earnedAt: 4000)),
            (3000, 90_000, .allowed(earnedAt: 91_000)),
            // The clock was set back a day: nobody waits a day for it.
            (3000, -86_400_000, .allowed(earnedAt: -86_399_000)),
        ] as [(Int64?, Int64, Verdict)])
    func decide(_ earnedAt: Int64?, _ now: Int64, _ verdict: Verdict) {
        let expected: Rate.Verdict =
            switch verdict {
            case .allowed(let moment): .allowed(earnedAt: at(moment))
            case .refused(let wait): .refused(waitMilliseconds: wait)
            }
        #expect(rate.decide(earnedAt.map(at), now: at(now)) == expected)
    }

    enum Verdict: Sendable {
        case allowed(earnedAt: Int64)
        case refused(Int64)
    }

    @Test("a table holds so many keys and no more; whoever has earned all goes first, the one in deepest debt stays")
    func bounded() {
        var table = RateTable<Int>(rate, most: 4)
        for _ in 0..<3 { #expect(table.use(0, now: at(0)) == nil) }
        #expect(table.use(0, now: at(0)) == 1000)
        for key in 1...100 {
            #expect(table.use(key, now: at(0)) == nil)
            #expect(table.moments.count <= 4)
        }
        #expect(table.use(0, now: at(0)) == 1000)
        #expect(table.use(200, now: at(5000)) == nil)
        #expect(table.moments.count == 1)
    }

    @Test("the names it answers to: loopback's, the public one, with the port or without where it is the usual one")
    func names() {
        let plain = OurNames(listen: URI("http://127.0.0.1:7878"), address: nil)
        let proxied = OurNames(listen: URI("http://127.0.0.1:7878"), address: URI("https://purser.example/wallet"))
        let direct = OurNames(listen: URI("https://192.0.2.5:443"), address: nil)
        let wild = OurNames(listen: URI("https://[::]:8443"), address: URI("https://purser.example:8443"))
        let table: [(OurNames, String, Bool)] = [
            (plain, "127.0.0.1:7878", true), (plain, "LocalHost:7878", true), (plain, "[::1]:7878", true),
            (plain, "127.0.0.1", false), (plain, "purser.example", false), (plain, "127.0.0.1:7878 ", false),
            (plain, "127.0.0.1:7878\0", false), (plain, "user@127.0.0.1:7878", false),
            (plain, "127.0.0.1.:7878", false),
            (proxied, "purser.example", true), (proxied, "Purser.Example:443", true), (proxied, "127.0.0.1:7878", true),
            (proxied, "purser.example:7878", false), (proxied, "evil.example", false),
            (direct, "192.0.2.5", true), (direct, "192.0.2.5:443", true), (direct, "192.0.2.5:80", false),
            (wild, "purser.example:8443", true), (wild, "purser.example", false), (wild, "localhost:8443", true),
        ]
        for (names, host, fits) in table { #expect(names.fit([host]) == fits, "\(host)") }
        #expect(!plain.fit([]))
        #expect(!plain.fit(["127.0.0.1:7878", "127.0.0.1:7878"]))
    }
}
