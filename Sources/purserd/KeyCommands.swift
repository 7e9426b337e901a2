import Crypto
import Glibc
import HTTPClient
import PurserAPI
import PurserEngine
import PurserSystem
import PurserWeb
import Usage
import Wire

/// `purserd key status`, `key rotate`, `key reroot`: asked of the daemon, over its socket, while it runs; done on the
/// database, under its lock, while it does not.
enum KeyCommands {
    static let all = [status, rotate, reroot]

    private static let options =
        Purserd.options + [
            Option("--json", "for programs"), Option("--quiet", short: "q", "no progress, no remarks"),
        ]
    private static let places: Block = .paragraph(
        """
        The daemon is asked, over its socket. While it is stopped this works on the database itself, with the same \
        options that the daemon is started with.
        """)

    private static let status = Command<Purserd.Run>(
        "status", "show where the root key comes from, and the key epochs", options: options,
        text: [
            .paragraph(
                "Shows no key, and says what should be done about them: an epoch older than a year, a rotation cut short."
            ), places,
        ],
        run: { line in
            let keys = try ask(line, "GET", "/v1/keys", nil) { keeper throws(Problem) in try await keeper.shown() }
            show(keys, line)
            return 0
        })

    private static let rotate = Command<Purserd.Run>(
        "rotate", "replace the key epoch", options: options,
        text: [
            .paragraph(
                """
                Adds a new key epoch, wraps every data key anew, and destroys the old epoch when nothing refers to it. \
                Links go on meanwhile. Cut short, it goes on at the next start, or when asked again.
                """), places,
        ],
        run: runRotate)

    private static let reroot = Command<Purserd.Run>(
        "reroot", "replace the root key",
        options: options + [
            Option("--to-key-file", value: "FILE", kind: .file, "by a new key file, which is made here"),
            Option("--to-passphrase", "by a passphrase, which is asked for twice"),
            Option("--to-passphrase-file", value: "FILE", kind: .file, "by the passphrase in this file"),
            Option("--to-passphrase-fd", value: "N", "by the passphrase on this descriptor"),
        ],
        text: [
            .paragraph(
                """
                Without an option the key file is replaced where it lies. The database goes over to the new key in one \
                step; cut short, the next start opens it by whichever key counts. Back the new key up. The old one \
                opens nothing any more but older copies of the database.
                """), places,
        ],
        run: runReroot)

    private static func runRotate(_ line: Line) throws -> Int32 {
        let progress = Progress(isQuiet: line.has("--quiet"))
        let asked = try online(line, "POST", "/v1/keys/rotate", nil)
        var keys: KeysShown
        if let asked {
            keys = asked
            while keys.rotation?.isRunning == true {
                progress.show(keys.rotation)
                usleep(200_000)
                guard let next = try online(line, "GET", "/v1/keys", nil) else {
                    throw Refusal.cannot("the daemon stopped; the rotation goes on when it is started again")
                }
                keys = next
            }
        } else {
            keys = try offline(line) { keeper throws(Problem) in
                try await keeper.rotate()
                var keys = try await keeper.shown()
                while keys.rotation?.isRunning == true {
                    progress.show(keys.rotation)
                    try? await Task.sleep(for: .milliseconds(100))
                    keys = try await keeper.shown()
                }
                return keys
            }
        }
        progress.show(keys.rotation)
        progress.end()
        if let problem = keys.rotation?.problem { throw Refusal.cannot("the rotation stopped: \(problem)") }
        if line.has("--json") {
            Console.out(keys.json.text + "\n")
        } else if let epoch = keys.epochs.last {
            Console.out("key epoch \(epoch.id) wraps \(epoch.keys) data keys now\n")
        }
        let unreadable = keys.rotation?.unreadable ?? 0
        guard unreadable == 0 else {
            throw Refusal.cannot("\(unreadable) data keys do not open; they and their epoch stay as they are")
        }
        return 0
    }

    private static func runReroot(_ line: Line) throws -> Int32 {
        let named = ["--to-key-file", "--to-passphrase", "--to-passphrase-file", "--to-passphrase-fd"]
            .filter { line.has($0) || line.value($0) != nil }
        guard named.count < 2 else {
            throw Refusal.usage("\(named.joined(separator: " and ")) name two keys; there is one")
        }
        var (new, body) = (NewRoot.sameFile, JSON.object(JSONObject()))
        if let path = line.value("--to-key-file") {
            (new, body) = (.file(Options.absolute(path)), ["keyFile": .string(Options.absolute(path))])
        } else if let place = try Options.passphrase(line, "--to-passphrase") {
            let passphrase: Secret
            do { passphrase = try place.read(isNew: true) } catch {
                throw Refusal.cannot("\(error); nothing was changed")
            }
            guard let text = passphrase.text() else { throw Refusal.cannot("the passphrase is not text") }
            (new, body) = (.passphrase(passphrase), ["passphrase": .string(text)])
        }
        let target = new
        let keys = try ask(line, "POST", "/v1/keys/reroot", body) { keeper throws(Problem) in
            try await keeper.reroot(target)
            return try await keeper.shown()
        }
        if line.has("--json") {
            Console.out(keys.json.text + "\n")
        } else {
            Console.out("the root key is a new one: \(keys.source)\n")
        }
        guard !line.has("--quiet") else { return 0 }
        Console.error("purserd: back it up; the old one opens older copies of the database only\n")
        if !named.isEmpty {
            Console.error("purserd: from now on start purserd with \(option(keys))\n")
        }
        return 0
    }

    private static func option(_ keys: KeysShown) -> String {
        keys.kind == "file" ? "--key-file \(keys.source.dropFirst(5))" : "--key-passphrase"
    }

    private static func show(_ keys: KeysShown, _ line: Line) {
        if line.has("--json") {
            Console.out(keys.json.text + "\n")
            return
        }
        var out = "root key   \(keys.source)\n"
        out += "state      \(keys.sealed.map { "sealed: \($0)" } ?? "open")\n"
        out += "memory     \(keys.isLocked ? "locked, not swapped" : "not locked, may be swapped")\n"
        for epoch in keys.epochs {
            let age = SystemClock().now.milliseconds(since: epoch.createdAt) / 86_400_000
            out +=
                "epoch \(epoch.id)    since \(epoch.createdAt.rfc3339) (\(age) days), wraps \(epoch.keys) data keys\n"
        }
        let records = keys.records.sorted { $0.key < $1.key }.filter { $0.value > 0 }
        let counts = records.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        out += "sealed     \(counts.isEmpty ? "nothing yet" : counts)\n"
        Console.out(out)
        for warning in keys.warnings { Console.error("purserd: \(warning)\n") }
    }

    // Over the socket, or not

    private static func ask(
        _ line: Line, _ method: String, _ path: String, _ body: JSON?,
        _ work: @escaping @Sendable (Sealing) async throws(Problem) -> KeysShown
    ) throws -> KeysShown {
        try online(line, method, path, body) ?? offline(line, work)
    }

    /// Nil: no daemon answers there.
    private static func online(
        _ line: Line, _ method: String, _ path: String, _ body: JSON?
    ) throws(Refusal) -> KeysShown? {
        var request = HTTPRequest(method, path)
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = body.bytes
        }
        let response: HTTPResponse
        do { response = try HTTPClient(.unix(try Options(line).socket)).send(request, timeoutSeconds: 60) } catch let
            error as HTTPClientError
        {
            switch error {
            case .notRunning, .refused: return nil
            default: throw .cannot("the daemon's socket: \(error)")
            }
        } catch let error as Refusal {
            throw error
        } catch { throw .cannot("the daemon cannot be asked") }
        let json = (try? JSON.parse(response.body)) ?? .null
        if let keys = KeysShown(json), response.status == 200 { return keys }
        guard let problem = Problem(json) else { throw .cannot("the daemon answered HTTP \(response.status)") }
        throw .cannot(words(problem))
    }

    private static func words(_ problem: Problem) -> String {
        problem.title + (problem.detail.map { "\n  " + $0 } ?? "")
    }

    /// On the database itself, which the daemon's lock keeps for us alone.
    private static func offline(
        _ line: Line, _ work: @escaping @Sendable (Sealing) async throws(Problem) -> KeysShown
    ) throws(Refusal) -> KeysShown {
        let options = try Options(line)
        guard FileSystem.exists(Opening.databasePath(options)) else {
            throw .cannot("the daemon is not running, and there is no database at \(Opening.databasePath(options))")
        }
        umask(0o077)
        let log = ErrorLog(least: options.isDebug ? .debug : .warning)
        let opened = try Opening.open(options, log)
        defer { opened.store.close() }
        let spawner = SystemSpawner()
        let transport = CurlTransport()
        defer { transport.stop() }
        let world = World(
            clock: SystemClock(), randomness: SystemRandomness(), transport: transport, store: opened.store,
            rootKey: opened.key, spawner: spawner, log: log)
        let keys = Sealing(
            world, Catalogue([], zones: { _ in nil }), spawner, base: "", source: opened.key, sealed: opened.sealed)
        if opened.sealed == nil { try keys.openAtStart(opened.typed, recovering: false) }
        let outcome = Blocking.run { () async -> Result<KeysShown, Problem> in
            do throws(Problem) { return .success(try await work(keys)) } catch { return .failure(error) }
        }
        do { return try outcome.get() } catch { throw .cannot(words(error)) }
    }
}

/// How far a rotation is: a bar on a terminal, lines in a pipe, nothing when quiet.
private struct Progress: Sendable {
    let isQuiet: Bool
    private let isTerminal = isatty(2) == 1

    func show(_ rotation: KeysShown.Rotation?) {
        guard !isQuiet, let rotation, rotation.total > 0 else { return }
        guard isTerminal else {
            Console.error("purserd: \(rotation.done) of \(rotation.total) data keys wrapped anew\n")
            return
        }
        let full = rotation.done * 20 / rotation.total
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: 20 - full)
        Console.error("\r\u{1b}[K[\(bar)] \(rotation.done)/\(rotation.total)")
    }

    func end() { if !isQuiet, isTerminal { Console.error("\r\u{1b}[K") } }
}
