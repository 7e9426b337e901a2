public import HTTPServer
public import PurserEngine
import Threads
public import Wire

/// The doors made real: an HTTP server a port, started with the first hold and stopped with the last.
public final class Doors: CallbackDoors {
    private struct Door {
        let servers: [HTTPServer]
        var holds: Set<DoorHold> = []
    }

    private struct State {
        var doors: [Int: Door] = [:]
        var ports: [DoorHold: Int] = [:]
        var links: [LinkID: DoorHold] = [:]
        var last = 0
        var isStopped = false
    }

    private let state = Lock(State())
    private let answer: Lock<(@Sendable (IncomingRequest) async -> Answer)?> = Lock(nil)
    private let clock: any Clock
    private let log: any Log

    /// How long an answer on its way may take when a door closes.
    private static let drainMilliseconds: Int64 = 5000

    public init(clock: any Clock, log: any Log) {
        self.clock = clock
        self.log = log
    }

    /// Who answers. Before the first `open`.
    public func attend(_ answer: @escaping @Sendable (IncomingRequest) async -> Answer) {
        self.answer.withLock { $0 = answer }
    }

    public func open(_ uri: URI) throws(DoorProblem) -> DoorHold {
        let port = uri.port
        let found = state.withLock { state in state.doors[port] == nil ? nil : Self.hold(&state, port) }
        if let found { return found }
        let servers = try listen(uri.host, port)
        let (hold, isSecond) = state.withLock { state -> (DoorHold?, Bool) in
            if state.isStopped { return (nil, true) }
            // Two links may have come at once; the first one's servers stay.
            let isSecond = state.doors[port] != nil
            if !isSecond { state.doors[port] = Door(servers: servers) }
            return (Self.hold(&state, port), isSecond)
        }
        if isSecond { stop(servers) }
        guard let hold else { throw DoorProblem(words: "the daemon is stopping") }
        log.write(.info, "door open", [("port", "\(port)")])
        return hold
    }

    public func keep(_ hold: DoorHold, for link: LinkID, until: Instant) {
        state.withLock { $0.links[link] = hold }
        let wait = max(0, until.milliseconds(since: clock.now))
        Task { [weak self, clock] in
            await clock.pause(milliseconds: wait)
            self?.close(link)
        }
    }

    public func close(_ link: LinkID) {
        if let hold = state.withLock({ $0.links.removeValue(forKey: link) }) { release(hold) }
    }

    public func release(_ hold: DoorHold) {
        let closed = state.withLock { state -> (Int, [HTTPServer])? in
            guard let port = state.ports.removeValue(forKey: hold) else { return nil }
            state.doors[port]?.holds.remove(hold)
            guard let door = state.doors[port], door.holds.isEmpty else { return nil }
            state.doors[port] = nil
            return (port, door.servers)
        }
        guard let (port, servers) = closed else { return }
        stop(servers)
        log.write(.info, "door closed", [("port", "\(port)")])
    }

    /// The daemon ends: every door closes, and none opens again.
    public func stop() {
        let servers = state.withLock { state in
            state.isStopped = true
            defer { state.doors = [:] }
            return state.doors.values.flatMap(\.servers)
        }
        for server in servers { server.stop(drainMilliseconds: Self.drainMilliseconds) }
    }

    private static func hold(_ state: inout State, _ port: Int) -> DoorHold {
        state.last += 1
        let hold = DoorHold(number: state.last)
        state.doors[port]?.holds.insert(hold)
        state.ports[hold] = port
        return hold
    }

    /// A browser may take `localhost` for either loopback address.
    private func listen(_ host: String, _ port: Int) throws(DoorProblem) -> [HTTPServer] {
        let literal = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        do {
            var listeners = [try HTTPServer.listen(tcp: literal, port: port)]
            if host == "localhost", let second = try? HTTPServer.listen(tcp: "::1", port: port) {
                listeners.append(second)
            }
            return try listeners.map { listener throws(ListenError) in try serve(listener) }
        } catch { throw DoorProblem(words: "\(error)") }
    }

    private func serve(_ listener: Listener) throws(ListenError) -> HTTPServer {
        var configuration = HTTPServer.Configuration(listener)
        configuration.connections = 16
        configuration.refusal = Web.refusal
        let answer = answer.withLock { $0 }
        return try HTTPServer(
            configuration, spawn: { work in Task { await work() } },
            answer: { incoming in
                guard let answer else { return Answer(.text("not ready\n", status: 503)) }
                return await answer(incoming)
            })
    }

    /// On a thread of its own: it may be the door's own answer that closes it, and stopping waits for that answer.
    private func stop(_ servers: [HTTPServer]) {
        // The port is free at once: the next link may want it.
        for server in servers { server.quiesce() }
        OwnThread.start("door") { for server in servers { server.stop(drainMilliseconds: Self.drainMilliseconds) } }
    }
}
