import CLinux
import Glibc

/// Many worlds, in processes of their own: one that crashed leaks what it was doing, so each batch of worlds is a
/// process, and as many run at once as there are processors.
struct Batches {
    let order: Order

    private static let size: UInt64 = 25

    init(_ order: Order) { self.order = order }

    func run() -> Int32 {
        let begun = clinux_uptime_milliseconds()
        var report = Report()
        let isGood = play(into: &report) { Out.line(String($0)) }
        for line in report.summary(order, milliseconds: clinux_uptime_milliseconds() - begun) { Out.line(line) }
        return isGood ? 0 : 1
    }

    /// - Parameter stopping: whether no new batch begins once something is broken.
    /// - Returns: whether everything held.
    func play(into report: inout Report, stopping: Bool = false, _ tell: (Substring) -> Void) -> Bool {
        var isGood = true
        var next = order.from
        let end = order.from + order.seeds
        var running: [Child] = []
        while next < end || !running.isEmpty {
            while running.count < order.jobs, next < end, isGood || !stopping {
                var batch = order
                batch.from = next
                batch.seeds = min(Self.size, end - next)
                next += batch.seeds
                guard let child = Child(batch.words) else {
                    Out.complain("no process could be started")
                    return false
                }
                running.append(child)
            }
            guard !running.isEmpty else { break }
            let (text, isFine) = running.removeFirst().finish()
            isGood = isGood && isFine
            for line in text.split(separator: "\n") where !report.take(line) { tell(line) }
        }
        return isGood
    }
}

/// This program once more, in a process of its own that writes into a pipe.
private struct Child {
    private let process: pid_t
    private let output: Int32

    init?(_ words: [String]) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        output = ends[0]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &arguments, environ)
        close(ends[1])
        self.process = process
        if code != 0 {
            close(output)
            return nil
        }
    }

    /// Everything it wrote, and whether it ended well.
    func finish() -> (String, Bool) {
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(output, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            text += block[0..<count]
        }
        close(output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        if status & 0x7f != 0 { text += Array("a batch died of signal \(status & 0x7f)\n".utf8) }
        return (String(decoding: text, as: UTF8.self), status == 0)
    }
}
