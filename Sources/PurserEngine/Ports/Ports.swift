public import Crypto
public import Wire

/// What time it is.
public protocol Clock: Sendable {
    /// The wall clock: what people see, and what may be set.
    var now: Instant { get }
    /// A clock that only counts on, sleep of the machine included.
    var uptime: Uptime { get }
    /// Suspends the caller for so long.
    func pause(milliseconds: Int64) async
}

extension Clock {
    var moment: Moment { Moment(wall: now, up: uptime) }
}

/// Where random bytes come from. In the real world the system's generator; a seeded one in simulation.
public protocol Randomness: Sendable {
    func bytes(_ count: Int) -> [UInt8]
    /// Bytes that become a key: drawn apart from what is shown (the system's private generator).
    func secret(_ count: Int) -> Secret
}

extension Randomness {
    /// A uniform number in `0..<bound`; `bound` is above 0.
    public func below(_ bound: Int64) -> Int64 {
        let limit = UInt64.max - UInt64.max % UInt64(bound)
        while true {
            let drawn = bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            if drawn < limit { return Int64(drawn % UInt64(bound)) }
        }
    }
}

/// The secret that everything at rest hangs on, from outside the database.
public protocol RootKey: Sendable {
    /// 32 bytes.
    func secret() throws(RootKeyError) -> Secret
}

/// Why there is no root secret. Never a reason to make another one for an existing database.
public enum RootKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    case missing(String)
    case unfit(String)

    public var description: String {
        switch self {
        case .missing(let what), .unfit(let what): what
        }
    }
}

/// Starts work that outlives its caller. Work begun is never cancelled: a half-sent refresh must see its answer.
public protocol Spawner: Sendable {
    func spawn(_ name: String, _ work: @escaping @Sendable () async -> Void)
}

/// Where the engine says what it did. Values are words, ids and numbers; a secret has no way in.
public protocol Log: Sendable {
    func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)])
}

/// How much a log line matters.
public enum LogLevel: Int, Sendable, Comparable {
    case debug, info, warning, error
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
