import CLinux
import Crypto
import Glibc
public import PurserEngine
import Threads
import Wire

// A file of fixed size, given its room when the daemon starts, so that a full disk cannot take it away. Records follow
// each other from the beginning: length (u32, big-endian), the first 8 bytes of the record's SHA-256, the record. A length
// of nothing ends them; so does a record that was cut short or changed, and what comes after it.

/// The escrow beside the database: `purser.escrow`, readable for its owner only.
public final class EscrowFile: Escrow {
    /// Room for a thousand ordinary answers, or some sixty of the largest that are read.
    public static let capacity = 4 << 20
    /// Less free space than this, and nothing is sent whose answer would have to be saved.
    private static let reserve: UInt64 = 8 << 20
    private static let headCount = 12

    private struct State {
        var used: Int
    }

    private let path: String
    private let descriptor: Int32
    private let state: Lock<State>

    /// Opens the file. Where that cannot be, nothing is ever sent that would have to be saved, and `problem` says why.
    public static func open(_ path: String) -> any Escrow {
        do throws(EscrowError) { return try EscrowFile(path) } catch { return ClosedEscrow(error) }
    }

    /// Opens the file, or makes it with all its room.
    public init(_ path: String) throws(EscrowError) {
        self.path = path
        descriptor = clinux_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failed("cannot be opened") }
        guard fchmod(descriptor, 0o600) == 0 else { throw Self.failed("cannot be made private") }
        let code = posix_fallocate(descriptor, 0, off_t(Self.capacity))
        guard code == 0 else { throw Self.failed("cannot be given its room", code) }
        fsync(descriptor)
        state = Lock(State(used: 0))
        let used = Self.walk(descriptor).end
        state.withLock { $0.used = used }
    }

    deinit { close(descriptor) }

    private static func failed(_ what: String, _ number: Int32 = errno) -> EscrowError {
        EscrowError("purser's disk fails: the escrow file \(what): \(String(cString: strerror(number)).lowercased())")
    }

    public var isEmpty: Bool { state.withLock { $0.used == 0 } }

    public func problem() -> String? {
        let used = state.withLock { $0.used }
        guard used + Limits.tokenAnswerBytes * 2 <= Self.capacity else {
            return "purser's disk cannot be written for so long that the escrow is full"
        }
        var room = statvfs()
        guard fstatvfs(descriptor, &room) == 0 else { return "purser's disk does not answer" }
        let free = UInt64(room.f_bavail) * UInt64(room.f_frsize)
        return free < Self.reserve ? "purser's disk is nearly full" : nil
    }

    public func keep(_ record: [UInt8]) async throws(EscrowError) {
        try await apart { () throws(EscrowError) in try self.append(record) }
    }

    public func records() async -> [[UInt8]] {
        (try? await apart { () throws(EscrowError) in Self.walk(self.descriptor).records }) ?? []
    }

    public func clear(_ taken: [[UInt8]]) async throws(EscrowError) {
        try await apart { () throws(EscrowError) in
            let result = self.state.withLock { state -> Result<Void, EscrowError> in
                guard Self.walk(self.descriptor).records.allSatisfy(taken.contains) else { return .success(()) }
                do throws(EscrowError) {
                    // The first length is what says that there is anything; the rest is wiped after it.
                    try Self.write([UInt8](repeating: 0, count: Self.headCount), at: 0, self.descriptor)
                    try Self.write([UInt8](repeating: 0, count: state.used), at: 0, self.descriptor)
                    state.used = 0
                    return .success(())
                } catch { return .failure(error) }
            }
            try result.get()
        }
    }

    private func append(_ record: [UInt8]) throws(EscrowError) {
        let head = Self.length(record.count) + Hash.sha256(record).prefix(8)
        let result = state.withLock { state -> Result<Void, EscrowError> in
            guard state.used + Self.headCount + record.count + 4 <= Self.capacity else {
                return .failure(EscrowError("the escrow is full"))
            }
            do throws(EscrowError) {
                try Self.write(head + record + [0, 0, 0, 0], at: state.used, descriptor)
                state.used += Self.headCount + record.count
                return .success(())
            } catch { return .failure(error) }
        }
        try result.get()
    }

    /// Waits for a disk on a thread of its own.
    private func apart<R: Sendable>(
        _ work: @escaping @Sendable () throws(EscrowError) -> R
    ) async throws(EscrowError) -> R {
        let outcome = await withCheckedContinuation { (done: CheckedContinuation<Result<R, EscrowError>, Never>) in
            OwnThread.start("purser-escrow") {
                do throws(EscrowError) { done.resume(returning: .success(try work())) } catch {
                    done.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }

    private static func length(_ count: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
    }

    /// Durable when it returns.
    private static func write(_ bytes: [UInt8], at offset: Int, _ descriptor: Int32) throws(EscrowError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failed("cannot be written") }
            done += count
        }
        guard fdatasync(descriptor) == 0 else { throw failed("cannot be made durable") }
    }

    private static func walk(_ descriptor: Int32) -> (records: [[UInt8]], end: Int) {
        var records: [[UInt8]] = []
        var at = 0
        while let head = read(headCount, at: at, descriptor) {
            let count = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
            guard count > 0, at + headCount + count <= capacity,
                let record = read(count, at: at + headCount, descriptor),
                Hash.sha256(record).prefix(8).elementsEqual(head[4...])
            else { break }
            records.append(record)
            at += headCount + count
        }
        return (records, at)
    }

    private static func read(_ count: Int, at offset: Int, _ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            done += got
        }
        return bytes
    }
}

/// An escrow that could not be opened.
private struct ClosedEscrow: Escrow {
    private let error: EscrowError

    init(_ error: EscrowError) { self.error = error }

    func problem() -> String? { error.description }
    func keep(_ record: [UInt8]) async throws(EscrowError) { throw error }
    func records() async -> [[UInt8]] { [] }
    var isEmpty: Bool { true }
    func clear(_ taken: [[UInt8]]) async throws(EscrowError) {}
}
