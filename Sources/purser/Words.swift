import PurserAPI
import Wire

/// Values in words for people.
enum Words {
    /// `61,200`: thousands apart, nothing rounded.
    static func grouped(_ amount: String) -> String {
        let isNegative = amount.hasPrefix("-")
        let bare = isNegative ? amount.dropFirst() : Substring(amount)
        let whole = bare.prefix { $0 != "." }
        var out = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return (isNegative ? "-" : "") + out + bare.dropFirst(whole.count)
    }

    static func balance(_ account: AccountShown) -> String {
        switch account.balanceState {
        case "known": grouped(account.amount ?? "") + " " + account.unit.replacing("-", with: " ")
        default: account.balanceState
        }
    }

    /// What kind of balance it is, where that is not the one to spend.
    static func balanceType(_ account: AccountShown) -> String {
        switch account.balanceType {
        case "toNextTier": "to the next tier"
        case "redeemable": account.unit.replacing("-", with: " ")
        default: account.balanceType
        }
    }

    /// `just now`, `5 min`, `3 h`, `2 d`.
    static func age(_ since: Instant, _ now: Instant) -> String {
        let seconds = max(0, now.milliseconds(since: since) / 1000)
        switch seconds {
        case ..<60: return "just now"
        case ..<3600: return "\(seconds / 60) min ago"
        case ..<172_800: return "\(seconds / 3600) h ago"
        default: return "\(seconds / 86_400) d ago"
        }
    }

    static func state(_ link: LinkShown) -> String {
        switch link.state {
        case "needsConsent": "needs your consent"
        case "linking": "waiting for you at the provider"
        case "suspended": "suspended, a question for you"
        case "merged": "renewed " + (link.mergedInto ?? "another link")
        case "active": link.condition == "ok" ? "active" : condition(link)
        default: link.state
        }
    }

    static func condition(_ link: LinkShown) -> String {
        switch link.condition {
        case "degraded": "active, the provider fails"
        case "rateLimited": "active, asked to wait"
        case "outcomeUnknown": "active, a refresh is in doubt"
        default: link.condition
        }
    }

    private static func trouble(_ link: LinkShown) -> String {
        guard let cause = link.cause else { return condition(link) }
        return link.condition == "degraded" ? "the provider fails (\(cause)); purser tries again by itself" : cause
    }

    /// A link's provider, with its id where others of that provider are meant too.
    static func name(_ link: LinkShown, among links: [LinkShown]) -> String {
        links.count { $0.provider == link.provider } > 1 ? "\(link.provider) (\(link.id))" : link.provider
    }

    /// As below; but a try that failed is not worth a word where the provider is linked.
    static func advice(_ link: LinkShown, among links: [LinkShown]) -> String? {
        let isLinked = links.contains {
            $0.provider == link.provider && ["active", "paused", "needsConsent", "suspended"].contains($0.state)
        }
        return link.state == "failed" && isLinked ? nil : advice(link)
    }

    /// What is the matter with a link and what the person can do about it; nil: nothing is.
    static func advice(_ link: LinkShown) -> String? {
        switch link.state {
        case "needsConsent": "\(link.provider): \(link.note ?? state(link)); to consent again: purser relink \(link.id)"
        case "suspended": "\(link.provider): \(link.note ?? state(link)); " + choices(link)
        case "failed":
            "\(link.provider): not linked, \(link.note ?? link.reason ?? "it failed"); to try again: purser link \(link.provider)"
        case "active" where link.condition != "ok":
            "\(link.provider): \(trouble(link))" + (link.pulledAt == nil ? "" : "; last values stay")
                + (link.condition == "outcomeUnknown" ? "; to consent anew: purser relink \(link.id)" : "")
        default: nil
        }
    }

    /// What can be done about a suspended link.
    static func choices(_ link: LinkShown) -> String {
        link.reason == "identityChanged"
            ? "to keep both: purser resume \(link.id); to give it up: purser unlink \(link.id)"
            : "to consent anew: purser relink \(link.id); if all is as it was again: purser resume \(link.id)"
    }
}

extension LinkShown {
    /// Whether it goes on only when the person does something.
    var needsPerson: Bool { ["needsConsent", "suspended", "failed"].contains(state) }
}
