import Glibc
import PurserAPI
import Usage
import Wire

/// `purser provider check DIR` and `purser provider try DIR`: for whoever writes a provider's folder.
enum ProviderFolder {
    static let command = Command<Run>(
        "provider", "write and try a provider's folder",
        text: [.paragraph("providers/README.md walks from nothing to a linked provider; no code is needed.")],
        commands: [check, attempt])

    private static let check = Command<Run>(
        "check", "say everything that is wrong with a folder, all at once", arguments: [Argument("DIR", .folder)],
        text: [
            .paragraph(
                """
                Manifest, mapping and what they name; and, where the folder has an expected.json, whether mapping the \
                recorded answers gives what it says. The folder need not be one that the daemon has loaded.
                """)
        ],
        run: runCheck)

    private static let attempt = Command<Run>(
        "try", "run a folder's requests once, and show what the mapping makes of the answers",
        arguments: [Argument("DIR", .folder)],
        options: [
            Option("--link", value: "lnk_…", kind: .link, "whose grant to use (default: any active link of it)"),
            Option("--show-all", "answers as they came, not redacted: for your own eyes"),
        ],
        text: [
            .paragraph(
                """
                With the access token of a link of this provider, or, while nothing is linked, over the recorded answers \
                of expected.json. Stores nothing and refreshes nothing. A token is sent only if the folder's issuer, \
                client and api.base are those that were consented to. Redacted, an answer keeps its shape, its dates and \
                its codes; names, texts and long numbers are masked, so that it can be shown to others.
                """)
        ],
        run: runTry)

    private static func runCheck(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let answer = try Daemon(line).post("/v1/folders/check", ["path": .string(try path(line))])
        guard let checked = FolderChecked(answer) else { throw Stop.failed("the daemon's answer cannot be read") }
        if terminal.wantsJSON {
            Terminal.out(answer.text)
            return checked.problems.isEmpty ? ExitCode.done : ExitCode.failed
        }
        for problem in checked.problems {
            let place = problem.place.isEmpty ? "" : " at \(problem.place)"
            Terminal.out("\(problem.file)\(place): \(problem.what)")
            if let hint = problem.hint { Terminal.out("  \(hint)") }
        }
        guard checked.problems.isEmpty else {
            throw Stop.failed(
                checked.problems.count == 1 ? "1 problem" : "\(checked.problems.count) problems")
        }
        let compared = checked.answers == 0 ? "" : "; \(checked.answers) recorded answers map as expected"
        Terminal.out("\(checked.name): \(checked.title ?? "") loads" + compared)
        return ExitCode.done
    }

    private static func runTry(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        var body = JSONObject([("path", .string(try path(line)))])
        if let link = line.value("--link") { body["link"] = .string(link) }
        if line.has("--show-all") { body["showAll"] = true }
        let answer = try Daemon(line).post("/v1/folders/try", .object(body))
        guard let tried = FolderTried(answer) else { throw Stop.failed("the daemon's answer cannot be read") }
        let hasFailed = tried.steps.contains { $0.problem != nil } || tried.steps.isEmpty
        if terminal.wantsJSON {
            Terminal.out(answer.text)
            return hasFailed ? ExitCode.failed : ExitCode.done
        }
        // Without a link a provider was asked only if it is nobody's to link.
        let wasAsked = tried.steps.contains { $0.status != nil || $0.problem != nil }
        let way = wasAsked ? "asked in our own name" : "over its recorded answers"
        Terminal.out("\(tried.name), " + (tried.link.map { "with the grant of \($0)" } ?? way))
        for step in tried.steps { Comparison(step).show(terminal) }
        for warning in tried.warnings { terminal.remark(terminal.warning("! " + warning)) }
        return hasFailed ? ExitCode.failed : ExitCode.done
    }

    /// From the root, since the daemon stands elsewhere.
    private static func path(_ line: Line) throws(Stop) -> String {
        guard let found = realpath(line.arguments[0], nil) else {
            throw .failed("\(line.arguments[0]): \(String(cString: strerror(errno)).lowercased())")
        }
        defer { free(found) }
        return String(cString: found)
    }
}

/// One request of a trial: its answer on the left, what the mapping makes of it on the right; one below the other where
/// the terminal is too narrow for both.
private struct Comparison {
    private let step: FolderTried.Step
    private static let widest = 64
    private static let sideBySide = 100

    init(_ step: FolderTried.Step) { self.step = step }

    func show(_ terminal: Terminal) {
        let whose = step.membership.map { ", membership \($0)" } ?? ""
        Terminal.out("")
        Terminal.out(
            terminal.bold(step.request + whose) + "  " + step.asked + (step.status.map { "  → \($0)" } ?? ""))
        if let problem = step.problem { return Terminal.out("  " + terminal.warning(problem)) }
        let left = (step.answer?.pretty() ?? "").split(separator: "\n").map { String($0.prefix(Self.widest)) }
        let right = Self.rows(step.mapped)
        guard terminal.width >= Self.sideBySide else {
            for text in ["answer"] + left + ["mapped"] + right { Terminal.out(Self.fitting("  " + text, terminal)) }
            return
        }
        let room = min(Self.widest, max(20, left.map(\.count).max() ?? 0))
        for index in 0..<max(left.count, right.count) {
            let text = index < left.count ? left[index] : ""
            let pad = String(repeating: " ", count: room - text.count)
            let line = "  " + text + pad + "  │ " + (index < right.count ? right[index] : "")
            Terminal.out(Self.fitting(line, terminal))
        }
    }

    private static func fitting(_ line: String, _ terminal: Terminal) -> String {
        let cut = line.count > terminal.width ? line.prefix(terminal.width - 1) + "…" : line[...]
        return String(cut.reversed().drop { $0 == " " }.reversed())
    }

    /// A line a row: `balance  redeemable 61200 miles`.
    private static func rows(_ mapped: JSON) -> [String] {
        var out: [String] = []
        for section in mapped.object?.members ?? [] {
            for row in section.value.array ?? [] {
                let name = section.name.hasSuffix("s") ? String(section.name.dropLast()) : section.name
                let label = ["entrie": "entry"][name] ?? name
                out.append(([label] + words(row)).joined(separator: "  "))
            }
        }
        return out.isEmpty ? ["nothing"] : out
    }

    private static func words(_ row: JSON) -> [String] {
        if let text = row.string { return [text] }
        return (row.object?.members ?? []).compactMap { member in
            switch member.value {
            case .string(let text): "\(member.name) \(text)"
            case .array(let items) where !items.isEmpty:
                "\(member.name) \(items.map { words($0).joined(separator: " ") }.joined(separator: ", "))"
            case .object(let object) where !object.members.isEmpty:
                "\(member.name) \(words(member.value).joined(separator: " "))"
            default: nil
            }
        }
    }
}
