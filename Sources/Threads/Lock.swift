import Glibc

/// A value behind a pthread mutex.
///
/// The standard library's `Mutex` reports races under ThreadSanitizer on Linux that a pthread mutex does not, so every
/// lock in the house is this one. Hold it for a few instructions, never across I/O or an `await`.
public final class Lock<Value>: @unchecked Sendable {
    // Ownership: `value` and `mutex` are touched only between lock and unlock of `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    public init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` alone with the value; what it throws passes through, with the lock given back.
    public func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
