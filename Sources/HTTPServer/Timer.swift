import CLinux
import Threads

/// The server's clock: late requests are ended, delayed answers given. One thread; asleep while there is nothing.
final class Timer: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var delayed: [(due: Int64, action: @Sendable () -> Void)] = []
        var isStopped = false
        var isAsleep = false
    }

    // How late a late request may be found.
    private static let tickMilliseconds: Int64 = 200
    private let state = Lock(State())
    private let wake = Gate()
    private let ended = Gate()

    func start() {
        OwnThread.start("http-timer") { [self] in
            while tick() {}
            ended.open()
        }
    }

    /// Returns when the thread has ended; what was delayed is dropped.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake.open()
        ended.wait()
    }

    /// Takes a new connection. Above `most` of them, one that lets us wait gives way.
    func watch(_ connection: Connection, most: Int) {
        let (isAsleep, crowd) = state.withLock {
            $0.connections[ObjectIdentifier(connection)] = connection
            return ($0.isAsleep, $0.connections.count > most ? Array($0.connections.values) : [])
        }
        if isAsleep { wake.open() }
        let others = crowd.filter { $0 !== connection }
        let places = others.map { Crowding.Place(peer: $0.peer, waitingSince: $0.waitingSince) }
        if let victim = Crowding.victim(places) { others[victim].giveWay() }
    }

    func forget(_ connection: Connection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
    }

    func after(milliseconds: Int, _ action: @escaping @Sendable () -> Void) {
        let due = clinux_uptime_milliseconds() + Int64(milliseconds)
        state.withLock { $0.delayed.append((due, action)) }
        wake.open()
    }

    private func tick() -> Bool {
        let now = clinux_uptime_milliseconds()
        let (connections, due, pause, isStopped) = state.withLock { state in
            let due = state.delayed.filter { $0.due <= now }
            state.delayed.removeAll { $0.due <= now }
            var pause = state.delayed.map { $0.due - now }.min()
            if !state.connections.isEmpty { pause = min(pause ?? Self.tickMilliseconds, Self.tickMilliseconds) }
            state.isAsleep = pause == nil
            return (Array(state.connections.values), due, pause, state.isStopped)
        }
        guard !isStopped else { return false }
        for connection in connections { connection.expire(now: now) }
        for (_, action) in due.sorted(by: { $0.due < $1.due }) { action() }
        wake.wait(milliseconds: pause)
        return true
    }
}
