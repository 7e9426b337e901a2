import PurserAPI
import Wire

/// One link in full: how it stands, since when, what still works, who must act.
enum LinkDetails {
    /// - Parameter accessEndsAt: when the access token that is held ends, where that is known.
    static func show(_ link: LinkShown, accessEndsAt: Instant? = nil, _ terminal: Terminal) {
        Terminal.out(terminal.bold("\(link.provider) (\(link.id))"))
        standing(link, accessEndsAt, terminal)
        row("linked", link.createdAt.date.iso, terminal)
        if !link.scopesGranted.isEmpty { row("may", link.scopesGranted.joined(separator: ", "), terminal) }
        for warning in link.warnings { row("remark", warning, terminal) }
    }

    /// How it stands now.
    static func standing(_ link: LinkShown, _ accessEndsAt: Instant?, _ terminal: Terminal) {
        let now = Now.instant
        row("state", Words.state(link) + since(link), terminal)
        if let matter = Words.matter(link) { row("why", matter, terminal) }
        row("works", Words.works(link, until: accessEndsAt.flatMap { $0 > now ? $0 : nil }), terminal)
        row("who acts", Words.actor(link), terminal)
        if let advice = Words.choices(link) { row("to do", advice, terminal) }
        if let ends = Words.consentEnd(link, now) { row("consent", ends, terminal) }
        if let refused = Words.refused(link) { row("scopes", refused, terminal) }
        let last = link.pulledAt.map { Words.age($0, now) } ?? "never"
        let tried = link.attemptedAt.flatMap { $0 == link.pulledAt ? nil : ", last tried \(Words.age($0, now))" } ?? ""
        row("last pull", last + tried, terminal)
    }

    /// Of an active link in trouble both: it may have been active long before.
    private static func since(_ link: LinkShown) -> String {
        guard link.state == "active", link.condition != "ok" else { return ", since \(Words.moment(link.since))" }
        return " since \(Words.moment(link.conditionSince)), linked and active since \(Words.moment(link.since))"
    }

    private static func row(_ name: String, _ text: String, _ terminal: Terminal) {
        let first = "  " + name + String(repeating: " ", count: max(1, 11 - name.count))
        for line in terminal.wrapped(text, first: first) { Terminal.out(line) }
    }
}
