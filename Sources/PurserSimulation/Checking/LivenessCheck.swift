import PurserEngine
import Wire

/// I9, liveness: once the bad days are over, everything that can heal by itself does. After two quiet days nothing is
/// left hanging, and what is active has been pulled.
enum LivenessCheck {
    static func violations(_ stage: Stage) -> [String] {
        var out = stage.leftOver
        for link in stage.links() { out += violation(link, stage).map { ["I9: \($0)"] } ?? [] }
        for feed in stage.feeds() { out += violation(feed, stage).map { ["I9: \($0)"] } ?? [] }
        let due = try? stage.read { reads throws(StoreError) in try reads.nextDue() }
        if let due = due ?? nil, due < stage.now.adding(seconds: -60) {
            out.append("I9: something due is not worked on")
        }
        return out
    }

    /// With its quota used up day after day, what a provider is asked for waits its turn, and one bad answer is for hours.
    private static func isLimited(_ provider: String, _ stage: Stage) -> Bool {
        stage.manifest(of: provider).api.limits.perDay.map { $0 < 500 } ?? false
    }

    /// What is asked in our own name shares its provider with nobody: a small quota makes it wait, and not for days.
    private static func violation(_ feed: Feed, _ stage: Stage) -> String? {
        let age = stage.now.milliseconds(since: feed.pulledAt ?? Stage.start)
        let waits = isLimited(feed.provider, stage) && feed.condition.kind == .rateLimited
        guard !(feed.condition == .ok || waits) || age > 86_400_000 else { return nil }
        return "the feed of \(feed.provider) has not healed: \(feed.condition.kind) \(feed.condition.cause ?? "")"
    }

    private static func violation(_ link: Link, _ stage: Stage) -> String? {
        if isLimited(link.provider, stage), link.state == .active || link.state == .linking { return nil }
        switch link.state {
        case .linking:
            return "\(link.id) still links after two quiet days: \(link.condition.kind) \(link.condition.cause ?? "")"
        case .merged: return "\(link.id) is still kept as merged"
        case .failed: return "\(link.id) is still kept as failed"
        case .revoked(.user): return "\(link.id) is still being unlinked"
        case .active:
            let age = stage.now.milliseconds(since: link.pulledAt ?? Stage.start)
            guard link.condition != .ok || age > 86_400_000 else { return nil }
            return "\(link.id) has not healed: \(link.condition.kind) \(link.condition.cause ?? "")"
        default: return nil
        }
    }
}
