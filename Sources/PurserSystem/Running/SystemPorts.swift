import CLinux
public import Crypto
public import PurserEngine
import Threads
public import Wire

/// The system's wall clock.
public struct SystemClock: Clock {
    public init() {}
    public var now: Instant { Instant(milliseconds: clinux_now_milliseconds()) }
}

/// The system's generator.
public struct SystemRandomness: Randomness {
    public init() {}
    public func bytes(_ count: Int) -> [UInt8] { SystemRandom.bytes(count) }
    public func secret(_ count: Int) -> Secret { SystemRandom.secret(count) }
}

/// Runs work on the cooperative pool and counts it. Work is never cancelled.
public final class SystemSpawner: Spawner {
    private struct State {
        var running = 0
        var whenOneEnds: (@Sendable () -> Void)?
    }

    private let state = Lock(State())

    public init() {}

    /// Work under way.
    public var running: Int { state.withLock { $0.running } }

    /// Calls this whenever work has ended: a slot is free.
    public func whenOneEnds(_ call: @escaping @Sendable () -> Void) { state.withLock { $0.whenOneEnds = call } }

    public func spawn(_ name: String, _ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.running += 1 }
        Task {
            await work()
            let call = state.withLock { state in
                state.running -= 1
                return state.whenOneEnds
            }
            call?()
        }
    }
}

/// Real time passes. What is cut short goes on sooner, which harms nobody.
public struct SystemSleeper: Sleeper {
    public init() {}
    public func sleep(milliseconds: Int64) async { try? await Task.sleep(for: .milliseconds(milliseconds)) }
}

/// One line an event on standard error: time, level, event, then `name=value` pairs.
///
/// Values are ids, numbers and words of ours; a provider's own words arrive made harmless.
public struct ErrorLog: Log {
    private let least: LogLevel

    public init(least: LogLevel = .info) { self.least = least }

    public func write(_ level: LogLevel, _ event: String, _ fields: [(String, String)]) {
        guard level >= least else { return }
        var line = "\(SystemClock().now.rfc3339) \(Self.word(level)) \(event)"
        for (name, value) in fields where !value.isEmpty { line += " \(name)=\(Self.quoted(value))" }
        Console.error(line + "\n")
    }

    private static func word(_ level: LogLevel) -> String {
        switch level {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        return isPlain ? value : JSON.string(value).text
    }
}
