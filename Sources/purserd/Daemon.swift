import CLinux
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

    static func run(_ options: Options) throws(Refusal) -> Int32 {
        umask(0o077)
        _ = clinux_forbid_dumps()
        signal(SIGPIPE, SIG_IGN)
        let signals = Signals()
        let log = ErrorLog(least: options.isDebug ? .debug : .info)
        let opened = try Opening.open(options, log)
        let transport = CurlTransport()
        let spawner = SystemSpawner()
        let world = World(
            clock: SystemClock(), randomness: SystemRandomness(), transport: transport, store: opened.store,
            rootKey: opened.key, spawner: spawner, log: log)
        let listener = try listen(options)
        let base = "http://\(listener.address)"
        let catalogue = loadedCatalogue(options, log)
        let wallet = try opened.sealed == nil ? self.wallet(world, catalogue, base) : nil
        let clockwork = wallet.map { Clockwork($0, world, spawner) }
        let facts = DaemonFacts(
            version: Release.version, startedAt: world.clock.now, listen: base, data: options.data,
            keySource: options.key.description, sealed: opened.sealed, uid: geteuid(),
            working: { spawner.running })
        let web = Web(
            world: world, catalogue: catalogue, wallet: wallet, facts: facts, poke: { clockwork?.poke() },
            pause: { try? await Task.sleep(for: .milliseconds($0)) })
        let servers = try serve(web, options, listener)
        clockwork?.start()
        let supervisor = Supervisor()
        if !supervisor.ready(opened.sealed.map { "sealed: \($0)" } ?? "listens on \(base)") {
            log.write(.warning, "whoever started this cannot be told that it is ready", [])
        }
        log.write(
            .info, "ready",
            [
                ("listen", base), ("socket", options.socket), ("providers", "\(catalogue.providers.count)"),
                ("sealed", opened.sealed ?? ""),
            ])
        signals.wait()
        supervisor.stopping("lets \(spawner.running) pieces of work end")
        log.write(.info, "stopping", [("working", "\(spawner.running)")])
        clockwork?.stop()
        for server in servers { server.stop(drainMilliseconds: drainMilliseconds) }
        drain(spawner)
        transport.stop()
        opened.store.close()
        log.write(.info, "stopped", [])
        return 0
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

    /// Opens the keys, settles what an earlier life left, and makes the door.
    private static func wallet(_ world: World, _ catalogue: Catalogue, _ base: String) throws(Refusal) -> Wallet {
        let outcome = Blocking.run { () async -> Result<Wallet, Refusal> in
            do {
                let wallet = Wallet(world, catalogue, try await Keyring.open(world), callbackBase: base)
                let now = world.clock.now
                try await world.store.write { verbs throws(StoreError) in try verbs.ensureWallet(.first, now: now) }
                try await wallet.recover()
                return .success(wallet)
            } catch { return .failure(.cannot("\(error); nothing was changed")) }
        }
        return try outcome.get()
    }

    private static func listen(_ options: Options) throws(Refusal) -> Listener {
        do { return try HTTPServer.listen(tcp: options.host, port: options.port) } catch {
            throw .cannot("\(error); another address: purserd --listen 127.0.0.1:0")
        }
    }

    private static func serve(_ web: Web, _ options: Options, _ listener: Listener) throws(Refusal) -> [HTTPServer] {
        do {
            let socket = try HTTPServer.listen(unix: options.socket)
            return try [listener, socket].map { listener throws(ListenError) in
                try HTTPServer(
                    HTTPServer.Configuration(listener), spawn: { work in Task { await work() } },
                    answer: { await web.answer($0) })
            }
        } catch { throw .cannot("\(error)") }
    }

    /// Work under way ends by itself; what does not is taken up at the next start.
    private static func drain(_ spawner: SystemSpawner) {
        let end = clinux_uptime_milliseconds() + drainMilliseconds
        while spawner.running > 0, clinux_uptime_milliseconds() < end { usleep(20_000) }
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
