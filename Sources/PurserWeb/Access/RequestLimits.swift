import PurserEngine
import Threads
import Wire

/// How often a token may be used, and how often an address may be wrong about one. Kept in memory, bounded.
public final class RequestLimits: Sendable {
    /// A token: 100 at once, ten a second. An address: 10 wrong tokens at once, one more every six seconds.
    static let perToken = Rate(burst: 100, intervalMilliseconds: 100)
    static let wrongPerPeer = Rate(burst: 10, intervalMilliseconds: 6000)
    private static let most = 4096

    private let tokens = Lock(RateTable<TokenID>(perToken, most: most))
    private let peers = Lock(RateTable<String>(wrongPerPeer, most: most))

    public init() {}

    /// Nil: go on; else how many seconds to wait.
    func use(of token: TokenID, now: Instant) -> Int64? {
        tokens.withLock { $0.use(token, now: now) }.map(Self.seconds)
    }

    /// Nil: it is counted; else how many seconds to wait.
    func wrongToken(from peer: String, now: Instant) -> Int64? {
        peers.withLock { $0.use(peer, now: now) }.map(Self.seconds)
    }

    private static func seconds(_ milliseconds: Int64) -> Int64 { max(1, (milliseconds + 999) / 1000) }
}
