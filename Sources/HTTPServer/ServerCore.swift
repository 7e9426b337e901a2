import CLinux
import CMicrohttpd
import Glibc
import Threads
import Wire

/// The server behind the door: libmicrohttpd's daemon and what its callbacks need.
final class ServerCore: Sendable {
    private struct State {
        // The daemon's address; nil before start and after stop.
        var daemon: Int?
        var suspended: [ObjectIdentifier: Suspension] = [:]
        var drips: [ObjectIdentifier: Drip] = [:]
        var isStopping = false
        /// Nothing is accepted any more.
        var isQuiet = false
        /// Requests that are in and not yet answered to the end.
        var open = 0
    }

    let configuration: HTTPServer.Configuration
    let answering: Answering
    private let timer = Timer()
    private let state = Lock(State())
    private let changed = Gate()
    private let socketFile: SocketFile?

    init(_ configuration: HTTPServer.Configuration, _ answering: Answering) {
        self.configuration = configuration
        self.answering = answering
        if case .unix(let path) = configuration.listener.address {
            socketFile = SocketFile(path)
        } else {
            socketFile = nil
        }
    }

    private static func certificate(_ connection: OpaquePointer) -> [UInt8]? {
        var count: UInt32 = 0
        guard let bytes = cmicrohttpd_peer_certificate(connection, &count) else { return nil }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    func start() -> Bool {
        var settings = cmicrohttpd_settings()
        settings.context = Unmanaged.passUnretained(self).toOpaque()
        settings.listener = configuration.listener.descriptor
        settings.threads = UInt32(configuration.threads)
        settings.connections = UInt32(configuration.connections)
        if let tls = configuration.tls {
            // Only read while it starts; `configuration` keeps both longer than that.
            settings.certificate = tls.certificate
            settings.key = tls.key
            settings.trust = tls.trust
        }
        // Only for clients that do not read their answer; the rest is the timer's.
        settings.idle_seconds = UInt32(configuration.idleSeconds + configuration.wholeRequestSeconds)
        // The fields, libmicrohttpd's list of them, and room for the answer's own.
        settings.memory = UInt(configuration.headerBytes + configuration.targetBytes + (24 << 10))
        settings.connected = Callbacks.connected
        settings.target = Callbacks.target
        settings.answer = Callbacks.answer
        settings.completed = Callbacks.completed
        // Signals belong to the main thread; libmicrohttpd's inherits this mask.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        timer.start()
        guard let daemon = cmicrohttpd_start(&settings) else {
            timer.stop()
            socketFile?.remove()
            return false
        }
        state.withLock { $0.daemon = Int(bitPattern: daemon) }
        return true
    }

    /// Accepts nothing more; the address is free again when this returns.
    func quiesce() {
        let daemon = state.withLock { state -> Int? in
            defer { state.isQuiet = true }
            return state.isQuiet ? nil : state.daemon
        }
        guard let daemon, let pointer = OpaquePointer(bitPattern: daemon) else { return }
        let descriptor = MHD_quiesce_daemon(pointer)
        if descriptor >= 0 { close(descriptor) }
        socketFile?.remove()
    }

    func stop(drainMilliseconds: Int64) {
        quiesce()
        let daemon = state.withLock { state in
            defer { state.daemon = nil }
            state.isStopping = true
            return state.daemon
        }
        guard let daemon, let pointer = OpaquePointer(bitPattern: daemon) else { return }
        waitUntilNoneIsOpen(milliseconds: drainMilliseconds)
        // libmicrohttpd aborts the process if a connection is suspended when it stops.
        let unavailable = unavailable
        let (suspended, drips) = state.withLock { (Array($0.suspended.values), Array($0.drips.values)) }
        for suspension in suspended { suspension.deliver(unavailable) }
        for drip in drips { drip.end() }
        waitUntilNoneIsOpen(milliseconds: 1000)
        timer.stop()
        MHD_stop_daemon(pointer)
    }

    private func waitUntilNoneIsOpen(milliseconds: Int64) {
        let end = clinux_uptime_milliseconds() + milliseconds
        while state.withLock({ $0.open > 0 }) {
            let left = end - clinux_uptime_milliseconds()
            guard left > 0 else { return }
            changed.wait(milliseconds: left)
        }
    }

    private var unavailable: Answer { Answer(configuration.refusal(503)) }
}

// What the callbacks do, on the server's thread.
extension ServerCore {
    func connectionBegan(_ pointer: OpaquePointer) -> Connection {
        let connection = Connection(pointer, configuration)
        let most = configuration.connections - Crowding.reserve(of: configuration.connections)
        timer.watch(connection, most: most)
        return connection
    }

    func connectionEnded(_ connection: Connection) {
        timer.forget(connection)
        connection.closed()
    }

    func requestEnded(_ exchange: Exchange) {
        guard exchange.isIn else { return }
        let isStopping = state.withLock {
            $0.open -= 1
            if let suspension = exchange.suspension { $0.suspended[ObjectIdentifier(suspension)] = nil }
            if let drip = exchange.drip { $0.drips[ObjectIdentifier(drip)] = nil }
            return $0.isStopping
        }
        if isStopping { changed.open() }
    }

    /// The request is in: answers it, or has it answered later.
    func answer(_ exchange: Exchange, _ pointer: OpaquePointer, _ connection: Connection) -> MHD_Result {
        if let suspension = exchange.suspension {
            guard let answer = suspension.take() else { return .YES }
            return send(answer, exchange, pointer)
        }
        guard connection.requestIsIn() else { return .NO }
        exchange.isIn = true
        state.withLock { $0.open += 1 }
        if let status = exchange.refusal { return refuse(status, pointer) }
        let incoming = IncomingRequest(
            request: exchange.request, peerUID: connection.peerUID, peer: connection.peer,
            local: configuration.listener.address,
            certificate: configuration.tls?.trust == nil ? nil : Self.certificate(pointer))
        if let answer = answering.quick?(incoming) {
            guard answer.delayMilliseconds > 0 else { return send(answer, exchange, pointer) }
            return suspend(exchange, pointer) { [self] in deliver(answer, to: $0) }
        }
        let answering = answering
        return suspend(exchange, pointer) { [self] suspension in
            answering.spawn { [self] in deliver(await answering.answer(incoming), to: suspension) }
        }
    }

    private func send(_ answer: Answer, _ exchange: Exchange, _ pointer: OpaquePointer) -> MHD_Result {
        guard answer.dripMilliseconds > 0 else {
            return Reply.send(answer, on: pointer, closing: state.withLock { $0.isStopping })
        }
        let body = answer.response.body
        let drip = Drip(
            body.prefix(answer.cutAfterBytes.map { max(0, $0) } ?? body.count), every: answer.dripMilliseconds,
            on: pointer, timer)
        exchange.drip = drip
        // Either `stop` finds it noted, or is seen here.
        let isStopping = state.withLock {
            $0.drips[ObjectIdentifier(drip)] = drip
            return $0.isStopping
        }
        if isStopping { drip.end() }
        return Reply.send(answer, dripping: drip, on: pointer, closing: isStopping)
    }

    func refuse(_ status: Int, _ pointer: OpaquePointer) -> MHD_Result {
        Reply.send(Answer(configuration.refusal(status)), on: pointer, closing: true)
    }

    private func suspend(
        _ exchange: Exchange, _ pointer: OpaquePointer, _ work: (Suspension) -> Void
    ) -> MHD_Result {
        let suspension = Suspension(pointer)
        // Either `stop` finds it noted, or is seen here.
        let isStopping = state.withLock {
            if !$0.isStopping { $0.suspended[ObjectIdentifier(suspension)] = suspension }
            return $0.isStopping
        }
        guard !isStopping else { return Reply.send(unavailable, on: pointer, closing: true) }
        exchange.suspension = suspension
        guard suspension.hold() else {
            return suspension.take().map { Reply.send($0, on: pointer, closing: true) } ?? .NO
        }
        work(suspension)
        return .YES
    }

    private func deliver(_ answer: Answer, to suspension: Suspension) {
        guard answer.delayMilliseconds > 0 else { return suspension.deliver(answer) }
        timer.after(milliseconds: answer.delayMilliseconds) { suspension.deliver(answer) }
    }
}
