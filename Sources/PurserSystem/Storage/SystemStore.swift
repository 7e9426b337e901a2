import CLinux
public import PurserEngine
import PurserStore
import Threads

/// The store port over SQLite: one thread writes, with group commit; two threads read.
public final class SystemStore: Store {
    private static let readers = 2

    private let writer: WriterThread
    private let readers: ReaderThreads
    /// What was written last before this start may be missing (`StoreWriter.lostLog`).
    public let lostLog: Bool

    /// Opens or makes the database at `path`.
    public init(path: String) throws(StoreError) {
        let opened = try SQLiteFile.open(path: path)
        lostLog = opened.lostLog
        var open: [StoreReader] = []
        for _ in 0..<Self.readers { open.append(try SQLiteFile.openReader(path: path)) }
        writer = WriterThread(opened)
        readers = ReaderThreads(open)
    }

    public func write<R: Sendable>(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let outcome = await withCheckedContinuation { (answer: CheckedContinuation<Result<R, StoreError>, Never>) in
            let writer = writer
            writer.submit(TypedJob(verb) { answer.resume(returning: $0) })
        }
        return try outcome.get()
    }

    public func read<R: Sendable>(
        _ look: @escaping @Sendable (any StoreReads) throws(StoreError) -> R
    ) async throws(StoreError) -> R {
        let outcome = await withCheckedContinuation { (answer: CheckedContinuation<Result<R, StoreError>, Never>) in
            readers.submit { reader in
                guard let reader else { return answer.resume(returning: .failure(.closed)) }
                do throws(StoreError) {
                    let result = try reader.read(look)
                    answer.resume(returning: .success(result))
                } catch { answer.resume(returning: .failure(error)) }
            }
        }
        return try outcome.get()
    }

    /// Finishes what was submitted, empties the log into the database and closes it.
    public func close() {
        readers.close()
        writer.close()
    }
}

/// Something for the writer to do, and somebody to tell when it is durable.
class WriteJob: @unchecked Sendable {
    // Ownership: handed to the writer's thread by submission; nobody else touches it after.
    fileprivate init() {}
    func run(_ writer: StoreWriter) {}
    func finish(_ failure: StoreError?) {}
}

private final class TypedJob<R: Sendable>: WriteJob, @unchecked Sendable {
    private let verb: @Sendable (any StoreVerbs) throws(StoreError) -> R
    private let answer: (Result<R, StoreError>) -> Void
    private var result: Result<R, StoreError> = .failure(.closed)

    init(
        _ verb: @escaping @Sendable (any StoreVerbs) throws(StoreError) -> R,
        _ answer: @escaping (Result<R, StoreError>) -> Void
    ) {
        self.verb = verb
        self.answer = answer
        super.init()
    }

    override func run(_ writer: StoreWriter) {
        do throws(StoreError) { result = .success(try writer.run(verb)) } catch { result = .failure(error) }
    }

    override func finish(_ failure: StoreError?) { answer(failure.map { .failure($0) } ?? result) }
}

/// The thread that owns the writing connection. It takes the whole queue per turn: begin, every job in a savepoint of
/// its own, commit, and only then are they told. The batch tunes itself to the disk.
private final class WriterThread: Sendable {
    private struct Queue {
        var jobs: [WriteJob] = []
        var isClosed = false
    }

    /// After so long without a job, the log is emptied into the database.
    private static let idleMilliseconds: Int64 = 1000

    private let queue = Lock(Queue())
    private let bell = Gate()
    private let ended = Gate()

    init(_ writer: StoreWriter) {
        let (queue, bell, ended) = (queue, bell, ended)
        OwnThread.start("purser-store") {
            var hasWritten = false
            var emptiedAt = clinux_uptime_milliseconds()
            while true {
                if !bell.wait(milliseconds: hasWritten ? Self.idleMilliseconds : nil) {
                    // Also takes what was erased out of the log.
                    hasWritten = (try? writer.checkpoint()) != true
                    continue
                }
                let (jobs, isClosed) = queue.withLock { queue in
                    defer { queue.jobs = [] }
                    return (queue.jobs, queue.isClosed)
                }
                if !jobs.isEmpty {
                    Self.turn(jobs, writer)
                    hasWritten = true
                }
                // Under constant load nobody idles; what was erased must not stay in the log for long all the same.
                if writer.hasErased, clinux_uptime_milliseconds() - emptiedAt >= Self.idleMilliseconds {
                    _ = try? writer.checkpoint()
                    emptiedAt = clinux_uptime_milliseconds()
                }
                if isClosed { break }
            }
            _ = try? writer.checkpoint()
            writer.close()
            ended.open()
        }
    }

    private static func turn(_ jobs: [WriteJob], _ writer: StoreWriter) {
        var failure: StoreError?
        do throws(StoreError) {
            try writer.begin()
            for job in jobs { job.run(writer) }
            try writer.commit()
        } catch {
            writer.rollBack()
            failure = error
        }
        for job in jobs { job.finish(failure) }
    }

    func submit(_ job: WriteJob) {
        let (isClosed, mustRing) = queue.withLock { queue -> (Bool, Bool) in
            guard !queue.isClosed else { return (true, false) }
            queue.jobs.append(job)
            return (false, queue.jobs.count == 1)
        }
        if isClosed { return job.finish(.closed) }
        if mustRing { bell.open() }
    }

    func close() {
        let wasClosed = queue.withLock { queue in
            defer { queue.isClosed = true }
            return queue.isClosed
        }
        guard !wasClosed else { return }
        bell.open()
        ended.wait()
    }
}

/// Threads that each own a reading connection and take from one queue.
private final class ReaderThreads: Sendable {
    typealias Look = (StoreReader?) -> Void

    private struct Queue {
        var looks: [Look] = []
        var isClosed = false
    }

    private let queue = Lock(Queue())
    private let bell = Gate()
    private let ended = Gate()
    private let count: Int

    init(_ readers: [StoreReader]) {
        count = readers.count
        for reader in readers {
            let (queue, bell, ended) = (queue, bell, ended)
            OwnThread.start("purser-read") {
                while true {
                    bell.wait()
                    let (look, isClosed) = queue.withLock { queue in
                        (queue.looks.isEmpty ? nil : queue.looks.removeFirst(), queue.isClosed)
                    }
                    if let look { look(reader) } else if isClosed { break }
                }
                reader.close()
                ended.open()
            }
        }
    }

    func submit(_ look: sending @escaping Look) {
        let isClosed = queue.withLock { queue in
            if !queue.isClosed { queue.looks.append(look) }
            return queue.isClosed
        }
        if isClosed { look(nil) } else { bell.open() }
    }

    func close() {
        let wasClosed = queue.withLock { queue in
            defer { queue.isClosed = true }
            return queue.isClosed
        }
        guard !wasClosed else { return }
        for _ in 0..<count { bell.open() }
        for _ in 0..<count { ended.wait() }
    }
}
