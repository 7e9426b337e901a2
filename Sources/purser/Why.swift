import PurserAPI
import Usage
import Wire

/// `purser why NAME|lnk_…`.
enum Why {
    static let command = Command<Run>(
        "why", "tell what became of a link's tokens, and why it stands as it does",
        arguments: [Argument("NAME|lnk_…", .link)],
        options: [Option("--all", "all that is kept, not the last 50 steps only")],
        text: [
            .paragraph(
                """
                Tells each step of the link's custody journal: what was sent, what was answered, what was saved, and \
                when, in UTC. No token is in it. A generation is one set of tokens; the next replaces it once it is \
                saved, and it is erased when the next has worked. Of a long story the first 20 steps and the newest \
                500 are kept.
                """)
        ],
        examples: [Example("purser why skyways", "why skyways asks for your consent again")],
        run: run)

    /// What a person reads at once.
    private static let most = 50

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        let daemon = Daemon(line)
        let link = try LinkNames.only(line.arguments[0], daemon)
        let json = try daemon.get("/v1/links/\(link.id)/story")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        guard let story = StoryShown(json) else { throw Stop.failed("the daemon's answer cannot be read") }
        Terminal.out(terminal.bold("\(link.provider) (\(link.id)), times in UTC"))
        tell(story, all: line.has("--all"), terminal)
        Terminal.out("\n" + terminal.bold("how it stands now"))
        LinkDetails.standing(story.link, story.accessEndsAt, terminal)
        return ExitCode.done
    }

    private static func tell(_ story: StoryShown, all: Bool, _ terminal: Terminal) {
        let events = story.events
        guard !events.isEmpty else { return Terminal.out("  nothing was sent or saved yet") }
        let skipped = all ? 0 : max(0, events.count - most)
        if skipped > 0 {
            let earlier = skipped + story.forgotten
            Terminal.out(
                terminal.faint("  … \(earlier) earlier steps\(story.forgotten > 0 ? "" : ": --all tells them")"))
            if story.forgotten > 0 { Terminal.out(terminal.faint("    --all tells those of them that are kept")) }
        }
        for (index, event) in events.enumerated().dropFirst(skipped) {
            if story.forgotten > 0, index == story.forgottenAfter {
                Terminal.out(terminal.faint("  … \(story.forgotten) steps that are no longer kept"))
            }
            let at = event.at.date.iso + " " + event.at.rfc3339.dropFirst(11).prefix(5)
            for text in terminal.wrapped(event.words, first: "  \(at)  ") { Terminal.out(text) }
        }
    }
}
