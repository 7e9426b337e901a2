import TestSupport
import Wire

/// The search for secrets in what one town's programs leave behind.
final class Search {
    private let folder: String
    private var said: [(place: String, bytes: [UInt8])] = []
    private var secrets: [(name: String, bytes: [UInt8])] = []
    private var states: [(name: String, bytes: [UInt8])] = []
    /// How many secrets, and bytes of the log, were searched by the last `search`.
    private var (done, logDone) = (0, 0)
    private var seen: Set<String> = []
    private(set) var bytesSearched = 0

    init(_ folder: String) { self.folder = folder }

    func heard(_ place: String, _ bytes: [UInt8]) { said.append((place, bytes)) }

    func saw(_ child: Child) {
        heard("the daemon's arguments", child.arguments)
        heard("the daemon's environment", child.environment)
    }

    func keepState(of address: String) {
        guard let value = URI(address)?.query.flatMap({ Form(parsing: $0) })?["state"] else { return }
        states.append(("a state", Array(value.utf8)))
    }

    /// What a provider gave out, and the secrets of its clients and of the daemon.
    func keep(_ name: String, _ ledger: Ledger) {
        for event in ledger.events where seen.insert(event.token).inserted {
            // Before the first dot of a signed token stands nothing but the names of algorithm and key.
            let parts = event.token.split(separator: ".")
            let telling = parts.count == 3 ? parts.dropFirst().joined(separator: ".") : event.token
            keep("a \(event.kind) token of \(name)", Array(telling.utf8))
        }
    }

    func keep(_ name: String, _ bytes: [UInt8]) {
        if bytes.count >= SecretScan.window { secrets.append((name, bytes)) }
    }

    func keepFixed(_ key: String) {
        // It may have been replaced.
        let hex = String(Files.text(key).prefix(64))
        if seen.insert(hex).inserted, let root = Hex.decode(hex) { keep("the root key", root) }
        for variant in Variant.all where seen.insert(variant.name).inserted {
            let server = try? JSON.parse(
                Files.bytes("\(folder)/providers/\(variant.name)/mock/authorization.json"), limits: .file)
            for client in server?["clients"]?.array ?? [] {
                if let secret = client["secret"]?.string {
                    keep("the client secret of \(variant.name)", Array(secret.utf8))
                }
            }
        }
    }

    /// What stands where it must not.
    ///
    /// - Parameter whole: everything ever given out, in everything ever said; else what came since the last search.
    func search(_ data: String, log: String, whole: Bool) -> [SecretScan.Hit] {
        let log = Array(Files.bytes(log).dropFirst(whole ? 0 : logDone))
        // The newest are still in use, whenever they were given out.
        let scan = SecretScan(whole ? secrets : Array(secrets.dropFirst(max(0, done - 100))))
        let inside = SecretScan(whole ? states : Array(states.suffix(20)))
        var hits: [SecretScan.Hit] = []
        func look(_ place: String, _ bytes: [UInt8], _ scans: [SecretScan]) {
            for scan in scans { hits += scan.hits(in: bytes, place, limit: 3) }
            bytesSearched += bytes.count
        }
        look("the log", log, [scan, inside])
        for name in Files.names(data) where Files.isFile("\(data)/\(name)") {
            look(name, Files.bytes("\(data)/\(name)"), [scan, inside])
        }
        for (place, bytes) in said { look(place, bytes, [scan]) }
        if !whole { logDone += log.count }
        (said, done) = ([], secrets.count)
        return hits
    }
}
