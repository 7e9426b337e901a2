import CCurl
import Crypto
import PurserEngine
import Wire

/// One request under way in the network thread.
///
/// Ownership: whoever submits it lets go of it; from then on only the network thread touches it.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPResponse, TransportError>

    let request: ProviderRequest
    private let finish: (Outcome) -> Void
    /// How much of the request's body has been handed over; it never goes back.
    private var sent = 0
    private var status = 0
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var list: UnsafeMutablePointer<curl_slist>?

    private static let headerLimit = 64 << 10

    init(_ request: ProviderRequest, _ finish: @escaping (Outcome) -> Void) {
        self.request = request
        self.finish = finish
    }

    /// Sets a handle up for this request. Everything not said here was said once in `CurlHandles`.
    func prepare(_ handle: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(handle, CURLOPT_PRIVATE, context)
        ccurl_set_text(handle, CURLOPT_URL, request.uri.text)
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, request.uri.isLoopback ? "http,https" : "https")
        ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(max(1, request.deadlineSeconds)) * 1000)
        ccurl_set_write(handle, CurlCallbacks.write, context)
        ccurl_set_header(handle, CurlCallbacks.header, context)
        switch request.sending {
        case .pooled: break
        case .once: break
        case .onceFresh:
            ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            ccurl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        }
        if let tls = request.tls { secure(handle, tls) }
        for field in request.headers.fields { append("\(field.name): \(field.value)") }
        if let authorization = request.authorization?.text() { append("Authorization: \(authorization)") }
        if request.method == "POST" || request.body != nil {
            append("Expect:")
            ccurl_set_body(handle, CurlCallbacks.read, context, Int64(request.body?.count ?? 0))
        } else {
            ccurl_set_long(handle, CURLOPT_HTTPGET, 1)
        }
        if request.method != "POST", request.method != "GET" {
            ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        }
        ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
    }

    /// Connections are shared only among requests with the same authorities and the same certificate: libcurl compares
    /// both before it takes one from its pool.
    private func secure(_ handle: UnsafeMutableRawPointer, _ tls: TLSTerms) {
        if let authorities = tls.authorities {
            _ = authorities.withUnsafeBytes { ccurl_set_blob(handle, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count) }
        }
        guard let identity = tls.identity else { return }
        identity.withBytes { bytes in
            for option in [CURLOPT_SSLCERT_BLOB, CURLOPT_SSLKEY_BLOB] {
                ccurl_set_blob(handle, option, bytes.baseAddress, bytes.count)
            }
        }
    }

    private func append(_ line: String) { list = curl_slist_append(list, line) }

    /// The transfer is over.
    func end(_ result: CURLcode, _ handle: UnsafeMutableRawPointer) {
        let requestBytes = ccurl_request_bytes(handle)
        release()
        if isTooLarge { return finish(.failure(part("it is too large").map { .cut($0) } ?? .tooLarge)) }
        guard result == CURLE_OK else {
            let words = String(cString: curl_easy_strerror(result)).lowercased()
            if CurlCallbacks.isUntrusted(result) { return finish(.failure(.untrusted(words))) }
            let isNotSent = CurlCallbacks.neverSent(result) || requestBytes == 0
            if !isNotSent, let part = part(words) { return finish(.failure(.cut(part))) }
            return finish(.failure(isNotSent ? .notSent(words) : .noAnswer(words)))
        }
        finish(.success(HTTPResponse(status: status, headers: headers, body: body)))
    }

    /// What came of an answer to a request that may be sent once only; nil: nothing of its body.
    private func part(_ why: String) -> CutAnswer? {
        guard request.sending != .pooled, status > 0, !body.isEmpty else { return nil }
        return CutAnswer(status: status, headers: headers, body: body, why: why)
    }

    /// Ends it without having begun.
    func refuse(_ error: TransportError) {
        release()
        finish(.failure(error))
    }

    private func release() {
        if list != nil { ccurl_wipe(list) }
        list = nil
    }

    /// Bytes of the answer's body; fewer taken than offered ends the transfer.
    func took(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= request.answerBytes else {
            isTooLarge = true
            body.append(contentsOf: bytes.prefix(max(0, request.answerBytes - body.count)))
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// One line of the answer's head.
    func took(line: UnsafeRawBufferPointer) -> Int {
        if headerBytes == 0, request.sending != .pooled { Point.reach(.firstByte) }
        headerBytes += line.count
        guard headerBytes <= Self.headerLimit else {
            isTooLarge = true
            return 0
        }
        let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
        if text.hasPrefix("HTTP/") {
            // A status line begins another head: after 100, or a proxy's.
            headers = HTTPHeaders()
            status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers.append(String(text[..<colon]), String(value))
        }
        return line.count
    }

    /// Hands over the next bytes of the request's body.
    func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
        guard let secret = request.body else { return 0 }
        return secret.withBytes { bytes in
            let count = min(room.count, bytes.count - sent)
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<(sent + count)]))
            sent += count
            return count
        }
    }
}

/// What libcurl calls: on the network thread, with the transfer as context.
enum CurlCallbacks {
    static let write: curl_write_callback = { bytes, size, count, context in
        let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
        return transfer.took(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }

    static let header: curl_write_callback = { bytes, size, count, context in
        let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
        return transfer.took(line: UnsafeRawBufferPointer(start: bytes, count: size * count))
    }

    static let read: curl_read_callback = { room, size, count, context in
        let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
        return transfer.give(UnsafeMutableRawBufferPointer(start: room, count: size * count))
    }

    /// What a handshake ends in where the server's certificate is not the provider's, as far as anybody can tell.
    static func isUntrusted(_ result: CURLcode) -> Bool {
        [CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH].contains(result)
    }

    /// Outcomes that come before the first byte of a request.
    static func neverSent(_ result: CURLcode) -> Bool {
        [
            CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
            CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER,
        ].contains(result)
    }
}
