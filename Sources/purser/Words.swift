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
        case "known": grouped(account.amount ?? "") + " " + account.unit.word(for: account.amount)
        default: account.balanceState
        }
    }

    /// What kind of balance it is, where that is not the one to spend.
    static func balanceType(_ account: AccountShown) -> String {
        switch account.balanceType {
        case "toNextTier": "to the next tier"
        case "redeemable": account.unit.word(for: nil)
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

    /// To the minute, UTC.
    static func moment(_ at: Instant) -> String { at.date.iso + " " + at.rfc3339.dropFirst(11).prefix(5) + " UTC" }

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

    private static func condition(_ link: LinkShown) -> String {
        switch link.condition {
        case "degraded" where link.actor == "provider": "active, the provider fails"
        case "degraded": "active, in trouble"
        case "rateLimited": "active, asked to wait"
        case "outcomeUnknown": "active, a refresh is in doubt"
        default: link.condition
        }
    }

    /// A link's provider, with its id where others of that provider are meant too.
    static func name(_ link: LinkShown, among links: [LinkShown]) -> String {
        links.count { $0.provider == link.provider } > 1 ? "\(link.provider) (\(link.id))" : link.provider
    }
}
