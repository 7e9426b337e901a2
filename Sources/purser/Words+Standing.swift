import PurserAPI
import Wire

// How a link stands, in words. What still works, whose move it is and what can be done was decided by the daemon; here
// it is only said.

extension Words {
    /// What still works.
    /// - Parameter until: when the access token ends, where that is known and still to come.
    static func works(_ link: LinkShown, until: Instant? = nil) -> String {
        switch link.works {
        case "everything":
            link.pulledAt == nil ? "the first values are on their way" : "everything; new values come as planned"
        case "pullsForNow":
            "pulls go on until " + (until.map { "about \(moment($0))" } ?? "the access token ends")
        case "part": "some new values come; the rest stay as they were"
        case "lastValues": "last values stay"
        case "nothing": link.state == "merged" ? "nothing here; it goes on under the other id" : "nothing to see"
        default: link.works
        }
    }

    /// The same in two words, for a table.
    static func worksBriefly(_ link: LinkShown) -> String {
        switch link.works {
        case "pullsForNow": "pulls for now"
        case "part": "a part"
        case "lastValues": "last values"
        default: link.works
        }
    }

    /// Whose move it is.
    static func actor(_ link: LinkShown) -> String {
        switch link.actor {
        case "nobody" where link.state == "active" && link.condition != "ok": "nobody; \(again(link))"
        case "provider": "the provider; \(again(link))"
        case "operator": "whoever runs purser"
        default: link.actor
        }
    }

    private static func again(_ link: LinkShown) -> String {
        "purser tries again by itself" + (link.until.map { ", at about \(moment($0))" } ?? "")
    }

    /// What is the matter with it; nil: nothing is.
    static func matter(_ link: LinkShown) -> String? {
        switch (link.state, link.condition) {
        case ("needsConsent", _), ("suspended", _): link.note ?? link.reason.map { "the reason is \($0)" }
        case ("failed", _): "not linked, \(link.note ?? link.reason ?? "it failed")"
        case ("active", "degraded"), ("linking", "degraded"):
            link.actor == "provider" ? "the provider fails" + (link.cause.map { " (\($0))" } ?? "") : link.cause
        case ("active", "ok"), ("linking", _), ("paused", _): nil
        case ("active", _): link.cause
        default: link.note
        }
    }

    /// What was asked for and not granted; nil: nothing.
    static func refused(_ link: LinkShown) -> String? {
        guard !link.scopesRefused.isEmpty else { return nil }
        return "not granted: \(link.scopesRefused.joined(separator: ", ")); what that opens does not come "
            + "(to consent anew: purser relink \(link.id))"
    }

    /// When its consent ends by the provider's last word; nil: it gave none.
    static func consentEnd(_ link: LinkShown, _ now: Instant) -> String? {
        switch link.consentEnd(at: now) {
        case nil: nil
        case .moves(let end) where link.state == "active":
            "ends \(moment(end)) if it is not refreshed before, as purser does"
        case .moves(let end): "ends \(moment(end)) if it is not refreshed before"
        case .stands(let end):
            "ends \(moment(end)); refreshing does not move that (to consent anew: purser relink \(link.id))"
        case .open(let end): "ends \(moment(end)), unless a refresh moves that"
        case .past(let end, stillWorks: false): "was to end \(moment(end)) by the provider's word"
        case .past(let end, stillWorks: true): "was to end \(moment(end)) by the provider's word; it still works"
        }
    }

    /// What is the matter with links, each matter once.
    static func advices(_ links: [LinkShown], among all: [LinkShown]) -> [String] {
        once(links.compactMap { advice($0, among: all) })
    }

    /// The same said of several links is said once, with of how many.
    static func once(_ matters: [String]) -> [String] {
        let counts = matters.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        var told: Set<String> = []
        return matters.filter { told.insert($0).inserted }.map { matter in
            counts[matter, default: 1] > 1 ? "\(matter) (\(counts[matter, default: 1]) links)" : matter
        }
    }

    /// As below; but a try that failed is not worth a word where the provider is linked.
    static func advice(_ link: LinkShown, among links: [LinkShown]) -> String? {
        let isLinked = links.contains {
            $0.provider == link.provider && ["active", "paused", "needsConsent", "suspended"].contains($0.state)
        }
        return link.state == "failed" && isLinked ? nil : advice(link)
    }

    /// What is the matter with a link, what still works, and what is to be done; nil: nothing is.
    static func advice(_ link: LinkShown) -> String? {
        guard link.state != "linking", let matter = matter(link) else { return nil }
        var parts = ["\(link.provider): \(matter)"]
        if link.state == "active" {
            parts.append(link.actor == "operator" ? "whoever runs purser must act" : again(link))
        }
        if link.works != "nothing", link.works != "everything" { parts.append(works(link)) }
        if let choices = choices(link) { parts.append(choices) }
        return parts.joined(separator: "; ")
    }

    /// What can be done about it.
    static func choices(_ link: LinkShown) -> String? {
        switch link.advice {
        case "consent": "answer at the provider's page, or begin again: purser link \(link.provider)"
        case "link": "to try again: purser link \(link.provider)"
        case "relink" where link.state == "needsConsent": "to consent again: purser relink \(link.id)"
        case "relink": "to consent anew: purser relink \(link.id)"
        case "resume": "to go on: purser resume \(link.id)"
        case "relinkOrResume":
            "to consent anew: purser relink \(link.id); if all is as it was again: purser resume \(link.id)"
        case "resumeOrUnlink" where link.reason != "identityChanged":
            "to go on all the same: purser resume \(link.id); to give it up: purser unlink \(link.id)"
        case "resumeOrUnlink": "to keep both: purser resume \(link.id); to give it up: purser unlink \(link.id)"
        case "checkClient": "what is registered: purser client show \(link.provider)"
        case "checkFolder": "what loads: purser providers"
        case "checkDaemon": "how the daemon is: purser status, and its log"
        default: nil
        }
    }
}
