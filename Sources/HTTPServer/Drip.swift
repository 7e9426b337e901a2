import CMicrohttpd
import Threads

/// A body that goes out byte by byte, each some time after the one before, as that of a server which wants to hold its
/// clients. In between the connection is suspended: it keeps no thread busy.
final class Drip: Sendable {
    private enum State {
        /// A byte may go.
        case open
        /// One has gone, and the next is not due yet.
        case closed
        /// The same, and the connection sleeps.
        case held
        /// The connection is to be broken off.
        case over
    }

    /// What comes of asking for the next byte.
    enum Drop: Sendable, Hashable {
        case byte(UInt8)
        case later
        case none
    }

    // A connection cannot end while it is suspended, so the pointer holds as long as the state is `held`.
    private let connection: Int
    private let body: ArraySlice<UInt8>
    private let milliseconds: Int
    private let timer: Timer
    private let state = Lock(State.open)

    /// - Parameter body: as much of it as is to be sent.
    init(_ body: ArraySlice<UInt8>, every milliseconds: Int, on connection: OpaquePointer, _ timer: Timer) {
        self.connection = Int(bitPattern: connection)
        self.body = body
        self.milliseconds = milliseconds
        self.timer = timer
    }

    /// The byte at this place, if it is time for it; on the server's thread.
    func drop(at place: Int) -> Drop {
        state.withLock {
            switch $0 {
            case .open:
                guard place < body.count else { return .none }
                $0 = .closed
                return .byte(body[body.startIndex + place])
            case .closed:
                $0 = .held
                MHD_suspend_connection(OpaquePointer(bitPattern: connection))
                timer.after(milliseconds: milliseconds) { [self] in wake() }
                return .later
            case .held: return .later
            case .over: return .none
            }
        }
    }

    /// Breaks off, for a server that ends.
    func end() {
        state.withLock {
            if case .held = $0 { resume() }
            $0 = .over
        }
    }

    /// The next byte is due.
    private func wake() {
        state.withLock {
            guard case .held = $0 else { return }
            $0 = .open
            resume()
        }
    }

    private func resume() { MHD_resume_connection(OpaquePointer(bitPattern: connection)) }
}
