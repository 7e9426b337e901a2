import Glibc
import TestSupport
import Testing
import Wire

/// What the programs of one house left where others could see it, and the secrets that must not be in it.
///
/// Searched when the house is left: nothing a test asks for by itself, and no test can forget it.
final class Traces {
    private var said: [(place: String, bytes: [UInt8])] = []
    /// Codes and tokens that providers gave out, client secrets, the root key: nowhere.
    private var secrets: [String: [UInt8]] = [:]
    /// `state` values: printed, since somebody must open the address, but not kept and not logged.
    private var states: [String: [UInt8]] = [:]

    func heard(_ place: String, _ bytes: [UInt8]) { said.append((place, bytes)) }
    func heard(_ place: String, _ text: String) { heard(place, Array(text.utf8)) }

    /// What everybody on the machine may read of a process.
    func saw(_ running: Running) {
        heard("the arguments of \(running.program)", running.arguments)
        heard("the environment of \(running.program)", running.environment)
    }

    func keepSecret(_ name: String, _ value: String) {
        // Before the first dot of a signed token stands nothing but the names of algorithm and key.
        let parts = value.split(separator: ".")
        let telling = parts.count == 3 ? parts.dropFirst().joined(separator: ".") : value
        keepSecret(name, Array(telling.utf8))
    }

    func keepSecret(_ name: String, _ bytes: [UInt8]) {
        if bytes.count >= SecretScan.window { secrets["\(name) \(secrets.count + 1)"] = bytes }
    }

    /// The `state` of an authorization request.
    func keepState(of address: String) {
        guard let value = URI(address)?.query.flatMap({ Form(parsing: $0) })?["state"] else { return }
        states["state \(states.count + 1)"] = Array(value.utf8)
    }

    /// Searches everything, and these files too.
    func search(_ files: [String], log: String) {
        let everywhere = SecretScan(secrets.map { ($0.key, $0.value) })
        let inside = SecretScan(states.map { ($0.key, $0.value) })
        var hits = said.flatMap { everywhere.hits(in: $0.bytes, $0.place) }
        for file in files {
            let bytes = Files.bytes(file)
            for scan in [everywhere, inside] { hits += scan.hits(in: bytes, file) }
        }
        for scan in [everywhere, inside] { hits += scan.hits(in: log, "what the daemon said") }
        for hit in hits { Issue.record("a secret stands where it must not: \(hit)") }
    }
}
