import PurserEngine
import Wire

/// I9, liveness: once the bad days are over, everything that can heal by itself does. After two quiet days nothing is
/// left hanging, and what is active has been pulled.
enum LivenessCheck {
    static func violations(_ stage: Stage) -> [String] {
        var out = stage.leftOver
        for link in stage.links() { out += violation(link, stage).map { ["I9: \($0)"] } ?? [] }
        let due = try? stage.read { reads throws(StoreError) in try reads.nextDue() }
        if let due = due ?? nil, due < stage.now.adding(seconds: -60) {
            out.append("I9: something due is not worked on")
        }
        return out
    }

    private static func violation(_ link: Link, _ stage: Stage) -> String? {
        switch link.state {
        case .linking:
            // Said plainly and kept: a refresh whose answer was lost waits for a person, linked or not.
            guard !isInDoubt(link.id, stage) else { return nil }
            return "\(link.id) still links after two quiet days: \(link.condition.kind) \(link.condition.cause ?? "")"
        case .merged: return "\(link.id) is still kept as merged"
        case .failed: return "\(link.id) is still kept as failed"
        case .revoked(.user): return "\(link.id) is still being unlinked"
        case .active:
            guard link.condition.kind != .outcomeUnknown else { return nil }
            let age = stage.now.milliseconds(since: link.pulledAt ?? Stage.start)
            guard link.condition != .ok || age > 86_400_000 else { return nil }
            return "\(link.id) has not healed: \(link.condition.kind) \(link.condition.cause ?? "")"
        default: return nil
        }
    }

    /// Whether a refresh token was sent and nobody knows what became of it.
    private static func isInDoubt(_ link: LinkID, _ stage: Stage) -> Bool {
        let intent = try? stage.read { reads throws(StoreError) in try reads.intent(.first, link) }
        return (intent ?? nil)?.purpose == .refresh
    }
}
