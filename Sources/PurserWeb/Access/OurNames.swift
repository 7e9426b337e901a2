import Wire

/// The names this daemon is asked under. What else stands in Host came here by somebody else's DNS, and a page of
/// theirs in a browser would take our answers for its own (DNS rebinding).
struct OurNames: Sendable, Hashable {
    private let names: Set<String>

    /// - Parameters:
    ///   - listen: where it listens. Loopback names are ours as well: nobody else answers to them here.
    ///   - address: where people reach it, through a proxy or under a name.
    init(listen: URI?, address: URI?) {
        var names: Set<String> = []
        func add(_ host: String, _ uri: URI) {
            names.insert("\(host):\(uri.port)")
            if uri.port == (uri.scheme == "https" ? 443 : 80) { names.insert(host) }
        }
        if let listen { for host in [listen.host, "localhost", "127.0.0.1", "[::1]"] { add(host, listen) } }
        if let address { add(address.host, address) }
        self.names = names
    }

    /// Whether these are the `Host` fields of a request to us: one, and ours.
    func fit(_ hosts: [String]) -> Bool { hosts.count == 1 && names.contains(hosts[0].lowercased()) }
}
