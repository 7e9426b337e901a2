import CLinux
public import Crypto
public import PurserEngine
import Threads
public import Wire

/// The system's wall clock.
public struct SystemClock: Clock {
    /// Names this run of the machine; where the kernel does not say, this process stands in for it.
    private static let boot: String = {
        let text = (try? FileSystem.read("/proc/sys/kernel/random/boot_id", limit: 64)).map {
            String(decoding: $0, as: UTF8.self).filter { $0.isHexDigit || $0 == "-" }
        }
        return text.flatMap { $0.isEmpty ? nil : $0 } ?? Hex.encode(SystemRandom.bytes(16))
    }()

    public init() {}
    public var now: Instant { Instant(milliseconds: clinux_now_milliseconds()) }
    public var uptime: Uptime { Uptime(boot: Self.boot, milliseconds: clinux_uptime_milliseconds()) }
    public func pause(milliseconds: Int64) async { try? await Task.sleep(for: .milliseconds(milliseconds)) }
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
