// Tests stop the process, or break a rule on purpose, at named places. Only a build made for that knows of it: without
// the flag `PURSER_TRIED` a point is nothing, and no shipped binary has one.

/// A place on custody's path where something has just become durable, or is about to leave (RELIABILITY.md A.1).
public enum Point: String, Sendable, CaseIterable {
    /// e0: it is decided that the grant is refreshed.
    case refreshDecided
    /// e1: the intent is durable.
    case intentDurable
    /// e2 to e6 lie within the one call that sends: before it, and with its whole answer in memory.
    case beforeSend
    case answered
    /// e5, within that call: the first byte of a token endpoint's answer is here.
    case firstByte
    /// e7: the sealed answer is durable.
    case rawDurable
    /// e8: the next generation is durable.
    case generationDurable
    /// e9: its access token is handed to whoever pulls.
    case published
    /// e10: it has worked, and older generations are gone.
    case confirmed
    /// A consent's code and state were taken; its code was exchanged; who consented is known.
    case pendingTaken, identified
    /// Links were claimed; a pull is recorded.
    case claimed, recorded
    /// Unlinking began; the provider answered; the link is gone.
    case unlinkBegun, revocationAnswered, unlinked
    /// An older link has the new grant.
    case merged
    /// At a start: the past is being looked at; one spend of it is settled.
    case recovering, resolved
    /// A key epoch was added; some data keys are rewrapped; an epoch is gone; the root was replaced.
    case epochAdded, keysRewrapped, epochDestroyed, rootPrepared, rootReplaced

    #if PURSER_TRIED
        /// What tests have happen at points; set once, before anything runs.
        nonisolated(unsafe) public static var reached: (@Sendable (Point) -> Void)?
    #endif

    /// The process has come to this place.
    @inline(__always)
    public static func reach(_ point: Point) {
        #if PURSER_TRIED
            reached?(point)
        #endif
    }
}

/// A bug put in on purpose, to see that the simulation finds it. Never in a build without `PURSER_TRIED`.
public enum Plant {
    #if PURSER_TRIED
        /// The one that is in now.
        nonisolated(unsafe) public static var active: String?
    #endif

    /// Whether this bug is in.
    @inline(__always)
    public static func isIn(_ name: StaticString) -> Bool {
        #if PURSER_TRIED
            return active.map { $0 == name.description } ?? false
        #else
            return false
        #endif
    }
}
