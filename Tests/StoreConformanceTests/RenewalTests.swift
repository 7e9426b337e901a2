import PurserEngine
import PurserSimulation
import Testing
import Wire

// A grant that goes over to an older link of the same member.
@Suite struct RenewalTests {
    private static let forget = Sample.at(700)

    /// A link with a grant whose person is not known yet.
    private func linking(_ store: Bench, _ id: String, renews: LinkID? = nil, client: String = "client") throws -> Claim
    {
        let link = Link(
            wallet: Sample.wallet, id: LinkID(rawValue: id), provider: "skyways", issuer: "https://skyways.example",
            clientID: client, createdAt: Sample.at(100), state: .linking, since: Sample.at(100),
            scopesAsked: ["accounts", "more"])
        let pending = PendingLink(
            wallet: link.wallet, link: link.id, provider: link.provider, stateHash: Sample.stateHash(link.id),
            starter: .socket(uid: 1000), sealed: [1], createdAt: link.createdAt, expiresAt: Sample.at(700),
            renews: renews)
        let take = try store { verbs -> PendingTake in
            try verbs.ensureWallet(link.wallet, now: link.createdAt)
            try verbs.savePending(link, Sample.key(3), pending)
            return try verbs.takePending(
                stateHash: Sample.stateHash(link.id), provider: "skyways", now: Sample.at(101), until: Sample.at(251))
        }
        guard case .taken(_, let claim) = take else { throw StoreError.failed("not taken") }
        #expect(try store { try $0.pendingLink(link.wallet, link.id) }?.renews == renews)
        try store {
            _ = try $0.beginSpend(Sample.intent(claim, .exchange, generation: 0, at: 102))
            let token = Sample.token(1, "first of \(id)", at: 103)
            _ = try $0.commitGeneration(claim.wallet, claim.link, parent: 0, fence: claim.fence, token)
        }
        return claim
    }

    private func merge(_ store: Bench, _ claim: Claim, _ other: LinkID, _ generation: Int, at: Int64 = 110) throws
        -> Merge
    {
        try store {
            try $0.merge(
                claim, into: other, Sample.token(generation, "renewed", at: at), now: Sample.at(at),
                forget: Self.forget)
        }
    }

    @Test(
        "The older link takes the grant as its next generation; the new one says where it went",
        arguments: Backend.allCases)
    func merges(backend: Backend) throws {
        let store = try backend.open()
        let old = try store.active("lnk_a", due: 5000)
        try store {
            _ = try $0.setLinkState(
                old.wallet, old.link, claim: nil, state: .needsConsent(.invalidGrant), note: "x", now: Sample.at(50),
                due: nil)
        }
        let before = try store.link(old)
        let version = try store.version()
        let claim = try linking(store, "lnk_b")
        #expect(try merge(store, claim, old.link, 2) == .merged)
        let after = try store.link(old)
        #expect(after.state == .active && after.note == nil && after.condition == .ok && after.failures == 0)
        #expect(after.generation == 2 && after.fence == before.fence + 1)
        #expect(after.dueAt == Sample.at(110) && after.askedAt == Sample.at(110))
        #expect(after.identity == before.identity && after.createdAt == before.createdAt)
        #expect(after.scopesAsked == ["accounts", "more"])
        #expect(after.consentEndsAt == Sample.ends(2, at: 110).consent?.at && after.consentEndMoves == nil)
        let grant = try store { try $0.grant(old.wallet, old.link) }
        #expect(grant?.ends == Sample.ends(2, at: 110))
        #expect(grant?.sealedRefresh == Sample.bytes("refresh renewed"))
        let ended = try store.link(claim)
        #expect(ended.state == .merged && ended.mergedInto == old.link && ended.dueAt == Self.forget)
        #expect(try store { try $0.grant(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.dataKey(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.pendingLink(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.custodyEvents(claim.wallet, claim.link) }.last?.kind == "merged")
        #expect(try store { try $0.custodyEvents(old.wallet, old.link) }.last?.kind == "renewed")
        #expect(try store.version() > version)
        // Repeated after an answer that was lost, it changes nothing.
        #expect(try merge(store, claim, old.link, 3) == .claimLost)
        #expect(try store.link(old) == after)
        // The first good pull with the new tokens ends the old ones.
        try store { try $0.confirm(old.wallet, old.link, generation: 2, at: Sample.at(120)) }
        #expect(try store { try $0.grant(old.wallet, old.link) }?.confirmedAt == Sample.at(120))
    }

    @Test(
        "A spend in doubt ends with the new consent, but not while its answer may still come",
        arguments: Backend.allCases)
    func supersedes(backend: Backend) throws {
        let store = try backend.open()
        let old = try store.active("lnk_a")
        let worker = try store.claim(at: 60)
        let intent = Sample.intent(worker, .refresh, generation: 1, at: 60)
        #expect(try store { try $0.beginSpend(intent) } == .begun)
        try store {
            try $0.setCondition(old.wallet, old.link, LinkCondition(.outcomeUnknown, cause: "x"), now: Sample.at(9))
        }
        let claim = try linking(store, "lnk_b")
        #expect(try merge(store, claim, old.link, 2, at: 149) == .busy(until: Sample.at(150)))
        #expect(try store { try $0.intent(old.wallet, old.link) } == intent)
        #expect(try merge(store, claim, old.link, 2, at: 150) == .merged)
        #expect(try store { try $0.intent(old.wallet, old.link) } == nil)
        #expect(try store.link(old).condition == .ok)
        #expect(
            try store { try $0.custodyEvents(old.wallet, old.link) }.map(\.kind).suffix(2) == ["superseded", "renewed"])
        // What the old spend still brings is an orphan.
        let late = try store {
            try $0.commitGeneration(
                old.wallet, old.link, parent: 1, fence: worker.fence, Sample.token(2, "late", at: 151))
        }
        #expect(late == .orphaned)
        #expect(try store { try $0.unfinishedSpends() } == [])
    }

    @Test("A link that moved, ended, or is of another provider takes nothing", arguments: Backend.allCases)
    func moved(backend: Backend) throws {
        let store = try backend.open()
        let old = try store.active("lnk_a")
        let other = try store.active("lnk_x", provider: "grandstay")
        let claim = try linking(store, "lnk_b")
        let before = try store.link(claim)
        #expect(try merge(store, claim, old.link, 3) == .moved)
        #expect(try merge(store, claim, old.link, 1) == .moved)
        #expect(try merge(store, claim, other.link, 2) == .moved)
        #expect(try merge(store, claim, LinkID(rawValue: "lnk_none"), 2) == .moved)
        #expect(try merge(store, claim, claim.link, 2) == .moved)
        let late = Claim(wallet: claim.wallet, link: claim.link, fence: claim.fence - 1, until: claim.until)
        #expect(try merge(store, late, old.link, 2) == .claimLost)
        try store { _ = try $0.beginUnlink(old.wallet, old.link, now: Sample.at(105), until: Sample.at(300)) }
        #expect(try merge(store, claim, old.link, 2) == .moved)
        #expect(try store.link(claim) == before)
    }

    @Test("Tokens of another client go with the merge: nobody here can use them any more", arguments: Backend.allCases)
    func anotherClient(backend: Backend) throws {
        let store = try backend.open()
        let old = try store.active("lnk_a")
        let worker = try store.claim(at: 20)
        #expect(try store { try $0.record(worker, Sample.fullChange(1, at: 21, due: 900)) })
        let claim = try linking(store, "lnk_b", client: "another")
        #expect(try merge(store, claim, old.link, 2) == .merged)
        #expect(try store.link(old).clientID == "another")
        #expect(try store { try $0.ledger(old.wallet, old.link) }.vouchers.allSatisfy { $0.sealedCode == nil })
        #expect(try store { try $0.ledger(old.wallet, old.link) }.accounts.count == 2)
        if let file = store.file {
            #expect(try RawDatabase.counts(file.database)["token_version"] == 1)
        } else {
            let record = store.memory?.state.links.values.first { $0.link.id == old.link }
            #expect(record?.tokens.count == 1)
        }
    }

    @Test(
        "A consent that was to renew one member's link and was given by another waits for an answer",
        arguments: Backend.allCases)
    func anotherMember(backend: Backend) throws {
        let store = try backend.open()
        let old = try store.active("lnk_a")
        let before = try store.link(old)
        func activate(_ claim: Claim, _ who: String) throws -> Activation {
            try store {
                try $0.activate(
                    claim, identity: Sample.bytes(who), scopes: ["accounts"], signIn: nil, now: Sample.at(120),
                    due: Sample.at(121))
            }
        }
        let claim = try linking(store, "lnk_b", renews: old.link)
        #expect(try activate(claim, "person of lnk_a") == .alreadyLinked(old.link))
        #expect(try activate(claim, "somebody else") == .anotherMember(than: old.link))
        let link = try store.link(claim)
        #expect(link.state == .suspended(.identityChanged) && link.dueAt == nil)
        #expect(link.note?.contains(old.link.rawValue) == true)
        #expect(link.identity == Sample.bytes("somebody else"))
        #expect(try store { try $0.pendingLink(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.grant(claim.wallet, claim.link) }?.sealedIDToken == nil)
        #expect(try store.link(old) == before)
        // The link that was to be renewed is gone: then it is simply a new one.
        let third = try linking(store, "lnk_c", renews: LinkID(rawValue: "lnk_gone"))
        #expect(try activate(third, "a third") == .activated)
    }
}

// Who we are at a provider.
@Suite struct ClientTests {
    static let client = RegisteredClient(
        provider: "skyways", clientID: "ours", redirectURI: "http://127.0.0.1:9/cb", scopes: ["a", "b"],
        sealedSecret: [1, 0, 2], dataKey: Sample.key(1), createdAt: Sample.at(1), changedAt: Sample.at(2))
    static let bare = RegisteredClient(
        provider: "skyways", clientID: "ours", redirectURI: nil, scopes: nil, sealedSecret: nil, dataKey: nil,
        createdAt: Sample.at(1), changedAt: Sample.at(3))

    private func set(
        _ store: Bench, _ client: RegisteredClient?, question: String? = nil, at: Int64 = 30
    ) throws -> ClientChange {
        try store {
            try $0.setClient("skyways", client, question: question, now: Sample.at(at), forget: Sample.at(at + 600))
        }
    }

    @Test("A registration is kept whole, replaced whole, and removed", arguments: Backend.allCases)
    func keeps(backend: Backend) throws {
        let store = try backend.open()
        #expect(try store { try $0.client("skyways") } == nil)
        for client in [Self.client, Self.bare, nil] {
            #expect(try set(store, client) == .none)
            #expect(try store { try $0.client("skyways") } == client)
            #expect(try store { try $0.client("grandstay") } == nil)
        }
    }

    @Test(
        "Another client suspends what lives by the old one in every wallet, and calls off what is under way",
        arguments: Backend.allCases)
    func suspends(backend: Backend) throws {
        let store = try backend.open()
        let active = try store.active("lnk_a")
        let elsewhere = try store.active("lnk_b", in: Sample.other)
        let foreign = try store.active("lnk_c", provider: "grandstay")
        let dead = try store.active("lnk_d")
        try store {
            _ = try $0.setLinkState(
                dead.wallet, dead.link, claim: nil, state: .needsConsent(.invalidGrant), note: "x", now: Sample.at(9),
                due: nil)
        }
        let waiting = try store.pending("lnk_e", at: 20)
        let untouched = [try store.link(foreign), try store.link(dead)]
        #expect(try set(store, Self.bare) == .none)
        #expect(try store.link(active).state == .active)
        let fence = try store.link(active).fence
        #expect(try set(store, Self.client, question: "why?") == ClientChange(suspended: 2, calledOff: 1))
        for claim in [active, elsewhere] {
            let link = try store.link(claim)
            #expect(link.state == .suspended(.configurationChanged) && link.note == "why?" && link.dueAt == nil)
            #expect(try store { try $0.grant(claim.wallet, claim.link) } != nil)
        }
        #expect(try store.link(active).fence == fence, "tokens on their way are still this link's")
        let failed = try store { try $0.link(waiting.wallet, waiting.id) }
        #expect(failed?.state == .failed(.clientChanged) && failed?.dueAt == Sample.at(630))
        #expect([try store.link(foreign), try store.link(dead)] == untouched)
        #expect(try set(store, nil, question: "why?") == .none)
    }

    @Test("Consents that wait are told of all wallets; answered and expired ones are not", arguments: Backend.allCases)
    func waiting(backend: Backend) throws {
        let store = try backend.open()
        let first = try store.pending("lnk_a", at: 10)
        let second = try store.pending("lnk_b", in: Sample.other, provider: "grandstay", at: 5)
        _ = try store.taken("lnk_c", at: 20)
        let expected = [second, first].map {
            WaitingLink(link: $0.id, provider: $0.provider, expiresAt: $0.createdAt.adding(seconds: 600))
        }
        #expect(try store { try $0.waitingLinks(now: Sample.at(30)) } == expected)
        #expect(try store { try $0.waitingLinks(now: Sample.at(605)) } == [expected[1]])
        #expect(try store { try $0.waitingLinks(now: Sample.at(610)) } == [])
    }
}
