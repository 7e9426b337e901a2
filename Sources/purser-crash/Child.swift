import CLinux
import Glibc

/// A program that was started, what it says going to a file.
final class Child {
    let process: pid_t
    let log: String
    /// What the system shows of it to whoever may look.
    let arguments: [UInt8]
    let environment: [UInt8]
    private var status: Int32?

    /// - Parameter log: what it says is added there.
    init(_ program: String, _ words: [String], log: String, environment: [String: String] = [:]) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var variables = environment
        variables["PATH"] = "/usr/bin:/bin"
        variables["SWIFT_BACKTRACE"] = "enable=no"
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var started: pid_t = 0
        let outcome = posix_spawn(&started, program, &actions, nil, &argv, &envp)
        precondition(outcome == 0, "\(program) does not start: \(String(cString: strerror(outcome)))")
        process = started
        self.log = log
        arguments = Files.bytes("/proc/\(started)/cmdline")
        self.environment = Files.bytes("/proc/\(started)/environ")
    }

    deinit { end(SIGKILL) }

    /// Its exit code, below 0: the signal it died of; nil: it runs.
    var ending: Int32? {
        if status == nil {
            var raw: Int32 = 0
            let found = waitpid(process, &raw, WNOHANG)
            if found == process { status = Self.code(raw) }
        }
        return status
    }

    private static func code(_ raw: Int32) -> Int32 { raw & 0x7f == 0 ? (raw >> 8) & 0xff : -(raw & 0x7f) }

    /// Sends a signal and waits until it is gone.
    @discardableResult
    func end(_ signal: Int32) -> Int32 {
        if let status { return status }
        kill(process, signal)
        var raw: Int32 = 0
        while waitpid(process, &raw, 0) < 0, errno == EINTR {}
        status = Self.code(raw)
        return status!
    }

    /// Waits until it is gone, so long at most; nil: it runs still.
    func wait(milliseconds: Int64) -> Int32? {
        let end = Clock.now + milliseconds
        while Clock.now < end {
            if let ending { return ending }
            usleep(3000)
        }
        return ending
    }
}

/// Milliseconds of a clock that only counts on, and of the one on the wall.
enum Clock {
    static var now: Int64 { clinux_uptime_milliseconds() }
    static var wall: Int64 { clinux_now_milliseconds() }
}

/// Files and folders.
enum Files {
    static func bytes(_ path: String) -> [UInt8] {
        let descriptor = clinux_open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &block, block.count)
            if count <= 0 { return out }
            out += block[..<count]
        }
    }

    static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    static func write(_ path: String, _ text: String, mode: mode_t = 0o600) {
        write(path, Array(text.utf8), mode: mode)
    }

    static func write(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o600) {
        let descriptor = clinux_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        precondition(descriptor >= 0, "\(path) cannot be written")
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { preconditionFailure("\(path) cannot be written") }
            rest = rest.dropFirst(count)
        }
    }

    /// What lies in a folder, hidden things too, sorted.
    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var out: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { out.append(name) }
        }
        return out.sorted()
    }

    static func isFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }
    static func isFile(_ path: String) -> Bool { kind(path) == S_IFREG }

    private static func kind(_ path: String) -> mode_t {
        var found = stat()
        return lstat(path, &found) == 0 ? found.st_mode & S_IFMT : 0
    }

    static func copy(_ from: String, to: String) {
        if isFolder(from) {
            mkdir(to, 0o700)
            for name in names(from) { copy("\(from)/\(name)", to: "\(to)/\(name)") }
        } else if isFile(from) {
            write(to, bytes(from))
        }
    }

    static func remove(_ path: String) {
        if isFolder(path) {
            for name in names(path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// A new folder of our own.
    static func scratch(_ name: String) -> String {
        var template = Array("/tmp/\(name).XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no scratch folder")
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
