import Wire

/// Reads one response (RFC 9112 4 to 7) from a socket, within bounds.
struct ResponseReader {
    private let socket: ClientSocket
    private var buffer: [UInt8] = []
    private var at = 0
    private var headerBytes = 0

    init(_ socket: ClientSocket) { self.socket = socket }

    /// The final response; interim ones (1xx) are passed over.
    mutating func response(to method: String) throws(HTTPClientError) -> HTTPResponse {
        while true {
            let status = try status()
            let headers = try headers()
            if (100..<200).contains(status) { continue }
            var response = HTTPResponse(status: status, headers: headers)
            if method != "HEAD", status != 204, status != 304 { response.body = try body(headers) }
            return response
        }
    }

    private mutating func status() throws(HTTPClientError) -> Int {
        let line = try line()
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].utf8.count == 3,
            let status = Int(parts[1]), (100...599).contains(status)
        else { throw .malformed("its first line is not one of HTTP/1.1") }
        return status
    }

    private mutating func headers() throws(HTTPClientError) -> HTTPHeaders {
        var headers = HTTPHeaders()
        while true {
            let line = try line()
            if line.isEmpty { return headers }
            let bytes = Array(line.utf8)
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
                bytes[..<colon].allSatisfy({ (0x21...0x7e).contains($0) })
            else { throw .malformed("a header field without a name") }
            let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
            var value = bytes[(colon + 1)...].drop(while: isSpace)
            while let last = value.last, isSpace(last) { value.removeLast() }
            headers.append(
                String(decoding: bytes[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    private mutating func body(_ headers: HTTPHeaders) throws(HTTPClientError) -> [UInt8] {
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        if !codings.isEmpty {
            guard codings.count == 1, codings[0].lowercased() == "chunked", lengths.isEmpty else {
                throw .malformed("its length is told in two ways")
            }
            return try chunks()
        }
        guard let first = lengths.first else { return try rest() }
        guard lengths.allSatisfy({ $0 == first }), !first.isEmpty, first.utf8.count <= 15,
            first.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(first)
        else { throw .malformed("its length is not a number") }
        guard count <= HTTPClient.maximumBodyBytes else { throw .tooLarge }
        return try take(count)
    }

    private mutating func chunks() throws(HTTPClientError) -> [UInt8] {
        var out: [UInt8] = []
        while true {
            let digits = try line().prefix { $0 != ";" && $0 != " " }
            guard (1...8).contains(digits.utf8.count), digits.utf8.first != UInt8(ascii: "+"),
                digits.utf8.first != UInt8(ascii: "-"), let count = Int(digits, radix: 16)
            else { throw .malformed("a chunk without a size") }
            if count == 0 {
                // Trailers are read and dropped.
                _ = try self.headers()
                return out
            }
            guard out.count + count <= HTTPClient.maximumBodyBytes else { throw .tooLarge }
            out += try take(count)
            guard try line().isEmpty else { throw .malformed("a chunk longer than its size") }
        }
    }

    private mutating func rest() throws(HTTPClientError) -> [UInt8] {
        var out = Array(buffer[at...])
        while true {
            let more = try socket.receive()
            if more.isEmpty { return out }
            out += more
            guard out.count <= HTTPClient.maximumBodyBytes else { throw .tooLarge }
        }
    }

    private mutating func fill() throws(HTTPClientError) {
        let more = try socket.receive()
        guard !more.isEmpty else { throw .cut }
        if at > 0 {
            buffer.removeFirst(at)
            at = 0
        }
        buffer += more
    }

    private mutating func take(_ count: Int) throws(HTTPClientError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        while true {
            let piece = buffer[at...].prefix(count - out.count)
            out += piece
            at += piece.count
            if out.count == count { return out }
            try fill()
        }
    }

    /// One line without its end: CR LF, or LF alone (RFC 9112 2.2).
    private mutating func line() throws(HTTPClientError) -> String {
        var searched = 0
        while true {
            if let end = buffer[(at + searched)...].firstIndex(of: 0x0A) {
                var bytes = buffer[at..<end]
                headerBytes += bytes.count + 1
                at = end + 1
                guard headerBytes <= HTTPClient.maximumHeaderBytes else { throw .tooLarge }
                if bytes.last == 0x0D { bytes.removeLast() }
                guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                    throw .malformed("a control character in a header field")
                }
                return String(decoding: bytes, as: UTF8.self)
            }
            searched = buffer.count - at
            guard headerBytes + searched <= HTTPClient.maximumHeaderBytes else { throw .tooLarge }
            try fill()
        }
    }
}
