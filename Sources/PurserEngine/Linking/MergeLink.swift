import Crypto
import Wire

/// The same member linked again: the new grant, durable under the new link already, is sealed once more as the next
/// generation of the older link, and the new link ends (DESIGN.md 5).
///
/// Nothing is revoked: at many providers that would end the new grant too. Until the merge is committed the new link
/// holds its grant, so a crash anywhere is taken up by the tick.
struct MergeLink {
    let wallet: Wallet

    /// How often the older link is looked at again when it moved meanwhile.
    private static let attempts = 3

    func run(
        _ seat: Seat, _ grant: TokenVersion, _ signIn: SignIn?, into other: LinkID
    ) async -> Identification {
        let identify = Identify(wallet: wallet)
        do {
            guard try await isSettled(seat) else {
                return await identify.later(seat, "an answer of the provider's is still to be settled")
            }
            for _ in 0..<Self.attempts {
                guard let token = try await resealed(seat, grant, signIn, for: other) else {
                    return await identify.later(seat, "the link \(other) of the same member cannot be opened")
                }
                let (claim, now) = (seat.claim, wallet.world.clock.now)
                let outcome = try await wallet.world.store.write { verbs throws(StoreError) in
                    try verbs.merge(
                        claim, into: other, token, now: now, forget: now.adding(seconds: Limits.failedLinkSeconds))
                }
                switch outcome {
                case .merged:
                    Point.reach(.merged)
                    wallet.world.log.write(
                        .info, "link renewed", [("link", other.rawValue), ("by", claim.link.rawValue)])
                    return .merged(into: other)
                case .claimLost: return .later("another worker has the link")
                case .busy(let until):
                    return await identify.later(
                        seat, "the link \(other) of the same member is being refreshed", notBefore: until)
                case .moved: continue
                }
            }
            return await identify.later(seat, "the link \(other) of the same member keeps changing")
        } catch { return .later("\(error)") }
    }

    /// Whether the newest grant is what there is: while an answer to a refresh lies unread, or may still come, the tokens
    /// at hand may be spent ones, and what replaces them would end with the new link.
    private func isSettled(_ seat: Seat) async throws(StoreError) -> Bool {
        let (id, link) = (seat.wallet, seat.link.id)
        return try await wallet.world.store.read { reads throws(StoreError) in try reads.past(id, link) }.isSettled
    }

    /// The grant's tokens, each with the fingerprint before it, sealed for the older link. Nil: its key or the tokens do
    /// not open.
    private func resealed(
        _ seat: Seat, _ grant: TokenVersion, _ signIn: SignIn?, for other: LinkID
    ) async throws(StoreError) -> TokenVersion? {
        let id = seat.wallet
        let found = try await wallet.world.store.read { reads throws(StoreError) -> (Link, WrappedDataKey)? in
            guard let link = try reads.link(id, other), let key = try reads.dataKey(id, other) else { return nil }
            return (link, key)
        }
        guard let (link, wrapped) = found, let key = wallet.keyring.open(wrapped, id, other) else { return nil }
        return seat.resealed(grant, asNextOf: link, under: key, from: signIn)
    }
}
