import CMicrohttpd
import Threads

/// A request whose connection waits for its answer.
final class Suspension: Sendable {
    private enum State {
        case new
        case held
        case answered(Answer)
        case over
    }

    // A connection cannot end while it is suspended, so the pointer holds as long as the state is `held`.
    private let connection: Int
    private let state = Lock(State.new)

    init(_ connection: OpaquePointer) { self.connection = Int(bitPattern: connection) }

    /// Makes the connection wait; on the server's thread. False: the answer is there already.
    func hold() -> Bool {
        state.withLock {
            guard case .new = $0 else { return false }
            $0 = .held
            MHD_suspend_connection(OpaquePointer(bitPattern: connection))
            return true
        }
    }

    /// Gives the answer and wakes the connection. Only the first one counts.
    func deliver(_ answer: Answer) {
        state.withLock {
            switch $0 {
            case .new: $0 = .answered(answer)
            case .held:
                $0 = .answered(answer)
                MHD_resume_connection(OpaquePointer(bitPattern: connection))
            case .answered, .over: break
            }
        }
    }

    /// The answer, once; nil while there is none.
    func take() -> Answer? {
        state.withLock {
            guard case .answered(let answer) = $0 else { return nil }
            $0 = .over
            return answer
        }
    }
}
