import Wire

/// What an `invalid_grant` means: a suspicion with a ladder, not a verdict (RELIABILITY.md A.4). Pure.
///
/// A lost race, another client, a bad deploy at the provider look the same as a dead grant. So it is asked again later,
/// once where every call with a refresh token is a risk, twice elsewhere; and when many links of one provider are refused
/// at once, no verdict falls on any of them.
enum Refusal: Sendable, Hashable {
    /// Asked again then; the access token serves meanwhile, if it is still good.
    case confirm(at: Instant)
    /// Many at once: the provider's affair. Asked again then, and this time was not counted.
    case frozen(until: Instant)
    /// No further call until the person consents.
    case lost(ConsentReason)

    /// More than this many of a provider's links refused are a mass event, where nothing speaks against it: within
    /// `massSeconds` of when this one was first refused, or since the provider last renewed a grant at all. It stands for
    /// as long as links that it froze are refused, and at most a day: by then it is a fact, for those it began with.
    ///
    /// - Parameters:
    ///   - refused: this one included.
    ///   - frozen: links that were never refused but in a mass event, which began within a day.
    ///   - firstAt: when this link was first refused; nil: just now.
    static func isMass(refused: Int, of grants: Int, frozen: Int, firstAt: Instant?, now: Instant) -> Bool {
        if let firstAt, firstAt.adding(seconds: Limits.massDaySeconds) <= now { return false }
        return refused > max(5, grants / 100) || frozen > 2
    }

    /// - Parameter clientChanged: whether the client was registered anew since the tokens came: then the operator is
    ///   the likelier cause, and it is asked once more.
    static func decide(
        _ suspicion: Suspicion, _ policy: RotationPolicy, isMass: Bool, clientChanged: Bool
    ) -> Refusal {
        let steps = ladder(policy, clientChanged)
        if isMass { return .frozen(until: suspicion.lastAt.adding(seconds: Limits.frozenSeconds)) }
        if Plant.isIn("verdict-at-once") || suspicion.refusals > steps.count {
            return .lost(suspicion.lostAt == nil ? .invalidGrant : .answerLost)
        }
        return .confirm(at: suspicion.lastAt.adding(seconds: steps[max(1, suspicion.refusals) - 1]))
    }

    /// When the grant may be sent again; for whoever comes upon the suspicion later.
    static func notBefore(_ suspicion: Suspicion, _ policy: RotationPolicy) -> Instant {
        let steps = ladder(policy, false)
        if suspicion.refusals == 0 { return suspicion.lastAt.adding(seconds: Limits.frozenSeconds) }
        return suspicion.lastAt.adding(seconds: steps[min(max(1, suspicion.refusals), steps.count) - 1])
    }

    private static func ladder(_ policy: RotationPolicy, _ clientChanged: Bool) -> [Int64] {
        let first = Limits.suspicionSeconds
        let usual = policy.losesOnReplay ? [first] : [first, 24 * first]
        return clientChanged ? usual + [24 * 3600] : usual
    }
}
