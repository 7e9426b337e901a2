import PurserEngine
import Testing
import Wire

@Suite struct ViewTests {
    @Test("A wallet nobody knows is empty and of version 0, like a new one", arguments: Backend.allCases)
    func unknownWallet(backend: Backend) throws {
        let store = try backend.open()
        let empty = WalletSnapshot(version: 0, accounts: [], links: [])
        #expect(try store { try $0.snapshot(Sample.wallet) } == empty)
        try store {
            try $0.ensureWallet(Sample.wallet, now: Sample.at(0))
            try $0.ensureWallet(Sample.wallet, now: Sample.at(1))
        }
        #expect(try store { try $0.snapshot(Sample.wallet) } == empty)
        #expect(try store { try $0.nextDue() } == nil)
    }

    @Test("Making a wallet that is there leaves its version", arguments: Backend.allCases)
    func ensureKeeps(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a")
        let before = try store { try $0.snapshot(Sample.wallet) }
        try store { try $0.ensureWallet(Sample.wallet, now: Sample.at(99)) }
        #expect(try store { try $0.snapshot(Sample.wallet) } == before)
        #expect(before.version > 0)
    }

    @Test("Each link's fragment is its row as rendered, oldest link first", arguments: Backend.allCases)
    func linkFragments(backend: Backend) throws {
        let store = try backend.open()
        try store.pending("lnk_b", at: 7)
        try store.active("lnk_c", at: 3)
        try store.pending("lnk_a", at: 7)
        let links = try store { try $0.links(Sample.wallet) }
        let snapshot = try store { try $0.snapshot(Sample.wallet) }
        #expect(links.map(\.id.rawValue) == ["lnk_c", "lnk_a", "lnk_b"])
        #expect(snapshot.links.map(\.id) == links.map(\.id))
        #expect(snapshot.links.map(\.bytes) == links.map(LinkFragment.rendered))
    }

    @Test("Whatever changes a link row changes its fragment with it", arguments: Backend.allCases)
    func fragmentFollows(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a", due: 10)
        func check(_ comment: Comment, raises: Int, _ verb: (any StoreVerbs) throws -> Void) throws {
            let before = try store.version()
            try store(verb)
            #expect(try store.version() == before + raises, comment)
            let link = try store.link(claim)
            let shown = try store { try $0.snapshot(claim.wallet) }.links.first { $0.id == claim.link }?.bytes
            #expect(shown == LinkFragment.rendered(link), comment)
        }
        let condition = LinkCondition(.outcomeUnknown, cause: "nobody knows")
        let (wallet, id) = (claim.wallet, claim.link)
        try check("another condition", raises: 1) { try $0.setCondition(wallet, id, condition, now: Sample.at(8)) }
        try check("the same condition", raises: 0) { try $0.setCondition(wallet, id, condition, now: Sample.at(8)) }
        try check("asked for", raises: 1) { _ = try $0.requestPull(wallet, id, now: Sample.at(9)) }
        try check("claimed", raises: 0) { _ = try $0.claimDue(now: Sample.at(10), until: Sample.at(160), limit: 1) }
        let held = Claim(wallet: wallet, link: id, fence: claim.fence + 1, until: Sample.at(160))
        try check("a spend", raises: 0) { _ = try $0.beginSpend(Sample.intent(held, .refresh, generation: 1, at: 11)) }
        func commit(_ generation: Int, _ ends: GrantEnds) -> (any StoreVerbs) throws -> Void {
            let token = Sample.token(generation, "\(generation)", at: 12, ends: ends)
            return { _ = try $0.commitGeneration(wallet, id, parent: generation - 1, fence: held.fence, token) }
        }
        let first = Sample.ends(1, at: 3)
        try check("other scopes", raises: 1, commit(2, first))
        try check("the same scopes", raises: 0, commit(3, first))
        let later = ToldEnd(at: Sample.at(99_999), moves: first.refresh?.moves)
        try check("another end", raises: 1, commit(4, GrantEnds(refresh: later)))
        try check("an end that stands", raises: 1, commit(5, GrantEnds(refresh: ToldEnd(at: later.at, moves: false))))
        try check("no end", raises: 1, commit(6, .untold))
        try check("confirmed", raises: 0) { try $0.confirm(wallet, id, generation: 6, at: Sample.at(13)) }
        try check("pulled", raises: 1) { _ = try $0.record(held, Sample.change(1, at: 14, due: 99)) }
        try check("paused", raises: 1) {
            _ = try $0.setLinkState(wallet, id, claim: nil, state: .paused, note: nil, now: Sample.at(15), due: nil)
        }
        try check("failed", raises: 1) {
            _ = try $0.setLinkState(
                wallet, id, claim: nil, state: .failed(.providerGone), note: nil, now: Sample.at(16), due: nil)
        }
    }

    @Test("Accounts are shown in their order and gone when they end", arguments: Backend.allCases)
    func accountFragments(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        func record(_ number: Int, _ fragments: [AccountFragment], ended: [String] = []) throws -> [AccountFragment] {
            var change = Sample.change(number, at: 20, due: 99)
            change.fragments = fragments
            change.ended = ended.map { AccountID(rawValue: $0) }
            #expect(try store { try $0.record(claim, change) })
            return try store { try $0.snapshot(claim.wallet) }.accounts
        }
        let (a, b, c) = (
            Sample.fragment("acc_a", "b"), Sample.fragment("acc_b", "a\u{1}b"), Sample.fragment("acc_c", "aé")
        )
        #expect(try record(1, [a, b, c]) == [b, c, a])
        let moved = Sample.fragment("acc_a", "A", version: 2, tail: "other")
        #expect(try record(2, [moved]) == [moved, b, c])
        #expect(try record(3, [], ended: ["acc_b", "acc_none"]) == [moved, c])
    }

    @Test("One pull raises the version by one, however much it changes", arguments: Backend.allCases)
    func onePullOneStep(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let version = try store.version()
        #expect(try store { try $0.record(claim, Sample.fullChange(1, at: 20, due: 99)) })
        #expect(try store.version() == version + 1)
    }

    @Test("Next due is the earliest of all wallets' links and revocations", arguments: Backend.allCases)
    func nextDue(backend: Backend) throws {
        let store = try backend.open()
        let a = try store.active("lnk_a", due: 400)
        try store.active("lnk_b", in: Sample.other, due: 300)
        #expect(try store { try $0.nextDue() } == Sample.at(300))
        try store { _ = try $0.requestPull(a.wallet, a.link, now: Sample.at(200)) }
        #expect(try store { try $0.nextDue() } == Sample.at(200))
        let receipt = Sample.receipt(a, "rcp_1", .pending, at: 210)
        try store { _ = try $0.unlink(a, receipt, Sample.outbox(a, receipt, next: 250)) }
        #expect(try store { try $0.nextDue() } == Sample.at(250))
        try store { try $0.settleRevocation(a.wallet, receipt.id, answer: .revoked, detail: nil, again: nil) }
        #expect(try store { try $0.nextDue() } == Sample.at(300))
    }
}
