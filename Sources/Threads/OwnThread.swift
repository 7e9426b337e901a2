import CLinux
import Glibc

/// A thread that belongs to one purpose (the writer, the network loop): blocking work never runs on the pool.
public enum OwnThread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a detached thread that runs `body` once and ends. All signals are blocked in it: they belong to the
    /// main thread's `sigwait`.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(String(name.prefix(15)), body))
        let outcome = pthread_create(
            &thread, nil,
            { argument in
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                clinux_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        precondition(outcome == 0, "no thread could be started: errno \(outcome)")
        pthread_detach(thread)
    }
}
