import PurserEngine
import Threads
import Wire

/// How often a token may be used, and how often an address may be wrong about one. Kept in memory, bounded.
public final class RequestLimits: Sendable {
    /// A token: 100 at once, ten a second. An address: 10 wrong tokens at once, one more every six seconds.
    static let perToken = Rate(burst: 100, intervalMilliseconds: 100)
    static let wrongPerPeer = Rate(burst: 10, intervalMilliseconds: 6000)
    /// Lines about wrong tokens in the log, from all addresses together: 60 at once, one a second.
    static let wrongInLog = Rate(burst: 60, intervalMilliseconds: 1000)
    private static let most = 4096

    private let tokens = Lock(RateTable<TokenID>(perToken, most: most))
    /// By issuer, person and client.
    private let signed = Lock(RateTable<String>(perToken, most: most))
    private let peers = Lock(RateTable<String>(wrongPerPeer, most: most))
    private let lines = Lock(RateTable<Bool>(wrongInLog, most: 1))

    public init() {}

    /// Nil: go on; else how many seconds to wait.
    func use(of token: TokenID, now: Instant) -> Int64? {
        tokens.withLock { $0.use(token, now: now) }.map(Self.seconds)
    }

    /// The same for whoever comes with signed tokens.
    func use(ofSigned who: String, now: Instant) -> Int64? {
        signed.withLock { $0.use(who, now: now) }.map(Self.seconds)
    }

    /// Nil: it is counted; else how many seconds to wait.
    func wrongToken(from peer: String, now: Instant) -> Int64? {
        peers.withLock { $0.use(peer, now: now) }.map(Self.seconds)
    }

    /// Whether a wrong token may be a line in the log: nobody fills a disk by guessing from many addresses.
    func mayLogWrongToken(now: Instant) -> Bool { lines.withLock { $0.use(true, now: now) } == nil }

    private static func seconds(_ milliseconds: Int64) -> Int64 { max(1, (milliseconds + 999) / 1000) }
}
