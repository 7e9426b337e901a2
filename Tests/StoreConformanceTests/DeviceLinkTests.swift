import PurserEngine
import Testing
import Wire

/// Links whose person answers on another device.
@Suite struct DeviceLinkTests {
    private static func pending(_ link: Link, seconds: Int64, life: Int64 = 600) -> PendingLink {
        PendingLink(
            wallet: link.wallet, link: link.id, provider: link.provider, stateHash: Sample.stateHash(link.id),
            starter: .socket(uid: 1000), sealed: [5], createdAt: link.createdAt,
            expiresAt: link.createdAt.adding(seconds: life), pollSeconds: seconds)
    }

    private static func saved(_ store: Bench, seconds: Int64 = 7, life: Int64 = 600) throws -> Link {
        let link = Sample.link("lnk_d", in: Sample.wallet, provider: "skyways", at: 0)
        try store {
            try $0.ensureWallet(Sample.wallet, now: Sample.at(0))
            try $0.savePending(link, Sample.key(1), pending(link, seconds: seconds, life: life))
        }
        return link
    }

    @Test("A device link is due when it is first to be asked about, before ordinary work", arguments: Backend.allCases)
    func firstDue(backend: Backend) throws {
        let store = try backend.open()
        let link = try Self.saved(store)
        #expect(try store { try $0.pendingLink(link.wallet, link.id) } == Self.pending(link, seconds: 7))
        #expect(try store { try $0.nextDue() } == Sample.at(7))
        try store.active("lnk_a", at: 0, due: 1)
        let claims = try store { try $0.claimDue(now: Sample.at(8), until: Sample.at(158), limit: 1) }
        #expect(claims.map(\.link) == [link.id])
    }

    @Test("One that ends before it is first asked about is due at its end", arguments: Backend.allCases)
    func shortLife(backend: Backend) throws {
        let store = try backend.open()
        _ = try Self.saved(store, seconds: 30, life: 10)
        #expect(try store { try $0.nextDue() } == Sample.at(10))
    }

    @Test("No door is kept open for it: no browser comes back", arguments: Backend.allCases)
    func waitsWithoutDoor(backend: Backend) throws {
        let store = try backend.open()
        _ = try Self.saved(store)
        #expect(try store { try $0.waitingLinks(now: Sample.at(1)) }.isEmpty)
        try store.pending("lnk_b", at: 0)
        #expect(try store { try $0.waitingLinks(now: Sample.at(1)) }.map(\.link.rawValue) == ["lnk_b"])
    }

    @Test(
        "Postponed, it keeps its pace or takes a new one; a link of a browser takes none", arguments: Backend.allCases)
    func pace(backend: Backend) throws {
        let store = try backend.open()
        let link = try Self.saved(store)
        func postpone(_ seconds: Int64?, at: Int64) throws -> Int64? {
            let claim = try store.claim(at: at)
            let later = Postponement(
                due: Sample.at(at + 1), condition: .ok, failures: 0, attemptedAt: Sample.at(at), pollSeconds: seconds)
            #expect(try store { try $0.postpone(claim, later) })
            return try store { try $0.pendingLink(claim.wallet, claim.link) }?.pollSeconds
        }
        #expect(try postpone(nil, at: 10) == 7)
        #expect(try postpone(12, at: 20) == 12)
        #expect(try store { try $0.link(link.wallet, link.id) }?.dueAt == Sample.at(21))
        _ = try store {
            try $0.setLinkState(
                link.wallet, link.id, claim: nil, state: .failed(.denied), note: nil, now: Sample.at(22), due: nil)
        }
        try store.pending("lnk_b", at: 0)
        #expect(try postpone(12, at: 700) == nil)
    }

    @Test("The same code is asked about again, and only by who is next", arguments: Backend.allCases)
    func askedAgain(backend: Backend) throws {
        let store = try backend.open()
        let link = try Self.saved(store)
        func intent(_ claim: Claim, attempt: Int) -> Intent {
            Intent(
                wallet: claim.wallet, link: claim.link, purpose: .device, generation: 0, fence: claim.fence,
                sentAt: Sample.at(10), deadline: Sample.at(40), attempt: attempt)
        }
        let first = try store.claim(at: 10)
        #expect(try store { try $0.beginSpend(intent(first, attempt: 1)) } == .begun)
        let second = try store.claim(at: 400)
        #expect(try store { try $0.beginSpend(intent(second, attempt: 1)) } == .inFlight(intent(first, attempt: 1)))
        #expect(try store { try $0.beginSpend(intent(second, attempt: 2)) } == .begun)
        #expect(try store { try $0.intent(link.wallet, link.id) } == intent(second, attempt: 2))
        // Asked and not answered yet: nothing to tell but the lost one.
        try store { try $0.clearIntent(intent(second, attempt: 2), nil) }
        #expect(try store { try $0.intent(link.wallet, link.id) } == nil)
        #expect(try store.kinds(second) == ["resent"])
    }

    @Test("The tokens it brings take the pending row; it stays until the person is known", arguments: Backend.allCases)
    func taken(backend: Backend) throws {
        let store = try backend.open()
        let link = try Self.saved(store)
        let claim = try store.claim(at: 10)
        let token = Sample.token(1, "first", at: 12)
        let commit = try store {
            try $0.commitGeneration(link.wallet, link.id, parent: 0, fence: claim.fence, token)
        }
        #expect(commit == .committed)
        #expect(try store { try $0.pendingLink(link.wallet, link.id) }?.takenAt == Sample.at(12))
        // A response that was taken by its state keeps its own time.
        let other = try store.taken("lnk_b", at: 20)
        _ = try store {
            try $0.commitGeneration(
                other.wallet, other.link, parent: 0, fence: other.fence, Sample.token(1, "second", at: 30))
        }
        #expect(try store { try $0.pendingLink(other.wallet, other.link) }?.takenAt == Sample.at(21))
    }
}
