/// What a link's state and condition come to for the person: what still works, who must act, what they can do.
///
/// One table, written into the link's fragment, so that the API, the command and the page say the same. It knows no
/// "now": whether a time is over, the reader works out.
public struct Standing: Sendable, Hashable {
    /// What still works.
    public enum Works: String, Sendable, Hashable, CaseIterable {
        /// New values come as planned.
        case everything
        /// Pulls go on for as long as the access token lasts; whether another one can be had is in question.
        case pullsForNow
        /// Some of what is pulled comes, the rest stays as it was.
        case part
        /// Nothing new comes; what was pulled last stays to be seen.
        case lastValues
        /// There is nothing to see: nothing came yet, or nothing is left.
        case nothing
    }

    /// Whose move it is before everything works again.
    public enum Actor: String, Sendable, Hashable, CaseIterable {
        /// Purser goes on by itself, or nothing is the matter.
        case nobody
        /// The person whose link it is.
        case you
        /// Whoever runs the daemon: its registration, its folders, its disk.
        case `operator`
        case provider
    }

    /// What the actor can do; where nobody must, what may be done all the same.
    public enum Advice: String, Sendable, Hashable, CaseIterable {
        /// Answer at the provider's page that is open.
        case consent
        case link
        case relink
        case resume
        case relinkOrResume
        case resumeOrUnlink
        case checkClient
        case checkFolder
        case checkDaemon
    }

    public let works: Works
    public let actor: Actor
    public let advice: Advice?

    public init(_ works: Works, _ actor: Actor, _ advice: Advice? = nil) {
        self.works = works
        self.actor = actor
        self.advice = advice
    }

    /// How this link stands.
    public static func of(_ link: Link) -> Standing {
        decide(
            link.state, link.condition, holdsGrant: link.generation > 0, hasPulled: link.pulledAt != nil,
            lastTryWorked: link.pulledAt != nil && link.pulledAt == link.attemptedAt,
            isKeptOut: link.warnings.contains { $0.contains(PullOutcome.notAllowed) },
            nobodyAsks: link.warnings.contains { $0.contains(ScopeLack.nobodyAsks) })
    }

    /// - Parameters:
    ///   - lastTryWorked: whether the last attempt of any kind was a pull that brought something: then the access token is
    ///     still good.
    ///   - isKeptOut: whether the grant does not reach some of what is pulled.
    ///   - nobodyAsks: whether that is a scope that no consent brings, as nobody asks for it.
    static func decide(
        _ state: LinkState, _ condition: LinkCondition, holdsGrant: Bool, hasPulled: Bool, lastTryWorked: Bool,
        isKeptOut: Bool = false, nobodyAsks: Bool = false
    ) -> Standing {
        let kept: Works = hasPulled ? .lastValues : .nothing
        switch state {
        case .linking where !holdsGrant: return Standing(.nothing, .you, .consent)
        case .linking: return blame(condition, .nothing)
        case .failed(.providerGone): return Standing(.nothing, .operator, .checkFolder)
        case .failed: return Standing(.nothing, .you, .link)
        case .active where condition == .ok && isKeptOut:
            return Standing(.part, .nobody, nobodyAsks ? .checkClient : .relink)
        case .active: return active(condition, kept, lastTryWorked)
        case .paused: return Standing(kept, .nobody, .resume)
        case .needsConsent: return Standing(kept, .you, .relink)
        case .suspended(.configurationChanged): return Standing(kept, .you, .relinkOrResume)
        case .suspended(.identityChanged), .suspended(.scopeWidened), .suspended(.signalled):
            return Standing(kept, .you, .resumeOrUnlink)
        case .revoked(.provider): return Standing(kept, .you, .link)
        case .revoked(.user), .merged: return Standing(.nothing, .nobody)
        }
    }

    private static func active(_ condition: LinkCondition, _ kept: Works, _ lastTryWorked: Bool) -> Standing {
        switch condition.kind {
        case .ok: return Standing(.everything, .nobody)
        case .rateLimited: return Standing(lastTryWorked ? .part : kept, .nobody)
        case .outcomeUnknown: return Standing(lastTryWorked ? .pullsForNow : kept, .nobody, .relink)
        // A grant under suspicion says when it is looked at again, and its access token serves meanwhile.
        case .degraded where lastTryWorked: return blame(condition, condition.until == nil ? .part : .pullsForNow)
        case .degraded: return blame(condition, kept)
        }
    }

    /// Whose fault a failure is, by its cause.
    private static func blame(_ condition: LinkCondition, _ works: Works) -> Standing {
        guard condition.kind == .degraded, let cause = condition.cause else { return Standing(works, .nobody) }
        if let trouble = LocalTrouble.of(cause) { return Standing(works, .operator, trouble.advice) }
        return Standing(works, cause.contains(LinkCondition.unreachable) ? .nobody : .provider)
    }
}

/// A trouble that neither the person nor the provider can mend. A condition's cause begins with these words, and is
/// known by them.
public enum LocalTrouble: String, Sendable, CaseIterable {
    case clientRefused = "the client registration is refused"
    case clientUnusable = "the client registration cannot authenticate"
    case certificateOver = "our certificate there is over"
    case certificateUnusable = "our certificate there cannot be used"
    case scopeNotAsked = "a scope is missing that nobody asks for"
    case folderGone = "the provider's folder or the link's key is gone"
    case keyUnreadable = "the link's key in the database does not open"
    case tokenUnreadable = "the stored token does not open"
    case store = "purser's database fails"
    case disk = "purser's disk"
    case restored = "the database is a restored one"

    /// The condition of a link that has this trouble.
    public func condition(_ what: String? = nil) -> LinkCondition {
        LinkCondition(.degraded, cause: what.map { "\(rawValue): \($0)" } ?? rawValue)
    }

    static func of(_ cause: String) -> LocalTrouble? { allCases.first { cause.hasPrefix($0.rawValue) } }

    var advice: Standing.Advice {
        switch self {
        case .clientRefused, .clientUnusable, .certificateOver, .certificateUnusable, .scopeNotAsked: .checkClient
        case .folderGone: .checkFolder
        case .keyUnreadable, .tokenUnreadable, .store, .disk, .restored: .checkDaemon
        }
    }
}

extension LinkCondition {
    /// What causes say where nobody was reached: that may be the provider, or the way there.
    static let unreachable = "no connection"
    /// And where whoever was reached is not shown to be the provider.
    static let untrusted = "whoever answers in the provider's name shows no certificate of the provider's"
}
