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
    /// Its name, for words about it.
    let program: String
    /// What the system shows of it to whoever may look, read right after its start.
    private(set) var arguments: [UInt8] = []
    private(set) var environment: [UInt8] = []
    private let out: Int32
    private let error: Int32
    private var outText: [UInt8] = []
    private var errorText: [UInt8] = []
    private var status: Int32?
    private var isOpen = [true, true]

    /// - Parameters:
    ///   - program: one of ours by its name, any by its path.
    ///   - environment: the whole of it, but for PATH.
    ///   - columns: the width of a terminal that it has for input, output and errors; nil: it has pipes.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], columns: Int? = nil) {
        var (outer, inner): ([Int32], [Int32])
        if let columns {
            var slave: Int32 = -1
            outer = [clinux_open_terminal(Int32(columns), &slave), -1]
            inner = [slave, slave, slave]
            precondition(outer[0] >= 0, "no pseudo-terminal")
        } else {
            var (outPipe, errorPipe) = ([Int32](repeating: 0, count: 2), [Int32](repeating: 0, count: 2))
            precondition(pipe(&outPipe) == 0 && pipe(&errorPipe) == 0)
            outer = [outPipe[0], errorPipe[0]]
            inner = [clinux_open("/dev/null", O_RDONLY, 0), outPipe[1], errorPipe[1]]
            for descriptor in outPipe + errorPipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (place, descriptor) in inner.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(place))
        }
        let path = program.hasPrefix("/") ? program : Programs.folder + "/" + program
        var variables = environment
        variables["PATH"] = Programs.folder + ":/usr/bin:/bin"
        variables["SWIFT_BACKTRACE"] = "enable=no"
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var started: pid_t = 0
        let outcome = posix_spawn(&started, path, &actions, nil, &argv, &envp)
        precondition(outcome == 0, "\(path) does not start: \(String(cString: strerror(outcome)))")
        process = started
        self.program = program
        for descriptor in Set(inner) { close(descriptor) }
        (out, error) = (outer[0], outer[1])
        isOpen[1] = error >= 0
        (self.arguments, self.environment) = (
            Files.bytes("/proc/\(started)/cmdline"), Files.bytes("/proc/\(started)/environ")
        )
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            _ = wait()
        }
        close(out)
        if error >= 0 { close(error) }
    }

    /// Reads until both pipes end or, if given, until a text stands in what came; true: it does.
    @discardableResult
    func read(until text: String? = nil) -> Bool {
        guard let text else {
            while more() {}
            return true
        }
        while !(output.contains(text) || errors.contains(text)) { if !more() { return false } }
        return true
    }

    /// Reads until a whole line with a text in it stands in what came.
    func line(holding text: String) -> String? { line { $0.contains(text) } }

    /// The same for a line that fits.
    func line(where fits: (Substring) -> Bool) -> String? {
        while true {
            let whole = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = whole.first(where: fits) { return String(line) }
            if !more() { return nil }
        }
    }

    /// Reads what is there, waiting for it; false: both pipes have ended, or nothing was said for so long that it hangs.
    private func more() -> Bool {
        guard isOpen.contains(true) else { return false }
        var polled = [
            pollfd(fd: isOpen[0] ? out : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isOpen[1] ? error : -1, events: Int16(POLLIN), revents: 0),
        ]
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
        return true
    }

    /// A terminal ends its lines with two characters; here it is one.
    var output: String { String(decoding: outText, as: UTF8.self).replacing("\r\n", with: "\n") }
    var errors: String { String(decoding: errorText, as: UTF8.self) }

    /// Types at its terminal.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        precondition(write(out, bytes, bytes.count) == bytes.count, "it cannot be typed at")
    }

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
