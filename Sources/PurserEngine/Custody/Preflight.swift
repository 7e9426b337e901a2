import Crypto
import Wire

/// Never send what you could not save (RELIABILITY.md A.3, step 1): everything that keeping the answer will need is tried
/// before the token leaves. That the store can be written is tried by the intent itself, which comes next.
enum Preflight {
    /// Why the token is not sent now; nil: it may be.
    ///
    /// - Parameter seconds: how long the answer is waited for.
    static func problem(_ world: World, _ seat: Seat, _ purpose: Intent.Purpose, seconds: Int64) -> String? {
        // A person waits for a code's exchange, and a code cannot wait; a device code can be asked about later.
        if purpose != .exchange, world.isStopping() { return "purser is stopping; nothing was sent" }
        if let problem = world.escrow.problem() { return "\(problem); nothing was sent" }
        let probe = try? seat.dataKey.seal(Secret("probe"), at: seat.place("raw_answer", "body", 0))
        guard probe != nil else { return "new tokens could not be sealed; nothing was sent" }
        let left = seat.claim.until.milliseconds(since: world.clock.now) / 1000
        guard purpose == .exchange || left >= seconds + Limits.saveSeconds else {
            return "too little time was left to wait for the answer; nothing was sent"
        }
        return nil
    }
}
