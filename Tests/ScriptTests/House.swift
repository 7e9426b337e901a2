import CLinux
import Glibc
import HTTPClient
import Testing
import Wire

/// A daemon, its pretend providers and a scratch folder: everything a person would have, for one test.
final class House {
    let path: String
    private(set) var mocks: Running
    private(set) var daemon: Running?
    private(set) var everything = ""
    private let traces = Traces()
    private var daemonLog = ""
    let mockPort: Int

    var data: String { path + "/data" }
    var key: String { path + "/key/root.key" }
    var socket: String { data + "/purser.sock" }

    /// - Parameters:
    ///   - isStill: what the pretended members have does not change with the day.
    ///   - changed: a provider whose mock differs in these members of `authorization.json`.
    init(isStill: Bool = false, changed: (provider: String, traits: [(name: String, value: JSON)])? = nil) {
        var template = Array("/tmp/purser-script.XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no scratch folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folders = Programs.root + "/providers"
        let providers = isStill || changed != nil ? StillProviders.copy(of: folders, into: path) : folders
        if let changed {
            let file = "\(providers)/\(changed.provider)/mock/authorization.json"
            var traits = (try? JSON.parse(Files.bytes(file), limits: .file))?.object ?? JSONObject()
            for (name, value) in changed.traits { traits[name] = value }
            Files.write(file, JSON.object(traits).text, mode: 0o644)
        }
        mocks = Running(
            "mock-providers",
            ["--port", "0", "--providers", providers, "--write-providers", path + "/providers"])
        guard let address = mocks.line(holding: "skyways http://") else {
            preconditionFailure("no pretend providers: \(mocks.errors)")
        }
        mockPort = address.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    deinit {
        stopMocks()
        stop(SIGKILL)
        var status = stat()
        // A test may have put something else in its place.
        if lstat(key, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            let hex = String(decoding: Files.bytes(key).prefix(64), as: UTF8.self)
            traces.keepSecret("the root key", Hex.decode(hex) ?? [])
        }
        traces.search(Files.all(data), log: daemonLog)
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        guard let folder = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }

    func stopMocks() {
        for line in mocks.output.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let port = parts[1].split(separator: ":").last.flatMap({ Int($0) }) else {
                continue
            }
            for token in tokens(port) { traces.keepSecret("a code or token of \(parts[0])", token) }
            let authorization = Files.bytes(path + "/providers/\(parts[0])/mock/authorization.json")
            let traits = try? JSON.parse(authorization, limits: .file)
            if let token = traits?["registration"]?["initialToken"]?.string {
                traces.keepSecret("the initial token of \(parts[0])", token)
            }
            for client in traits?["clients"]?.array ?? [] {
                if let secret = client["secret"]?.string { traces.keepSecret("a client secret of \(parts[0])", secret) }
            }
        }
        mocks.send(SIGTERM)
        _ = mocks.wait()
    }

    /// The daemon's command line in this house.
    func daemonArguments(_ more: [String] = []) -> [String] {
        [
            "--data", data, "--key-file", key, "--providers", path + "/providers",
        ] + (more.contains("--listen") ? more : ["--listen", "127.0.0.1:0"] + more)
    }

    /// Starts the daemon and waits until it says that it is ready.
    func start(_ more: [String] = [], environment: [String: String] = [:]) {
        let started = Running("purserd", daemonArguments(more), environment: environment)
        daemon = started
        traces.saw(started)
        precondition(started.read(until: " info ready "), "the daemon did not start: \(started.errors)")
        while !started.errors.hasSuffix("\n") { started.read(until: "\n") }
    }

    /// Ends the daemon with a signal; its exit code.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) -> Int32 {
        guard let daemon else { return 0 }
        daemon.send(signal)
        let code = daemon.wait()
        everything += daemon.errors + daemon.output
        daemonLog += daemon.errors + daemon.output
        traces.heard("what the daemon said", daemon.errors + daemon.output)
        self.daemon = nil
        return code
    }

    /// Where the daemon listens for callbacks.
    var daemonPort: Int {
        Int(purser("status", "--json").json["listen"]?.string?.split(separator: ":").last ?? "") ?? 0
    }

    func purser(_ arguments: String..., environment: [String: String] = [:]) -> Transcript {
        run("purser", Array(arguments), environment)
    }

    func run(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) -> Transcript {
        var variables = environment
        variables["PURSER_SOCKET"] = variables["PURSER_SOCKET"] ?? socket
        let running = Running(program, arguments, environment: variables)
        traces.saw(running)
        return ended(running)
    }

    /// Waits for a command and keeps what it said.
    private func ended(_ running: Running) -> Transcript {
        let code = running.wait()
        everything += running.output + running.errors
        traces.heard("what \(running.program) said", running.output + running.errors)
        return Transcript(code: code, output: running.output, errors: running.errors)
    }

    /// `purser link skyways --no-browser`, with a person who answers at the provider.
    func link(_ member: String = "Ada Lindqvist", deny: Bool = false, at provider: String = "skyways") -> (
        link: Transcript, person: Transcript
    ) {
        consent(to: ["link", provider], member, deny: deny)
    }

    /// A command that waits for a person at the provider's page, and that person.
    func consent(
        to command: [String], _ member: String, deny: Bool = false
    ) -> (link: Transcript, person: Transcript) {
        answered(
            Running("purser", command + ["--no-browser"], environment: ["PURSER_SOCKET": socket]), member, deny: deny)
    }

    /// Answers at the provider whose address a running command prints, and waits until both have ended.
    func answered(_ linking: Running, _ member: String, deny: Bool) -> (link: Transcript, person: Transcript) {
        var person = Transcript(code: -1, output: "", errors: "")
        traces.saw(linking)
        // Alone on a line or, with --json, a member of the first line.
        if let line = linking.line(holding: "http://"), let at = line.firstRange(of: "http://") {
            let address = String(line[at.lowerBound...].prefix { $0 != "\"" })
            traces.keepState(of: address)
            var words = ["consent", address, "--member", member] + (deny ? ["--deny"] : [])
            // A page for codes: the code is the next line, or in the address.
            if address.hasSuffix("/device"), let line = linking.line(where: { $0.firstMatch(of: Self.code) != nil }) {
                words += ["--code", String(line.firstMatch(of: Self.code)!.0)]
            }
            person = run("mock-providers", words)
            // Nobody went there at all: the command would wait for them until the link's time is over.
            if person.code == 2 {
                Issue.record("\(person.errors)")
                linking.send(SIGINT)
            }
        }
        return (ended(linking), person)
    }

    private static var code: Regex<Substring> { #/[A-Z]{4}-[A-Z]{4}/# }

    func ask(_ port: Int, _ method: String, _ target: String, headers: HTTPHeaders = [:], body: String = "")
        -> HTTPResponse?
    {
        let answer = try? HTTPClient(.tcp(host: "127.0.0.1", port: port)).send(
            HTTPRequest(method, target, headers: headers, body: Array(body.utf8)))
        if let answer, !mocks.output.contains(":\(port)\n") {
            let head = answer.headers.fields.map { "\($0.name): \($0.value)\n" }.joined()
            traces.heard("the daemon's answer to \(method)", Array(head.utf8) + answer.body)
        }
        return answer
    }

    func fault(_ json: JSON) {
        let response = ask(
            mockPort, "POST", "/_mock/faults", headers: ["Content-Type": "application/json"], body: json.text)
        precondition(response?.status ?? 500 < 300, "the fault was refused")
    }

    /// Every token, code and the like the pretend provider ever gave out.
    var tokens: [String] { tokens(mockPort) }

    private func tokens(_ port: Int) -> [String] {
        let body = ask(port, "GET", "/_mock/ledger")?.body ?? []
        let events = (try? JSON.parse(body, limits: .file))?["events"]?.array ?? []
        return Array(Set(events.compactMap { $0["token"]?.string }))
    }
}

/// Files, whole.
enum Files {
    /// Every file in a folder, hidden ones too.
    static func all(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var out: [String] = []
        while let entry = readdir(folder) {
            if entry.pointee.d_type == UInt8(DT_REG) {
                out.append(
                    path + "/"
                        + withUnsafeBytes(of: &entry.pointee.d_name) {
                            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                        })
            }
        }
        return out.sorted()
    }

    /// What lies in a folder, sorted.
    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var out: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { out.append(name) }
        }
        return out.sorted()
    }

    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return out }
            out += block[0..<count]
        }
    }

    static func write(_ path: String, _ text: String, mode: mode_t = 0o600) {
        write(path, Array(text.utf8), mode: mode)
    }

    static func write(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o600) {
        let descriptor = clinux_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
        chmod(path, mode)
    }
}
