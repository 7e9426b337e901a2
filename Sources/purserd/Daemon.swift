import CLinux
import CWipe
import Glibc
import HTTPServer
import PurserEngine
import PurserSystem
import PurserWeb
import Threads
import Usage
import Wire

/// The composition root: the only place that knows everything. One straight line from start to stop.
enum Daemon {
    /// How long open requests and work under way may take once it is told to stop.
    private static let drainMilliseconds: Int64 = 20_000
    /// How long it waits for a refresh token's answer.
    private static let flightMilliseconds = (Limits.strictRefreshSeconds + Limits.saveSeconds) * 1000

    static func run(_ options: Options) throws(Refusal) -> Int32 {
        umask(0o077)
        if !Tried.mayBeDumped { _ = clinux_forbid_dumps() }
        let wipes = cwipe_is_in_force() == 1
        signal(SIGPIPE, SIG_IGN)
        let signals = Signals()
        let log = ErrorLog(least: options.isDebug ? .debug : .info)
        if !wipes { log.write(.warning, "what is freed is not wiped here", []) }
        let identity = try options.reach.identity(now: SystemClock().now, log)
        let issuers = try Issuers.all(options)
        let opened = try Opening.open(options, log)
        let transport = CurlTransport()
        let spawner = SystemSpawner()
        let isStopping = Lock(false)
        let world = World(
            clock: SystemClock(), randomness: SystemRandomness(), transport: transport, store: opened.store,
            rootKey: opened.key, spawner: spawner, log: log, escrow: opened.escrow, witness: opened.witness,
            isStopping: { isStopping.withLock { $0 } })
        let listener = try listening(options)
        let listen = options.reach.address(listener)
        let base = options.reach.publicURL ?? listen
        let catalogue = loadedCatalogue(options, log)
        let keys = Sealing(world, catalogue, spawner, base: base, source: opened.key, sealed: opened.sealed)
        if opened.sealed == nil { try keys.openAtStart(opened.typed) }
        let facts = DaemonFacts(
            version: Release.version, startedAt: world.clock.now, listen: listen,
            publicURL: options.reach.publicURL, data: options.data, keySource: options.key.description,
            sealed: opened.sealed, uid: geteuid(),
            working: { spawner.running })
        let doors = Doors(clock: world.clock, log: log)
        let web = Web(
            world: world, catalogue: catalogue, keys: keys, facts: facts, trusting: issuers, doors: doors,
            folders: FolderSource(whole: Self.folder, zone: ProviderFolders.zone), poke: { keys.poke() },
            pause: { try? await Task.sleep(for: .milliseconds($0)) })
        doors.attend { await web.answer($0, isAtDoor: true) }
        let servers = try serve(web, options, listener, identity)
        Blocking.run { await web.reopenDoors() }
        keys.start()
        let supervisor = Supervisor()
        if !supervisor.ready(opened.sealed.map { "sealed: \($0)" } ?? "listens on \(base)") {
            log.write(.warning, "whoever started this cannot be told that it is ready", [])
        }
        log.write(
            .info, "ready",
            [
                ("listen", listen), ("public", options.reach.publicURL ?? ""), ("socket", options.socket),
                ("providers", "\(catalogue.providers.count)"),
                ("sealed", opened.sealed ?? ""),
            ])
        signals.wait()
        supervisor.stopping("lets \(spawner.running) pieces of work end")
        log.write(.info, "stopping", [("working", "\(spawner.running)")])
        isStopping.withLock { $0 = true }
        keys.stop()
        doors.stop()
        for server in servers { server.stop(drainMilliseconds: drainMilliseconds) }
        drain(spawner, world)
        transport.stop()
        opened.store.close()
        log.write(.info, "stopped", [])
        return 0
    }

    /// Reads a folder on a thread of its own: nothing that waits for a disk runs on the pool.
    private static func folder(_ path: String) async throws(FolderUnread) -> ProviderFolder {
        let read = await withCheckedContinuation {
            (done: CheckedContinuation<Result<ProviderFolder, FileError>, Never>) in
            OwnThread.start("folder") {
                do throws(FileError) { done.resume(returning: .success(try ProviderFolders.whole(path))) } catch {
                    done.resume(returning: .failure(error))
                }
            }
        }
        do { return try read.get() } catch { throw FolderUnread(words: "\(error)") }
    }

    private static func loadedCatalogue(_ options: Options, _ log: ErrorLog) -> Catalogue {
        let catalogue = Catalogue(ProviderFolders.read(options.providers), zones: ProviderFolders.zone)
        for (name, problems) in catalogue.problems.sorted(by: { $0.key < $1.key }) {
            for problem in problems {
                log.write(.warning, "provider does not load", [("provider", name), ("why", problem.description)])
            }
        }
        return catalogue
    }

    private static func listening(_ options: Options) throws(Refusal) -> Listener {
        do { return try HTTPServer.listen(tcp: options.reach.host, port: options.reach.port) } catch {
            throw .cannot("\(error); another address: purserd --listen 127.0.0.1:0")
        }
    }

    private static func serve(
        _ web: Web, _ options: Options, _ listener: Listener, _ identity: TLSIdentity?
    ) throws(Refusal) -> [HTTPServer] {
        do {
            let socket = try HTTPServer.listen(unix: options.socket)
            // A server each: what happens on TCP holds up nobody on the socket.
            return try [(listener, identity), (socket, nil)].map { listener, identity throws(ListenError) in
                var configuration = HTTPServer.Configuration(listener)
                configuration.tls = identity
                configuration.refusal = Web.refusal
                return try HTTPServer(
                    configuration, spawn: { work in Task { await work() } }, answer: { await web.answer($0) })
            }
        } catch { throw .cannot("\(error)") }
    }

    /// Work under way ends by itself; what does not is taken up at the next start. A refresh token that was sent is
    /// waited for as long as its answer may take: a strict provider gives it once.
    private static func drain(_ spawner: SystemSpawner, _ world: World) {
        func isFlying() -> Bool { Blocking.run { await world.flying() > 0 } }
        let begun = clinux_uptime_milliseconds()
        while spawner.running > 0 {
            let waited = clinux_uptime_milliseconds() - begun
            guard waited < drainMilliseconds || (waited < flightMilliseconds && isFlying()) else { return }
            usleep(20_000)
        }
    }
}

/// Runs async work from the main thread, before there is anything else to do.
enum Blocking {
    static func run<R: Sendable>(_ work: @escaping @Sendable () async -> R) -> R {
        let done = Gate()
        let result = Lock<R?>(nil)
        Task {
            let value = await work()
            result.withLock { $0 = value }
            done.open()
        }
        done.wait()
        return result.withLock { $0! }
    }
}

/// SIGTERM and SIGINT, taken by the main thread and nobody else.
struct Signals {
    private var set = sigset_t()

    /// Before any thread is started: they all inherit the block.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    func wait() {
        var taken: Int32 = 0
        var set = set
        while sigwait(&set, &taken) != 0 {}
    }
}
