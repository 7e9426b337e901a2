import PurserEngine
import Wire

/// I1, no link lost by us: a link asks for consent only if its provider's ledger says that the grant is dead, and it is
/// dead only because its owner or provider ended it, or because an answer was lost where the protocol cannot give it
/// back: eaten by the network, or by a crash before it was durable, under a policy that takes no spent token again.
/// Such losses are counted by policy.
final class LossCheck {
    /// Why an answer with tokens never became durable.
    enum Cause: String {
        case network, crash
        case twice = "delivered twice"
    }

    private struct Excuse {
        let generation: Int
        let cause: Cause
        let at: Instant
    }

    private let ledgers: Ledgers
    private let policies: [String: RotationPolicy]
    /// Which consent a link lives by.
    private var families: [LinkID: Ledgers.Family] = [:]
    private var excuses: [LinkID: [Excuse]] = [:]
    /// How often a provider said `invalid_grant` to a link since its last good answer.
    private var refusals: [LinkID: Int] = [:]
    private var forbidden: Set<LinkID> = []
    private var steppedUp: Set<LinkID> = []
    /// Links of a database that was put back, until they live by an answer that was given since.
    private var restored: Set<LinkID> = []
    /// Those of them that were given one.
    private var answered: Set<LinkID> = []
    /// Grants whose provider answered a replay with the very token that was spent: the one that came of it is nowhere.
    private var givenSpent: Set<Ledgers.Family> = []
    /// Of links whose refresh token reached the provider twice at once, which generation that was.
    private var doubles: [LinkID: Int] = [:]
    /// Whether a second daemon holds the same grants, or did.
    private var isShared = false
    private var hindrances = Hindrances()
    /// Since when links are suspended.
    private var suspended: [LinkID: Instant] = [:]
    /// Losses that no client can prevent, by policy and cause.
    private(set) var unavoidable: [String: Int] = [:]
    /// Answers that were lost and asked for again with success.
    private(set) var recovered = 0

    init(_ ledgers: Ledgers, _ policies: [String: RotationPolicy]) {
        self.ledgers = ledgers
        self.policies = policies
    }

    func lives(_ link: LinkID, by family: Ledgers.Family?) { families[link] = family ?? families[link] }

    /// The older link lives by the newer one's consent from now on.
    func merged(_ link: LinkID, into other: LinkID) {
        families[other] = families[link]
        excuses[other] = nil
        refusals[other] = nil
        if restored.contains(link) { restored.insert(other) } else { restored.remove(other) }
    }

    /// The provider gave tokens to it.
    func answered(_ link: LinkID) { answered.insert(link) }

    func lost(_ link: LinkID, _ generation: Int, _ cause: Cause, at now: Instant) {
        excuses[link, default: []].append(Excuse(generation: generation, cause: cause, at: now))
    }

    func putBack(_ link: LinkID) {
        restored.insert(link)
        answered.remove(link)
        excuses[link] = nil
        refusals[link] = nil
    }

    /// From now on somebody else may spend what is held here.
    func share() { isShared = true }

    func refused(_ link: LinkID) { refusals[link, default: 0] += 1 }

    func renewed(_ link: LinkID, _ generation: Int) {
        refusals[link] = nil
        // A generation may also come of an answer that lay in the copy.
        if answered.contains(link) { restored.remove(link) }
        guard let before = excuses[link] else { return }
        let left = before.filter { $0.generation >= generation }
        recovered += before.count - left.count
        excuses[link] = left.isEmpty ? nil : left
    }

    func gaveSpent(_ link: LinkID) { if let family = families[link] { givenSpent.insert(family) } }

    func doubled(_ link: LinkID, _ generation: Int) { doubles[link] = generation }

    func forbids(_ link: LinkID) { forbidden.insert(link) }

    func stepsUp(_ link: LinkID) { steppedUp.insert(link) }

    /// Something stood in the way of asking again: of everybody, of who asks one provider, of one link.
    func hindered(_ whom: Hindrances.Whom = .everybody, from: Instant, until: Instant) {
        hindrances.add(whom, from: from, until: until)
    }

    /// Nothing is sent for a suspended link until its person has decided.
    func moved(_ link: Link, at now: Instant) {
        let isSuspended = link.state.code == "suspended"
        if isSuspended { suspended[link.id] = suspended[link.id] ?? now }
        guard !isSuspended, let since = suspended.removeValue(forKey: link.id) else { return }
        hindered(.link(link.id), from: since, until: now)
    }

    /// Judges a link that has just come to this state; nil: rightly.
    func verdict(_ link: Link) -> String? {
        guard link.state.code == "needsConsent" else { return nil }
        switch link.state.reason {
        case ConsentReason.noRefreshToken.rawValue:
            guard let family = families[link.id], ledgers.isRenewable(family) else { return nil }
            return "I1: \(link.id) asks for consent for want of a refresh token, and its provider gave one"
        case ConsentReason.insufficientScope.rawValue:
            return forbidden.contains(link.id) ? nil : "I1: \(link.id) says its scope does not reach; nobody said so"
        case ConsentReason.insufficientAuthentication.rawValue:
            return steppedUp.contains(link.id) ? nil : "I1: \(link.id) wants another sign-in; nobody asked for one"
        case ConsentReason.loggedOut.rawValue:
            let end = families[link.id].flatMap { ledgers.end(of: $0) }
            return end?.reason == "logged out" ? nil : "I1: \(link.id) says its person logged out; nobody did"
        default: return refusal(link)
        }
    }

    private func refusal(_ link: Link) -> String? {
        if restored.contains(link.id), let policy = policies[link.provider] {
            unavoidable["\(policy.name) restored", default: 0] += 1
            return nil
        }
        if isShared, let policy = policies[link.provider] {
            unavoidable["\(policy.name) copied", default: 0] += 1
            return nil
        }
        guard let family = families[link.id], let policy = policies[link.provider] else {
            return "I1: \(link.id) asks for consent, and nobody knows what it lived by"
        }
        let end = ledgers.end(of: family)
        switch end?.reason {
        case "revoked at the provider": return nil
        case "a refresh token was used twice" where givenSpent.contains(family):
            unavoidable["\(policy.name) given what was spent", default: 0] += 1
            return nil
        // It may have given out another set than the one that came.
        case "a refresh token was used twice"
        where policy.isStrict && doubles[link.id].map { link.generation <= $0 + 1 } == true:
            unavoidable["\(policy.name) \(Cause.twice.rawValue)", default: 0] += 1
            return nil
        case "a refresh token was used twice": return spentTwice(link, policy, end?.at ?? Instant(seconds: 0))
        case nil:
            // A provider that says no to a good token, and says it again whenever it is asked, is believed.
            let needed = policy.isStrict ? 2 : 3
            if refusals[link.id, default: 0] >= needed { return nil }
            return "I1: \(link.id) asks for consent, and its provider would take its refresh token"
        default: return "I1: \(link.id) is lost: \(end?.reason ?? "")"
        }
    }

    private func spentTwice(_ link: Link, _ policy: RotationPolicy, _ end: Instant) -> String? {
        guard let excuse = excuses[link.id]?.first else {
            return "I1: \(link.id) is lost, its refresh token was sent twice and no answer was missing"
        }
        switch policy {
        case .strict, .sometimes: break
        case .none: return "I1: \(link.id) is lost where no refresh token ever ends"
        case .graceUntilUsed(let cap):
            guard end.milliseconds(since: excuse.at) > Int64(cap) * 1000 else {
                return "I1: \(link.id) is lost where the old token works until the new one is used"
            }
        case .grace(let seconds):
            let until = excuse.at.adding(seconds: Int64(seconds) - Limits.graceMarginSeconds)
            if excuse.cause != .twice,
                hindrances.leaveTime(for: link.id, at: link.provider, from: excuse.at, until: until)
            {
                return "I1: \(link.id) is lost, and there was time to ask again after \(excuse.at)"
            }
        }
        unavoidable["\(policy.name) \(excuse.cause.rawValue)", default: 0] += 1
        return nil
    }
}

extension RotationPolicy {
    /// Whether a refresh token that is sent twice may end the grant.
    var isStrict: Bool {
        switch self {
        case .strict, .sometimes: true
        case .none, .grace, .graceUntilUsed: false
        }
    }

    /// The name that manifests know it by.
    var name: String {
        switch self {
        case .none: "none"
        case .grace: "grace"
        case .graceUntilUsed: "graceUntilUsed"
        case .strict: "strict"
        case .sometimes: "sometimes"
        }
    }
}
