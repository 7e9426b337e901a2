import HTTPServer
import PurserEngine
import PurserSystem
import Usage
import Wire

/// How the daemon is reached over TCP: where it listens, whether over TLS, and what its addresses begin with.
struct Reach {
    private(set) var host = "127.0.0.1"
    private(set) var port = 7878
    /// PEM files; nil: plain HTTP.
    private(set) var certificate: (path: String, key: String)?
    /// Without a slash at its end; nil: its addresses begin with where it listens.
    private(set) var publicURL: String?

    init(_ line: Line) throws(Refusal) {
        if let text = line.value("--listen") { (host, port) = try Self.listen(text) }
        switch (line.value("--tls-cert"), line.value("--tls-key")) {
        case (let path?, let key?): certificate = (Options.absolute(path), Options.absolute(key))
        case (nil, nil): break
        case (_?, nil): throw .usage("--tls-cert needs --tls-key")
        case (nil, _?): throw .usage("--tls-key needs --tls-cert")
        }
        if let text = line.value("--public-url") { publicURL = try Self.publicURL(text) }
        try check(line.value("--listen") ?? "")
    }

    /// `HOST:PORT` with a literal address.
    private static func listen(_ text: String) throws(Refusal) -> (String, Int) {
        guard let colon = text.lastIndex(of: ":"), let number = Int(text[text.index(after: colon)...]),
            (0...65535).contains(number)
        else { throw .usage("--listen must be HOST:PORT, like 127.0.0.1:7878") }
        let named = String(text[..<colon])
        let bare = named.hasPrefix("[") && named.hasSuffix("]") ? String(named.dropFirst().dropLast()) : named
        guard bare == "localhost" || Peer(bare) != nil else {
            throw .usage("--listen must name an address in numbers, like 127.0.0.1:7878 or [::1]:7878")
        }
        return (bare == "localhost" ? "127.0.0.1" : bare, number)
    }

    /// A proxy that gave us a folder of its name would have to change the addresses that providers compare letter by
    /// letter, so a path is refused.
    private static func publicURL(_ text: String) throws(Refusal) -> String {
        guard let uri = URI(text), uri.scheme == "https", uri.userinfo == nil, uri.path == "/", uri.query == nil,
            uri.fragment == nil
        else { throw .usage("--public-url must be https, a name and perhaps a port, like https://purser.example") }
        return uri.origin
    }

    private var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }
    private var isWildcard: Bool { Peer(host) == Peer("0.0.0.0") || Peer(host) == Peer("::") }

    /// What must not be: codes and tokens in clear on a network, and addresses that lead nowhere.
    private func check(_ listen: String) throws(Refusal) {
        if !isLoopback, certificate == nil, publicURL == nil {
            throw .cannot(
                """
                --listen \(listen): without TLS only a loopback address is served, because codes and tokens would cross \
                the network in clear; give --tls-cert and --tls-key, or --public-url https://… behind a proxy
                """)
        }
        if isWildcard, publicURL == nil {
            throw .cannot(
                """
                --listen \(listen): that is every address and none to come back to; give --public-url https://… too, \
                with the name the certificate is for
                """)
        }
        if certificate != nil, !TLSIdentity.isSupported {
            throw .cannot("libmicrohttpd was built without TLS here; put a proxy before it: --public-url https://…")
        }
    }

    /// Reads the certificate, before anything listens.
    func identity(now: Instant, _ log: ErrorLog) throws(Refusal) -> TLSIdentity? {
        guard let certificate else { return nil }
        let files: CertificateFiles
        do { files = try CertificateFiles(certificate: certificate.path, key: certificate.key) } catch {
            throw .cannot("\(error); nothing was started")
        }
        if files.endsAt <= now {
            log.write(.warning, "certificate is over", [("path", certificate.path), ("since", files.endsAt.rfc3339)])
        }
        return files.withPEM { TLSIdentity(certificate: $0, key: $1) }
    }

    /// Where it listens, as an address.
    func address(_ listener: Listener) -> String {
        (certificate == nil ? "http" : "https") + "://\(listener.address)"
    }
}
