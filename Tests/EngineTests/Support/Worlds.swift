import Crypto
import PurserEngine
import Synchronization
import Wire

/// Bytes that count up: every draw differs, every run is the same.
final class CountingRandomness: Randomness {
    private let drawn: Mutex<UInt64>

    init(seed: UInt64 = 1) { drawn = Mutex(seed) }

    func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            drawn.withLock { state in
                // SplitMix64.
                state &+= 0x9E37_79B9_7F4A_7C15
                var mixed = state
                mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
                mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
                return UInt8(truncatingIfNeeded: (mixed ^ (mixed >> 31)) >> 24)
            }
        }
    }

    func secret(_ count: Int) -> Secret { Secret(copying: bytes(count)) }
}

/// Draws what it was told to, one list a draw; zeros when the script has ended.
final class ScriptedRandomness: Randomness {
    private let script: Mutex<[[UInt8]]>

    init(_ script: [[UInt8]]) { self.script = Mutex(script) }

    func bytes(_ count: Int) -> [UInt8] {
        script.withLock { script in
            guard !script.isEmpty else { return [UInt8](repeating: 0, count: count) }
            let next = script.removeFirst()
            return Array((next + [UInt8](repeating: 0, count: count)).prefix(count))
        }
    }

    func secret(_ count: Int) -> Secret { Secret(copying: bytes(count)) }
}

/// A clock that stands until it is moved.
final class StandingClock: Clock {
    private let at: Mutex<Instant>

    init(_ now: Instant = Fixture.now) { at = Mutex(now) }

    var now: Instant { at.withLock { $0 } }
    var uptime: Uptime { Uptime(boot: "standing", milliseconds: now.milliseconds) }
    func pause(milliseconds: Int64) async {}
    func advance(seconds: Int64) { at.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// Answers from a list, in order, and remembers what was asked.
final class ScriptedTransport: Transport {
    private struct State {
        var answers: [Result<HTTPResponse, TransportError>]
        var requests: [ProviderRequest] = []
    }
    private let state: Mutex<State>

    init(_ answers: [Result<HTTPResponse, TransportError>]) { state = Mutex(State(answers: answers)) }

    var requests: [ProviderRequest] { state.withLock { $0.requests } }
    var asked: [String] { requests.map(\.uri.text) }

    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        let next = state.withLock { state -> Result<HTTPResponse, TransportError>? in
            state.requests.append(request)
            return state.answers.isEmpty ? nil : state.answers.removeFirst()
        }
        guard let next else { throw .notSent("the script has ended") }
        return try next.get()
    }
}

struct FixedRootKey: RootKey {
    var bytes = [UInt8](repeating: 7, count: 32)
    var error: RootKeyError?

    func secret() throws(RootKeyError) -> Secret {
        if let error { throw error }
        return Secret(copying: bytes)
    }
}

struct NoSpawner: Spawner {
    func spawn(_ name: String, _ work: @escaping @Sendable () async -> Void) {}
}

struct NoLog: Log {
    func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)]) {}
}

extension World {
    static func test(
        _ store: any Store, root: any RootKey = FixedRootKey(), randomness: any Randomness = CountingRandomness(),
        clock: any Clock = StandingClock()
    ) -> World {
        World(
            clock: clock, randomness: randomness, transport: ScriptedTransport([]), store: store,
            rootKey: root, spawner: NoSpawner(), log: NoLog())
    }
}
