import Crypto
import Wire

/// Discovery documents that outlive a start. An unfinished spend is settled at the endpoint that its provider named; a
/// provider that cannot say so just then must not cost the grant. Whoever can write into the database must not say it either:
/// each document is marked with a key that is not in there.
struct KeptDocuments: Sendable {
    let world: World
    let keyring: Keyring

    /// The document that was kept last, and how old it is by the wall clock; nil: there is none of this issuer, or it is not
    /// one of ours.
    func recall(_ provider: String, issuer: String) async -> (document: JSON, ageMilliseconds: Int64)? {
        let read = try? await world.store.read { reads throws(StoreError) in try reads.metadata(provider) }
        guard let kept = read ?? nil, Exactly.same(kept.issuer, issuer),
            Secret(copying: kept.mark)
                == Secret(copying: keyring.mark(provider, issuer: issuer, kept.document, at: kept.fetchedAt)),
            let document = try? JSON.parse(kept.document)
        else { return nil }
        return (document, max(0, world.clock.now.milliseconds(since: kept.fetchedAt)))
    }

    /// - Returns: whether it is durable.
    func keep(_ document: [UInt8], of provider: String, issuer: String) async -> Bool {
        let now = world.clock.now
        let kept = KeptMetadata(
            provider: provider, issuer: issuer, document: document, fetchedAt: now,
            mark: keyring.mark(provider, issuer: issuer, document, at: now))
        do {
            try await world.store.write { verbs throws(StoreError) in try verbs.keepMetadata(kept) }
            return true
        } catch {
            world.log.write(.warning, "metadata not kept", [("provider", provider), ("why", "\(error)")])
            return false
        }
    }
}

extension Keyring {
    /// What marks a kept discovery document as written here, for this provider and issuer, at this time.
    func mark(_ provider: String, issuer: String, _ document: [UInt8], at moment: Instant) -> [UInt8] {
        let place = SealedPlace.joined([storeID, provider, issuer, String(moment.milliseconds)])
        return HMAC.sha256(key: markKey, place + document)
    }
}
