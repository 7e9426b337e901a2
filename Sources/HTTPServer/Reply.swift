import CMicrohttpd
import Wire

/// Sends an answer on a connection whose request is in.
enum Reply {
    /// Of these the server is the author. The length is looked at first: this runs for every field of every answer.
    private static func isOwn(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: name.lowercased() == "date"
        case 14: name.lowercased() == "content-length"
        case 17: name.lowercased() == "transfer-encoding"
        default: false
        }
    }

    private static let callbackBlock = 16 << 10
    // MHD_CONTENT_READER_END_WITH_ERROR, a macro with a cast.
    private static let breaksOff = -2

    /// What libmicrohttpd's handler is to return: `MHD_NO` closes the connection.
    ///
    /// - Parameter drip: gives the body, where that comes slowly.
    static func send(
        _ answer: Answer, dripping drip: Drip? = nil, on connection: OpaquePointer, closing: Bool = false
    ) -> MHD_Result {
        if let cut = answer.cutAfterBytes, cut < 0 { return .NO }
        let body = answer.response.body
        guard let response = drip.map({ slow(body.count, $0) }) ?? make(body, cut: answer.cutAfterBytes) else {
            return .NO
        }
        defer { MHD_destroy_response(response) }
        for field in answer.response.headers.fields where !isOwn(field.name) {
            // libmicrohttpd refuses line breaks: better no answer than one with a header field nobody meant.
            guard MHD_add_response_header(response, field.name, field.value) == MHD_Result.YES else { return .NO }
        }
        if closing, answer.response.headers["Connection"] == nil {
            MHD_add_response_header(response, "Connection", "close")
        }
        return MHD_queue_response(connection, UInt32(answer.response.status), response)
    }

    private static func make(_ body: [UInt8], cut: Int?) -> OpaquePointer? {
        if let cut, cut < body.count { return cutShort(body, cut) }
        return body.withUnsafeBytes {
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
        }
    }

    private final class CutBody: Sendable {
        let bytes: ArraySlice<UInt8>
        init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    }

    /// Promises the whole length and breaks off.
    private static func cutShort(_ body: [UInt8], _ cut: Int) -> OpaquePointer? {
        MHD_create_response_from_callback(
            UInt64(body.count), callbackBlock,
            { context, at, room, count in
                let body = Unmanaged<CutBody>.fromOpaque(context!).takeUnretainedValue().bytes
                guard at < body.count else { return Reply.breaksOff }
                let piece = body.dropFirst(Int(at)).prefix(count)
                UnsafeMutableRawBufferPointer(start: room, count: count).copyBytes(from: piece)
                return piece.count
            }, Unmanaged.passRetained(CutBody(body.prefix(cut))).toOpaque(),
            { context in Unmanaged<CutBody>.fromOpaque(context!).release() })
    }

    /// Promises the whole length and gives it drop by drop.
    private static func slow(_ count: Int, _ drip: Drip) -> OpaquePointer? {
        MHD_create_response_from_callback(
            UInt64(count), callbackBlock,
            { context, at, room, _ in
                switch Unmanaged<Drip>.fromOpaque(context!).takeUnretainedValue().drop(at: Int(at)) {
                case .byte(let byte):
                    room?.pointee = CChar(bitPattern: byte)
                    return 1
                // The connection sleeps by now.
                case .later: return 0
                case .none: return Reply.breaksOff
                }
            }, Unmanaged.passRetained(drip).toOpaque(),
            { context in Unmanaged<Drip>.fromOpaque(context!).release() })
    }
}
