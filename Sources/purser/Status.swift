import PurserAPI
import Usage
import Wire

/// `purser status`.
enum Status {
    static let command = Command<Run>("status", "show how the daemon is doing", run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let json = try daemon.get("/v1/status")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        guard let status = StatusShown(json) else { throw Stop.failed("the daemon's answer cannot be read") }
        Terminal.out("purserd \(status.version), up since \(status.startedAt.rfc3339)")
        Terminal.out("  listens   \(status.listen) and \(daemon.socket)")
        if let url = status.publicURL { Terminal.out("  reached   \(url)") }
        Terminal.out("  data      \(status.data)")
        Terminal.out("  key       \(status.keySource)")
        if !status.issuers.isEmpty {
            Terminal.out("  tokens    purser's own, and those of \(status.issuers.joined(separator: ", "))")
        }
        let links = status.links.map { "\($0.count) \($0.state)" }.joined(separator: ", ")
        Terminal.out("  links     \(links.isEmpty ? "none" : links)")
        let broken =
            status.brokenProviders.isEmpty
            ? "" : ", \(status.brokenProviders.count) not loading (purser providers says why)"
        Terminal.out("  providers \(status.providers)\(broken)")
        let next = status.nextDue.map { max(status.now, $0).rfc3339 } ?? "nothing is due"
        Terminal.out("  next pull \(next)\(status.working > 0 ? ", \(status.working) under way" : "")")
        if let at = status.restoredAt {
            terminal.warn(
                "the database is a restored one, noticed \(at.rfc3339): strict providers' tokens are not refreshed; "
                    + "when nothing else runs with them: purser restored")
        }
        if let why = status.sealed {
            throw Stop.failed("the daemon is sealed: \(why)\n  nothing is lost; once the key is there: purser unseal")
        }
        return ExitCode.done
    }
}
