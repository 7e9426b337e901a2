import CLinux
import Glibc
import Wire

/// Running programs, for real: the ones this package builds.
enum Programs {
    /// Where the build put them: beside the test bundle.
    static let folder: String = {
        for argument in CommandLine.arguments {
            if let range = argument.firstRange(of: "/purserPackageTests.xctest") {
                return String(argument[..<range.lowerBound])
            }
        }
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/") + "/.build/debug"
    }()

    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()
}

/// A program that was started, with pipes from what it writes.
final class Running {
    let process: pid_t
    private let out: Int32
    private let error: Int32
    private var outText: [UInt8] = []
    private var errorText: [UInt8] = []
    private var status: Int32?

    /// One of this package's programs.
    /// - Parameter environment: the whole of it, but for PATH.
    convenience init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.init(path: Programs.folder + "/" + program, arguments, environment: environment)
    }

    init(path: String, _ arguments: [String], environment: [String: String] = [:]) {
        var (outPipe, errorPipe) = ([Int32](repeating: 0, count: 2), [Int32](repeating: 0, count: 2))
        precondition(pipe(&outPipe) == 0 && pipe(&errorPipe) == 0)
        for descriptor in [outPipe[0], errorPipe[0]] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outPipe[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errorPipe[1], 2)
        for descriptor in [outPipe[1], errorPipe[1]] { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var variables = environment
        variables["PATH"] = "/usr/bin:/bin"
        variables["SWIFT_BACKTRACE"] = "enable=no"
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var started: pid_t = 0
        let outcome = posix_spawn(&started, path, &actions, nil, &argv, &envp)
        precondition(outcome == 0, "\(path) does not start: \(String(cString: strerror(outcome)))")
        process = started
        close(outPipe[1])
        close(errorPipe[1])
        out = outPipe[0]
        error = errorPipe[0]
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            _ = wait()
        }
        close(out)
        close(error)
    }

    /// Reads until both pipes end or, if given, until a text stands in what came; true: it does.
    @discardableResult
    func read(until text: String? = nil) -> Bool {
        var isOpen = [true, true]
        while isOpen.contains(true) {
            if let text, output.contains(text) || errors.contains(text) { return true }
            var polled = [
                pollfd(fd: isOpen[0] ? out : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOpen[1] ? error : -1, events: Int16(POLLIN), revents: 0),
            ]
            // A program that says nothing for so long hangs; the test then fails instead of hanging too.
            guard poll(&polled, 2, 60_000) > 0 else { return false }
            for at in 0..<2 where polled[at].revents != 0 {
                var block = [UInt8](repeating: 0, count: 64 << 10)
                let count = Glibc.read(polled[at].fd, &block, block.count)
                if count <= 0 {
                    isOpen[at] = false
                } else if at == 0 {
                    outText += block[0..<count]
                } else {
                    errorText += block[0..<count]
                }
            }
        }
        return text.map { output.contains($0) || errors.contains($0) } ?? true
    }

    var output: String { String(decoding: outText, as: UTF8.self) }
    var errors: String { String(decoding: errorText, as: UTF8.self) }

    func send(_ signal: Int32) { kill(process, signal) }

    /// Its exit code; below 0: the signal it died of.
    func wait() -> Int32 {
        if let status { return status }
        read()
        var raw: Int32 = 0
        while waitpid(process, &raw, 0) < 0, errno == EINTR {}
        let code = raw & 0x7f == 0 ? (raw >> 8) & 0xff : -(raw & 0x7f)
        status = code
        return code
    }
}

/// What a program that ended said.
struct Transcript {
    let code: Int32
    let output: String
    let errors: String

    var json: JSON { (try? JSON.parse(output, limits: .file)) ?? .null }
}
