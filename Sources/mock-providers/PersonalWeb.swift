import CCurl
import Wire

/// A browser's way to the web, for the pretended person: one request at a time, nothing followed by itself.
struct PersonalWeb {
    /// What went wrong, in libcurl's words.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Certificates that are trusted beside the system's, PEM.
    private let authorities: [UInt8]

    init(_ authorities: [UInt8]) { self.authorities = authorities }

    private final class Answer {
        // Ownership: one call of `send` makes it, and it ends with that call.
        var head: [String] = []
        var body: [UInt8] = []
    }

    func send(_ request: HTTPRequest, to uri: URI) throws(Problem) -> HTTPResponse {
        guard let handle = curl_easy_init() else { throw Problem(description: "no memory") }
        defer { curl_easy_cleanup(handle) }
        let answer = Answer()
        let context = Unmanaged.passUnretained(answer).toOpaque()
        ccurl_set_text(handle, CURLOPT_URL, uri.text)
        ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_text(handle, CURLOPT_NOPROXY, "*")
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, 120_000)
        ccurl_set_write(handle, Self.write, context)
        ccurl_set_header(handle, Self.header, context)
        if !authorities.isEmpty {
            _ = authorities.withUnsafeBytes { ccurl_set_blob(handle, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count) }
        }
        var list: UnsafeMutablePointer<curl_slist>?
        for field in request.headers.fields { list = curl_slist_append(list, "\(field.name): \(field.value)") }
        list = curl_slist_append(list, "Expect:")
        defer { curl_slist_free_all(list) }
        ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        let result = request.body.withUnsafeBytes { body in
            if request.method == "POST" {
                ccurl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
                ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, body.baseAddress)
            }
            return curl_easy_perform(handle)
        }
        guard result == CURLE_OK else {
            throw Problem(description: String(cString: curl_easy_strerror(result)).lowercased())
        }
        return withExtendedLifetime(answer) {
            var response = HTTPResponse(status: Int(ccurl_status(handle)), body: answer.body)
            for line in answer.head {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                response.headers.append(String(line[..<colon]), String(value))
            }
            return response
        }
    }

    private static let write: curl_write_callback = { bytes, size, count, context in
        let answer = Unmanaged<Answer>.fromOpaque(context!).takeUnretainedValue()
        answer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    private static let header: curl_write_callback = { bytes, size, count, context in
        let answer = Unmanaged<Answer>.fromOpaque(context!).takeUnretainedValue()
        let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
        if line.hasPrefix("HTTP/") { answer.head = [] }
        answer.head.append(String(line.filter { !$0.isNewline }))
        return size * count
    }
}
