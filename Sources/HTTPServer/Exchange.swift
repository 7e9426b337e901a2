import CMicrohttpd
import Glibc
import Wire

/// One request as it comes in: header fields first, then the body in pieces. Belongs to the server's thread.
final class Exchange {
    // Refused bodies of at most this many bytes are read and dropped: closing on a client that still sends would
    // make it lose the answer.
    private static let dropLimit = 1 << 20

    private(set) var request: HTTPRequest
    private(set) var hasHeaders = false
    /// The status to refuse with once the body is in.
    private(set) var refusal: Int?
    private var bodyCount = 0
    var suspension: Suspension?
    var drip: Drip?
    /// All of it came in, in time.
    var isIn = false

    /// As the library had it, and how long; for `begin` alone.
    private let rawTarget: (start: UnsafePointer<CChar>?, count: Int)

    init(target: UnsafePointer<CChar>?) {
        rawTarget = (target, target.map { strlen($0) } ?? 0)
        request = HTTPRequest("", target.map { String(cString: $0) } ?? "")
    }

    /// Takes the header fields. True: refuse at once, without the body.
    func begin(
        _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, on connection: OpaquePointer,
        _ limits: HTTPServer.Configuration
    ) -> Bool {
        hasHeaders = true
        request.method = method.map { String(cString: $0) } ?? ""
        let hides = cmicrohttpd_header_hides(connection, method, rawTarget.start, rawTarget.count, version) != 0
        var collected = HeaderCollection(maximumFields: limits.headerFields)
        withUnsafeMutablePointer(to: &collected) { collected in
            _ = MHD_get_connection_values(
                connection, .HEADER_KIND,
                { context, _, name, value in
                    let collected = context!.assumingMemoryBound(to: HeaderCollection.self)
                    return collected.pointee.take(HeaderText(name), HeaderText(value)) ? .YES : .NO
                }, collected)
        }
        request.headers = collected.headers
        let length = collected.headers["Content-Length"]
        if request.target.utf8.count > limits.targetBytes {
            refusal = 414
        } else if collected.overflows || collected.bytes > limits.headerBytes {
            refusal = 431
        } else if hides || collected.isUnfit || !isWellFormed(version.map { String(cString: $0) } ?? "") {
            refusal = 400
        } else if let length = length.flatMap({ Int($0) }), length > limits.bodyBytes {
            refusal = 413
        }
        guard refusal != nil else { return false }
        let isLong = length.map { (Int($0) ?? .max) > Self.dropLimit } ?? false
        return isLong || collected.headers["Expect"] != nil || !hasKnownCoding
    }

    /// What two servers could read differently is refused (RFC 9112 3.2, 6.3).
    private func isWellFormed(_ version: String) -> Bool {
        let headers = request.headers
        let lengths = headers.all("Content-Length")
        let hosts = headers.all("Host").count
        return request.target.utf8.first == UInt8(ascii: "/")
            && request.target.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") }
            && lengths.count <= 1
            && lengths.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            && (lengths.isEmpty || headers["Transfer-Encoding"] == nil) && hasKnownCoding
            && (hosts == 1 || hosts == 0 && version == "HTTP/1.0")
    }

    /// Of a body in any other coding nobody could tell the end (RFC 9112 6.1).
    private var hasKnownCoding: Bool {
        let codings = request.headers.all("Transfer-Encoding")
        return codings.isEmpty || codings.count == 1 && codings[0].lowercased() == "chunked"
    }

    /// Takes a piece of the body. False: close, the client does not stop.
    func take(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Bool {
        bodyCount += bytes.count
        if bodyCount > limit, refusal == nil { refusal = 413 }
        if refusal != nil {
            request.body = []
            return bodyCount <= Self.dropLimit
        }
        request.body.append(contentsOf: bytes)
        return true
    }
}

/// A name or value of a header field, as libmicrohttpd keeps it.
private struct HeaderText {
    let bytes: UnsafeRawBufferPointer

    init(_ start: UnsafePointer<CChar>?) {
        bytes = UnsafeRawBufferPointer(start: start, count: start.map { strlen($0) } ?? 0)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A token and nothing else (RFC 9110 5.1): with a space before the colon it would be a name to some readers only.
    var isName: Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Without control characters, and without the white space that the library leaves at the end (RFC 9110 5.5).
    var value: String? {
        guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }) else { return nil }
        let end = bytes.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

/// Header fields as libmicrohttpd lists them.
private struct HeaderCollection {
    let maximumFields: Int
    var headers = HTTPHeaders()
    var bytes = 0
    var overflows = false
    var isUnfit = false

    init(maximumFields: Int) { self.maximumFields = maximumFields }

    mutating func take(_ name: HeaderText, _ value: HeaderText) -> Bool {
        guard headers.fields.count < maximumFields else {
            overflows = true
            return false
        }
        let text = value.value
        isUnfit = isUnfit || !name.isName || text == nil
        // As on the wire: a colon, a space, a line break.
        bytes += name.bytes.count + value.bytes.count + 4
        headers.append(name.text, text ?? "")
        return true
    }
}
