import Wire

/// What a claimed link needs: a pure table over its state.
enum WorkStep: Sendable, Hashable {
    case pull
    /// A grant is held, but not whose it is.
    case identify
    /// The person answers on another device: ask whether they have.
    case poll
    /// A code was exchanged, and the answer was kept but never parsed.
    case resume
    /// The link never came to be.
    case fail(FailureReason, String)
    /// Told long enough: the row goes.
    case forget
    /// Unlinking began and was cut short.
    case finishUnlinking
    /// It rests; a spend that was begun before it did may have to be ended.
    case settle
    /// Nothing to do until somebody changes its state.
    case rest

    static func decide(_ link: Link, isDevice: Bool = false, wasTaken: Bool, hasAnswer: Bool) -> WorkStep {
        switch link.state {
        case .active: return .pull
        case .needsConsent where Plant.isIn("lost-calls-again"): return .pull
        case .linking where link.generation > 0: return .identify
        case .linking where isDevice: return .poll
        case .linking where hasAnswer: return .resume
        case .linking where wasTaken:
            return .fail(.codeLost, "purser stopped while it exchanged the code; a code works once, so link again")
        case .linking: return .fail(.expired, "nobody came back from the provider in time")
        case .failed, .merged: return .forget
        case .revoked(.user): return .finishUnlinking
        case .paused: return .settle
        case .revoked(.provider), .needsConsent, .suspended: return .rest
        }
    }
}
