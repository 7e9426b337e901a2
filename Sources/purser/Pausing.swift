import PurserAPI
import Usage
import Wire

/// `purser pause NAME|lnk_…` and `purser resume NAME|lnk_…`.
enum Pausing {
    static let pause = Command<Run>(
        "pause", "let links rest: nothing is refreshed or pulled", arguments: [Argument("NAME|lnk_…", .link)],
        text: [
            .paragraph("A NAME means every link of the provider. What was pulled stays to be shown, and grows old.")
        ],
        run: { line, terminal in try run("pause", of: ["active", "paused"], line, terminal) })

    static let resume = Command<Run>(
        "resume", "let links go on", arguments: [Argument("NAME|lnk_…", .link)],
        text: [
            .paragraph(
                """
                For paused links, and for suspended ones whose question you answer with yes: that another member is to \
                be kept too, or that client and endpoints are those you consented to again.
                """)
        ],
        run: { line, terminal in try run("resume", of: ["active", "paused", "suspended"], line, terminal) })

    /// - Parameter states: which of a provider's links are meant by its name. One that is named by its id is meant.
    private static func run(
        _ what: String, of states: [String], _ line: Line, _ terminal: Terminal
    ) throws -> Int32 {
        let daemon = Daemon(line)
        let named = try LinkNames.matching(line.arguments[0], try daemon.links())
        let fitting = named.filter { states.contains($0.state) }
        let links = fitting.isEmpty ? named : fitting
        var shown: [JSON] = []
        var failures: [String] = []
        for link in links {
            do throws(Stop) {
                guard let now = LinkShown(try daemon.post("/v1/links/\(link.id)/\(what)")) else {
                    throw .failed("the daemon's answer cannot be read")
                }
                shown.append(now.json)
                if !terminal.wantsJSON { Terminal.out("\(link.provider) (\(link.id)): \(Words.state(now))") }
            } catch {
                guard error.code == ExitCode.failed else { throw error }
                failures.append("\(link.provider) (\(link.id)): \(error.words)")
            }
        }
        if terminal.wantsJSON { Terminal.out(JSON.object(JSONObject([("links", .array(shown))])).text) }
        guard failures.isEmpty else { throw Stop.failed(failures.joined(separator: "\n  ")) }
        return ExitCode.done
    }
}
