import PurserEngine
import Wire

// A daemon that is sealed and unsealed.

extension Stage {
    /// An operator seals the daemon, and unseals it after so long, unless it died meanwhile: it starts with its keys.
    public func seal(seconds: Int64) {
        guard life.door != nil else { return }
        chronicle.tell("daemon", "is sealed for \(seconds) s")
        let until = now.adding(seconds: seconds)
        watch.losses.hindered(from: now, until: until.adding(milliseconds: Hindrances.startMilliseconds))
        life.seal()
        let life = life
        scheduler.start { [self] in
            await scheduler.sleep(until: until)
            if life === self.life { unseal() }
        }
    }

    /// It is given its keys again, if it lacks them.
    public func unseal() {
        guard life.isSealed else { return }
        chronicle.tell("daemon", "is unsealed")
        // What an earlier opening of it still works on may meet what this one begins.
        watch.pace.disturbed(at: now)
        life.unseal()
    }
}
