import CMicrohttpd

/// What libmicrohttpd calls, on its own thread. Contexts: the daemon's is the `ServerCore`, a connection's its
/// `Connection`, a request's its `Exchange`; the last two are retained from their first callback to their last.
enum Callbacks {
    static let connected: MHD_NotifyConnectionCallback = { context, pointer, socketContext, what in
        guard let context, let pointer, let socketContext else { return }
        let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        if what == .CONNECTION_NOTIFY_STARTED {
            socketContext.pointee = Unmanaged.passRetained(core.connectionBegan(pointer)).toOpaque()
        } else if let held = socketContext.pointee {
            core.connectionEnded(Unmanaged<Connection>.fromOpaque(held).takeRetainedValue())
            socketContext.pointee = nil
        }
    }

    static let target: cmicrohttpd_target = { _, target, pointer in
        if let pointer { connection(pointer)?.requestBegan() }
        return Unmanaged.passRetained(Exchange(target: target)).toOpaque()
    }

    static let answer: MHD_AccessHandlerCallback = { context, pointer, _, method, version, bytes, count, held in
        guard let context, let pointer, let held = held?.pointee, let count, let connection = connection(pointer)
        else { return .NO }
        let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        let exchange = Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
        guard exchange.hasHeaders else {
            connection.headerIsIn()
            guard exchange.begin(method, version, on: pointer, core.configuration), let refusal = exchange.refusal
            else { return .YES }
            return connection.requestIsIn() ? core.refuse(refusal, pointer) : .NO
        }
        guard count.pointee == 0 else {
            let piece = UnsafeRawBufferPointer(start: bytes, count: count.pointee)
            count.pointee = 0
            return exchange.take(piece, limit: core.configuration.bodyBytes) ? .YES : .NO
        }
        return core.answer(exchange, pointer, connection)
    }

    static let completed: MHD_RequestCompletedCallback = { context, pointer, held, _ in
        guard let context, let pointer, let held, let exchange = held.pointee else { return }
        let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        core.requestEnded(Unmanaged<Exchange>.fromOpaque(exchange).takeRetainedValue())
        held.pointee = nil
        connection(pointer)?.requestEnded()
    }

    private static func connection(_ pointer: OpaquePointer) -> Connection? {
        cmicrohttpd_connection_context(pointer).map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
    }
}
