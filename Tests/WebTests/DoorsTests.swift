import Glibc
import HTTPClient
import HTTPServer
import PurserEngine
import PurserWeb
import TestSupport
import Testing
import Threads
import Wire

/// Doors over real sockets, by a clock that goes on when it is told to.
@Suite("Doors for authorization responses")
struct DoorsTests {
    /// Time that stands still: whoever pauses goes on once that much was let pass, counted from the beginning.
    private final class HeldClock: Clock {
        private let state = Lock(
            (waiting: [(milliseconds: Int64, CheckedContinuation<Void, Never>)](), passed: Int64(0)))
        var now: Instant { Instant(milliseconds: 1_800_000_000_000 + state.withLock { $0.passed }) }
        var uptime: Uptime { Uptime(boot: "held", milliseconds: state.withLock { $0.passed }) }

        func pause(milliseconds: Int64) async {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if milliseconds <= state.passed { return true }
                    state.waiting.append((milliseconds, continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        }

        func pass(milliseconds: Int64) {
            let over = state.withLock { state in
                state.passed += milliseconds
                let over = state.waiting.filter { $0.milliseconds <= state.passed }
                state.waiting.removeAll { $0.milliseconds <= state.passed }
                return over
            }
            for (_, continuation) in over { continuation.resume() }
        }
    }

    /// What is logged, for whoever waits for it.
    private final class HeardLog: Log {
        let events: AsyncStream<String>
        private let feed: AsyncStream<String>.Continuation
        init() { (events, feed) = AsyncStream.makeStream() }
        func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)]) {
            feed.yield(([event] + fields.map { "\($0)=\($1)" }).joined(separator: " "))
        }
        func wait(for event: String) async { for await heard in events where heard == event { return } }
    }

    private static let hasIPv6: Bool = {
        guard let listener = try? HTTPServer.listen(tcp: "::1", port: 0) else { return false }
        close(listener.descriptor)
        return true
    }()

    private let clock = HeldClock()
    private let log = HeardLog()
    private let doors: Doors
    private let port: Int
    private let minutes: Int64 = 60_000

    init() throws {
        doors = Doors(clock: clock, log: log)
        doors.attend { _ in Answer(.text("here")) }
        let free = try HTTPServer.listen(tcp: "127.0.0.1", port: 0)
        port = free.port
        close(free.descriptor)
    }

    private func uri(_ host: String) throws -> URI { try #require(URI("http://\(host):\(port)/oauth/skyways")) }

    private func isOpen(_ host: String = "127.0.0.1") async -> Bool {
        let port = port
        return await beside {
            (try? HTTPClient(.tcp(host: host, port: port)).send(
                HTTPRequest("GET", "/"), timeoutSeconds: Patience.seconds)) != nil
        }
    }

    @Test("C39: a door closes when the time for its link's answer is over, and no sooner", .timeLimit(.minutes(1)))
    func over() async throws {
        let link = LinkID(rawValue: "lnk_first")
        doors.keep(try doors.open(uri("127.0.0.1")), for: link, until: clock.now.adding(seconds: 600))
        clock.pass(milliseconds: 10 * minutes - 1)
        #expect(await isOpen())
        clock.pass(milliseconds: 1)
        await log.wait(for: "door closed port=\(port)")
        #expect(await !isOpen())
    }

    @Test(
        "C39: a redirect URI of localhost is listened to at both of its addresses, one of [::1] there",
        .enabled(if: hasIPv6))
    func addresses() async throws {
        let hold = try doors.open(uri("localhost"))
        for host in ["127.0.0.1", "::1"] { #expect(await isOpen(host)) }
        doors.release(hold)
        for host in ["127.0.0.1", "::1"] { #expect(await !isOpen(host)) }
        let other = try doors.open(uri("[::1]"))
        #expect(await isOpen("::1"))
        #expect(await !isOpen("127.0.0.1"))
        doors.release(other)
    }

    @Test("C39: two links at one door: it stays open for the one that still waits, and closes with it")
    func two() async throws {
        for (name, seconds) in [("lnk_first", 60), ("lnk_second", 600)] as [(String, Int64)] {
            doors.keep(
                try doors.open(uri("127.0.0.1")), for: LinkID(rawValue: name), until: clock.now.adding(seconds: seconds)
            )
        }
        doors.close(LinkID(rawValue: "lnk_first"))
        #expect(await isOpen())
        clock.pass(milliseconds: 5 * minutes)
        #expect(await isOpen())
        doors.close(LinkID(rawValue: "lnk_second"))
        #expect(await !isOpen())
        // The time of a link whose answer came is nothing to the next one at this port.
        doors.keep(
            try doors.open(uri("127.0.0.1")), for: LinkID(rawValue: "lnk_third"), until: clock.now.adding(seconds: 6000)
        )
        clock.pass(milliseconds: 10 * minutes)
        #expect(await isOpen())
        doors.stop()
        #expect(await !isOpen())
        #expect(throws: DoorProblem.self) { try doors.open(uri("127.0.0.1")) }
    }
}
