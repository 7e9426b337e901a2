import PurserEngine
import Testing
import Wire

@Suite struct LinkingTests {
    @Test("A pending link is saved whole and is due when it expires", arguments: Backend.allCases)
    func savesPending(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        var expected = link
        expected.dueAt = Sample.at(Limits.pendingLinkSeconds)
        #expect(try store { try $0.link(link.wallet, link.id) } == expected)
        #expect(try store { try $0.pendingLink(link.wallet, link.id) } == Sample.pending(link))
        #expect(try store { try $0.dataKey(link.wallet, link.id) } == Sample.key(1))
        #expect(try store { try $0.grant(link.wallet, link.id) } == nil)
        #expect(try store { try $0.nextDue() } == Sample.at(Limits.pendingLinkSeconds))
    }

    @Test("A session that began a link is kept as its starter", arguments: Backend.allCases)
    func keepsSession(backend: Backend) throws {
        let store = try backend.open()
        let link = Sample.link("lnk_a", in: Sample.wallet, provider: "skyways", at: 0)
        let pending = Sample.pending(link, by: .session(hash: []))
        try store {
            try $0.ensureWallet(Sample.wallet, now: Sample.at(0))
            try $0.savePending(link, Sample.key(1), pending)
        }
        #expect(try store { try $0.pendingLink(link.wallet, link.id) } == pending)
    }

    @Test("A pending link of no wallet, of a known id or of a known state is refused", arguments: Backend.allCases)
    func refusesSecond(backend: Backend) throws {
        let store = try backend.open()
        let first = try store.pending("lnk_a")
        let version = try store.version()
        let again = store.failure { try $0.savePending(first, Sample.key(2), Sample.pending(first)) }
        let homeless = Sample.link("lnk_b", in: Sample.other, provider: "skyways", at: 0)
        let nowhere = store.failure { try $0.savePending(homeless, Sample.key(1), Sample.pending(homeless)) }
        let second = Sample.link("lnk_c", in: Sample.wallet, provider: "skyways", at: 0)
        let stolen = PendingLink(
            wallet: second.wallet, link: second.id, provider: "skyways", stateHash: Sample.stateHash(first.id),
            starter: .socket(uid: 1), sealed: [], createdAt: second.createdAt, expiresAt: Sample.at(600))
        let sameState = store.failure { try $0.savePending(second, Sample.key(1), stolen) }
        for error in [again, nowhere, sameState] {
            guard case .failed = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(try store { try $0.links(Sample.wallet) }.map(\.id) == [first.id])
        #expect(try store { try $0.dataKey(first.wallet, first.id) } == Sample.key(1))
        #expect(try store.version() == version)
    }

    @Test("C26: A state is taken once: fence raised, claim held, row kept", arguments: Backend.allCases)
    func takesOnce(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        func take(_ now: Int64) throws -> PendingTake {
            try store {
                try $0.takePending(
                    stateHash: Sample.stateHash(link.id), provider: "skyways", now: Sample.at(now),
                    until: Sample.at(now + 150))
            }
        }
        var taken = Sample.pending(link)
        taken.takenAt = Sample.at(5)
        let claim = Claim(wallet: link.wallet, link: link.id, fence: 1, until: Sample.at(155))
        #expect(try take(5) == .taken(taken, claim))
        #expect(try store.link(claim).fence == 1)
        #expect(try store.link(claim).dueAt == Sample.at(155))
        #expect(try store { try $0.pendingLink(link.wallet, link.id) } == taken)
        #expect(try take(6) == .alreadyTaken(link.id))
        #expect(try take(9999) == .alreadyTaken(link.id))
        #expect(try store.link(claim).fence == 1)
    }

    @Test("C26: An unknown state, another provider's and an expired one take nothing", arguments: Backend.allCases)
    func takesNothing(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        func take(_ hash: [UInt8], _ provider: String, _ now: Int64) throws -> PendingTake {
            try store {
                try $0.takePending(stateHash: hash, provider: provider, now: Sample.at(now), until: Sample.at(now + 1))
            }
        }
        #expect(try take(Sample.bytes("nobody's"), "skyways", 1) == .unknown)
        #expect(try take(Sample.stateHash(link.id), "grandstay", 1) == .otherProvider)
        #expect(try take(Sample.stateHash(link.id), "skyways", 600) == .expired(link.id))
        #expect(try store { try $0.pendingLink(link.wallet, link.id) }?.takenAt == nil)
        #expect(try store { try $0.link(link.wallet, link.id) }?.fence == 0)
        guard case .taken = try take(Sample.stateHash(link.id), "skyways", 599) else {
            Issue.record("one moment before its end it must still be good")
            return
        }
    }

    @Test("A link that is being unlinked cannot be taken", arguments: Backend.allCases)
    func unlinkWins(backend: Backend) throws {
        let store = try backend.open()
        let link = try store.pending("lnk_a")
        let claim = try store {
            try $0.beginUnlink(link.wallet, link.id, now: Sample.at(1), until: Sample.at(151))
        }
        let take = try store {
            try $0.takePending(
                stateHash: Sample.stateHash(link.id), provider: "skyways", now: Sample.at(2), until: Sample.at(152))
        }
        #expect(take == .alreadyTaken(link.id))
        #expect(try store { try $0.link(link.wallet, link.id) }?.fence == claim?.fence)
    }

    @Test(
        "Activation writes who was linked and how they signed in, drops the ID token and ends the pending link",
        arguments: Backend.allCases)
    func activates(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a", due: 10)
        let link = try store.link(claim)
        #expect(link.state == .active)
        #expect(link.since == Sample.at(4))
        #expect(link.identity == Sample.bytes("person of lnk_a"))
        #expect(link.scopesGranted == ["accounts", "openid"])
        #expect(link.dueAt == Sample.at(10))
        let grant = try store { try $0.grant(claim.wallet, claim.link) }
        #expect(grant?.sealedIDToken == Sample.bytes("sign-in of lnk_a"))
        #expect(grant?.sealedRefresh == Sample.bytes("refresh first of lnk_a"))
        #expect(try store { try $0.pendingLink(claim.wallet, claim.link) } == nil)
        let take = try store {
            try $0.takePending(
                stateHash: Sample.stateHash(claim.link), provider: "skyways", now: Sample.at(5), until: Sample.at(6))
        }
        #expect(take == .unknown)
    }

    @Test("Activation answers the same when repeated, and nothing with a lost claim", arguments: Backend.allCases)
    func activationRepeats(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        let before = try store.link(claim)
        func activate(_ claim: Claim, _ identity: String) throws -> Activation {
            try store {
                try $0.activate(
                    claim, identity: Sample.bytes(identity), scopes: ["x"], signIn: nil, now: Sample.at(50),
                    due: Sample.at(60))
            }
        }
        #expect(try activate(claim, "person of lnk_a") == .activated)
        #expect(try activate(claim, "somebody else") == .claimLost)
        let late = Claim(wallet: claim.wallet, link: claim.link, fence: 0, until: claim.until)
        #expect(try activate(late, "person of lnk_a") == .claimLost)
        #expect(try store.link(claim) == before)
    }

    @Test("An identity lives once per wallet and provider", arguments: Backend.allCases)
    func identityIsUnique(backend: Backend) throws {
        let store = try backend.open()
        let first = try store.active("lnk_a")
        func activate(_ claim: Claim) throws -> Activation {
            try store {
                try $0.activate(
                    claim, identity: Sample.bytes("person of lnk_a"), scopes: [], signIn: nil, now: Sample.at(9),
                    due: Sample.at(9))
            }
        }
        let second = try store.taken("lnk_b")
        let before = try store.link(second)
        #expect(try activate(second) == .alreadyLinked(first.link))
        #expect(try store.link(second) == before)
        #expect(try activate(try store.taken("lnk_c", provider: "grandstay")) == .activated)
        #expect(try activate(try store.taken("lnk_d", in: Sample.other)) == .activated)
        // The older one is on its way out: its identity is free.
        try store { _ = try $0.beginUnlink(first.wallet, first.link, now: Sample.at(10), until: Sample.at(160)) }
        #expect(try activate(second) == .activated)
    }

    @Test("What a taken pending row seals can be replaced, by whoever holds the claim", arguments: Backend.allCases)
    func amends(backend: Backend) throws {
        let store = try backend.open()
        let waiting = try store.pending("lnk_a")
        func amend(_ claim: Claim, _ words: String) throws -> Bool {
            try store { try $0.amendPending(claim, sealed: Sample.bytes(words)) }
        }
        #expect(try !amend(Claim(wallet: waiting.wallet, link: waiting.id, fence: 0, until: Sample.at(9)), "early"))
        let claim = try store.taken("lnk_b")
        let before = try store { try $0.pendingLink(claim.wallet, claim.link) }
        #expect(try amend(claim, "new"))
        let after = try store { try $0.pendingLink(claim.wallet, claim.link) }
        #expect(after?.sealed == Sample.bytes("new") && after?.takenAt == before?.takenAt)
        #expect(after?.stateHash == before?.stateHash)
        #expect(try !amend(Claim(wallet: claim.wallet, link: claim.link, fence: 0, until: claim.until), "late"))
        #expect(try store { try $0.pendingLink(claim.wallet, claim.link) }?.sealed == Sample.bytes("new"))
        let active = try store.active("lnk_c")
        #expect(try !amend(active, "over"))
    }

    @Test("Key epochs are added once each; the first only to an empty store", arguments: Backend.allCases)
    func epochs(backend: Backend) throws {
        let store = try backend.open()
        let first = WrappedEpoch(id: 1, wrapped: [1], createdAt: Sample.at(0))
        let second = WrappedEpoch(id: 2, wrapped: [2, 2], createdAt: Sample.at(1))
        try store { try $0.addEpoch(first) }
        try store.pending("lnk_a")
        try store { try $0.addEpoch(second) }
        #expect(try store { try $0.epochs() } == [first, second])
        #expect(store.failure { try $0.addEpoch(second) } != nil)
        #expect(try store { try $0.epochs() } == [first, second])
        #expect(try store { try $0.storeID() } == "the-store")

        let used = try backend.open()
        try used.pending("lnk_a")
        #expect(used.failure { try $0.addEpoch(first) } != nil)
        #expect(try used { try $0.epochs() } == [])
    }
}
