import Wire

/// How new something that is fetched now and then must be.
enum Newness: Sendable, Hashable {
    /// As good as can be had: fresh, else fetched anew, else, while it cannot be, what is here.
    case usual
    /// Asked for at this time or later, and nothing older.
    case since(Uptime)
}

/// What is to be done when something is needed: a pure table.
enum DrawerStep: Sendable, Hashable {
    case use
    case fetch
    /// The last fetch failed a moment ago: its failure is the answer.
    case fail(ShelfError)
    /// The last fetch was good a moment ago, and what came is older than what is asked for.
    case tooSoon(milliseconds: Int64)

    /// - Parameters:
    ///   - age: of what is here, from when it was asked for; nil: nothing is here.
    ///   - tried: how long ago the last fetch was: since it began, or since it failed, and how.
    static func decide(
        _ need: Newness, now: Uptime, age: Int64?, fresh: Int64, tried: (ago: Int64, error: ShelfError?)?,
        limits: DrawerLimits
    ) -> DrawerStep {
        if let age {
            switch need {
            case .usual where age < fresh: return .use
            case .since(let moment) where age <= now.milliseconds(since: moment) ?? -1: return .use
            case .usual, .since: break
            }
        }
        guard let tried, tried.ago < limits.pause(after: tried.error) else { return .fetch }
        if let error = tried.error {
            return need == .usual && limits.mayUse(age, despite: error) ? .use : .fail(error)
        }
        guard need != .usual, age != nil else { return .fetch }
        return .tooSoon(milliseconds: limits.pause(after: nil) - tried.ago)
    }
}

/// How often one kind of thing is fetched, and how old it may grow.
struct DrawerLimits: Sendable, Hashable {
    /// No second fetch within this of one that was good, or that failed.
    let pauseSeconds: Int64
    let pauseAfterFailureSeconds: Int64
    /// What cannot be fetched anew is used until it is so old, and no longer.
    let staleSeconds: Int64

    static let documents = DrawerLimits(
        pauseSeconds: 0, pauseAfterFailureSeconds: Limits.metadataPauseSeconds,
        staleSeconds: Limits.staleMetadataSeconds)
    static let keys = DrawerLimits(
        pauseSeconds: Limits.jwksCooldownSeconds, pauseAfterFailureSeconds: Limits.jwksCooldownSeconds,
        staleSeconds: Limits.staleKeysSeconds)

    func pause(after error: ShelfError?) -> Int64 {
        (error == nil ? pauseSeconds : pauseAfterFailureSeconds) * 1000
    }

    /// A server that cannot be reached leaves what is here good for a while. One that answers what we refuse does not.
    func mayUse(_ age: Int64?, despite error: ShelfError) -> Bool {
        guard let age, case .unavailable = error else { return false }
        return age < staleSeconds * 1000
    }
}

/// One document or key set of one provider: what was fetched last, what became of the last try, and who waits for the one
/// under way.
final class Drawer<Value: Sendable> {
    // Ownership: the shelf, an actor.
    /// What it is of: the issuer, or where the keys are. Of another one nothing in here counts.
    let origin: String
    let limits: DrawerLimits
    private var kept: (value: Value, at: Uptime, fresh: Int64)?
    private var tried: (at: Uptime, error: ShelfError?)?
    /// No list: no fetch is under way.
    private var waiting: [CheckedContinuation<Void, Never>]?

    init(of origin: String, _ limits: DrawerLimits) {
        self.origin = origin
        self.limits = limits
    }

    var isBusy: Bool { waiting != nil }
    var value: Value? { kept?.value }

    func wait(_ continuation: CheckedContinuation<Void, Never>) { waiting?.append(continuation) }

    func step(_ need: Newness, at now: Uptime) -> DrawerStep {
        DrawerStep.decide(
            need, now: now, age: age(at: now), fresh: kept?.fresh ?? 0,
            tried: tried.map { (now.milliseconds(since: $0.at) ?? 0, $0.error) }, limits: limits)
    }

    private func age(at now: Uptime) -> Int64? { kept.map { now.milliseconds(since: $0.at) ?? Int64.max } }

    /// From here to `came` or `failed` nobody else fetches.
    func begin() { waiting = [] }

    func came(_ value: Value, asked: Uptime, fresh: Int64) {
        kept = (value, asked, fresh)
        end(asked, nil)
    }

    /// - Parameter now: when it failed, which may be long after it was asked.
    /// - Returns: what may be used all the same.
    func failed(_ error: ShelfError, _ need: Newness, at now: Uptime) -> Value? {
        end(now, error)
        return need == .usual && limits.mayUse(age(at: now), despite: error) ? kept?.value : nil
    }

    private func end(_ at: Uptime, _ error: ShelfError?) {
        tried = (at, error)
        for waiter in waiting ?? [] { waiter.resume() }
        waiting = nil
    }
}
