import PurserAPI
import Usage
import Wire

/// `purser sync [NAME…] [--wait]`.
enum Sync {
    static let command = Command<Run>(
        "sync", "pull now, all links or those named", arguments: [Argument("NAME", .link, count: 0...64)],
        options: [Option("--wait", "until every pull has ended; exit code 1 if one failed")],
        text: [.paragraph("A link can be pulled once a minute.")], run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let links = try daemon.links()
        var wanted: [LinkShown] = []
        for name in line.arguments { wanted += try LinkNames.matching(name, links) }
        if line.arguments.isEmpty { wanted = links.filter { $0.state == "active" } }
        guard !wanted.isEmpty else {
            terminal.remark("nothing to pull: nothing active is linked")
            if terminal.wantsJSON { Terminal.out(#"{"links":[]}"#) }
            return ExitCode.done
        }
        var answers: [SyncShown] = []
        for link in wanted {
            guard let answer = SyncShown(try daemon.post("/v1/links/\(link.id)/sync")) else {
                throw Stop.failed("the daemon's answer cannot be read")
            }
            answers.append(answer)
            if !terminal.wantsJSON, !line.has("--wait") {
                terminal.remark(words(Words.name(link, among: wanted), link, answer))
            }
        }
        guard line.has("--wait") else {
            if terminal.wantsJSON {
                Terminal.out(JSON.object(JSONObject([("links", .array(answers.map(\.json)))])).text)
            }
            return answers.contains { $0.answer == .notActive } ? ExitCode.failed : ExitCode.done
        }
        return try wait(wanted, answers, daemon, terminal)
    }

    private static func words(_ name: String, _ link: LinkShown, _ answer: SyncShown) -> String {
        switch answer.answer {
        case .due: "\(name): asked for"
        case .running: "\(name): is being pulled"
        case .tooSoon: "\(name): pulled less than a minute ago; again from \(answer.again?.rfc3339 ?? "later")"
        case .notActive: "\(name): cannot be pulled, it is \(Words.state(link))"
        }
    }

    private static func wait(
        _ links: [LinkShown], _ answers: [SyncShown], _ daemon: Daemon, _ terminal: Terminal
    ) throws(Stop) -> Int32 {
        var hasFailed = false
        var shown: [JSON] = []
        for (index, (link, answer)) in zip(links, answers).enumerated() {
            var now = link
            if answer.answer == .due || answer.answer == .running {
                repeat {
                    terminal.progress(bar(index, links.count) + " " + link.provider)
                    now = try daemon.link(link.id, waitSeconds: 20)
                } while now.isUnderWay
            }
            terminal.progress("")
            let isGood = now.state == "active" && now.condition == "ok" && answer.answer != .notActive
            hasFailed = hasFailed || !isGood
            shown.append(now.json)
            guard !terminal.wantsJSON else { continue }
            let name = Words.name(link, among: links)
            if answer.answer == .tooSoon || answer.answer == .notActive {
                terminal.remark(words(name, link, answer))
            } else {
                terminal.remark(isGood ? "\(name): pulled" : Words.advice(now) ?? "\(name): \(Words.state(now))")
            }
        }
        if terminal.wantsJSON { Terminal.out(JSON.object(JSONObject([("links", .array(shown))])).text) }
        return hasFailed ? ExitCode.failed : ExitCode.done
    }

    private static func bar(_ done: Int, _ total: Int) -> String {
        let width = 20
        let full = total == 0 ? width : done * width / total
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
            + "] \(done)/\(total)"
    }
}
