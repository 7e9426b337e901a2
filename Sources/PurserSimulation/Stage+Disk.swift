import PurserEngine

// How the disk of a stage behaves.

extension Stage {
    /// How many of a thousand verbs the store refuses, for want of room or because a write failed.
    public func setRefusals(perMille: Int) { life.store.refusals = perMille }

    /// How many of a thousand answers the escrow does not take either.
    public func setEscrow(refusals perMille: Int) { surroundings.escrow.refusals = perMille }

    /// How the disk behaves, where there is one.
    public func setDisk(_ trouble: DiskTrouble) {
        surroundings.chronicle.tell("disk", "\(trouble)")
        surroundings.runner.trouble(trouble)
    }

    /// The power goes at the so-many-th call of the disk from now.
    public func light(diskCalls: Int) { surroundings.runner.light(diskCalls: diskCalls) }

    /// The most that a write takes.
    public func setSlowness(milliseconds: Int) { life.store.slowness = milliseconds }

    /// The second place for answers refuses, or has no room left before anything is sent.
    public func setEscrow(isBroken: Bool = false, trouble: String? = nil) {
        surroundings.escrow.isBroken = isBroken
        surroundings.escrow.trouble = trouble
    }
}
