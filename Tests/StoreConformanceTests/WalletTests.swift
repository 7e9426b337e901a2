import PurserEngine
import Testing
import Wire

@Suite struct WalletTests {
    @Test("Nothing of a wallet is seen or changed through another's id", arguments: Backend.allCases)
    func wallsHold(backend: Backend) throws {
        let store = try backend.open()
        try store { try $0.ensureWallet(Sample.other, now: Sample.at(0)) }
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        #expect(try store { try $0.record(claim, Sample.fullChange(1, at: 12, due: 900)) })
        #expect(try store { try $0.beginSpend(intent) } == .begun)
        let before = try everything(store, Sample.wallet, claim.link)
        let stranger = Claim(wallet: Sample.other, link: claim.link, fence: claim.fence, until: claim.until)

        #expect(try everything(store, Sample.other, claim.link) == nothing(store))
        try store { verbs in
            let later = Postponement(due: Sample.at(1), condition: .ok, failures: 0, attemptedAt: Sample.at(1))
            #expect(try verbs.postpone(stranger, later) == false)
            #expect(try verbs.record(stranger, Sample.change(2, at: 20, due: 99)) == false)
            #expect(try verbs.requestPull(Sample.other, claim.link, now: Sample.at(99)) == .noSuchLink)
            #expect(try verbs.beginSpend(Sample.intent(stranger, .refresh, generation: 1, at: 20)) == .claimLost)
            let moved = try verbs.setLinkState(
                Sample.other, claim.link, claim: nil, state: .paused, note: nil, now: Sample.at(20), due: nil)
            #expect(moved == false)
            try verbs.setCondition(Sample.other, claim.link, LinkCondition(.degraded), now: Sample.at(20))
            try verbs.clearIntent(
                Sample.intent(stranger, .refresh, generation: 1, at: 11),
                CustodyEvent(at: Sample.at(20), kind: "cleared", generation: 1))
            try verbs.confirm(Sample.other, claim.link, generation: 1, at: Sample.at(20))
            try verbs.note(Sample.other, claim.link, CustodyEvent(at: Sample.at(20), kind: "x", generation: 1))
            try verbs.keepRaw(Sample.raw(Sample.intent(stranger, .refresh, generation: 1, at: 11), at: 20))
            let commit = try verbs.commitGeneration(
                Sample.other, claim.link, parent: 1, fence: claim.fence, Sample.token(2, "x", at: 20))
            #expect(commit == .orphaned)
            let activation = try verbs.activate(
                stranger, identity: [1], scopes: [], signIn: nil, now: Sample.at(20), due: Sample.at(20))
            #expect(activation == .claimLost)
            let unlink = try verbs.beginUnlink(Sample.other, claim.link, now: Sample.at(20), until: Sample.at(21))
            #expect(unlink == nil)
            #expect(try verbs.unlink(stranger, nil, nil) == false)
        }
        #expect(try everything(store, Sample.wallet, claim.link) == before)
        #expect(try everything(store, Sample.other, claim.link) == nothing(store))
    }

    @Test("Two wallets may hold links and accounts of the same names", arguments: Backend.allCases)
    func sameNames(backend: Backend) throws {
        let store = try backend.open()
        let mine = try store.active("lnk_a", due: 900)
        let link = Sample.link("lnk_a", in: Sample.other, provider: "skyways", at: 1)
        let pending = PendingLink(
            wallet: link.wallet, link: link.id, provider: link.provider, stateHash: [4, 2], starter: .socket(uid: 2),
            sealed: [], createdAt: link.createdAt, expiresAt: Sample.at(601))
        try store {
            try $0.ensureWallet(Sample.other, now: Sample.at(1))
            try $0.savePending(link, Sample.key(1), pending)
        }
        #expect(try store { try $0.record(mine, Sample.fullChange(1, at: 5, due: 900)) })
        #expect(try store { try $0.unlink(mine, nil, nil) })
        #expect(try store { try $0.link(link.wallet, link.id) }?.state == .linking)
        #expect(try store { try $0.pendingLink(link.wallet, link.id) } == pending)
        #expect(try store { try $0.dataKey(link.wallet, link.id) } == Sample.key(1))
    }

    // Everything that can be read of a link through a wallet's id, but for the wallet's own version.
    private func everything(_ store: Bench, _ wallet: WalletID, _ link: LinkID) throws -> [String] {
        let account = AccountID(rawValue: "acc_1")
        return try store { verbs in
            let snapshot = try verbs.snapshot(wallet)
            return [
                "\(try verbs.links(wallet))", "\(String(describing: try verbs.link(wallet, link)))",
                "\(String(describing: try verbs.dataKey(wallet, link)))",
                "\(String(describing: try verbs.grant(wallet, link)))",
                "\(String(describing: try verbs.intent(wallet, link)))", "\(try verbs.custodyEvents(wallet, link))",
                "\(try verbs.orphanCount(wallet, link))", "\(try verbs.ledger(wallet, link))",
                "\(try verbs.knownEntries(wallet, account, ["x-ent_1"]))",
                "\(try verbs.entries(wallet, account, before: nil, limit: 9))",
                "\(try verbs.observations(wallet, link))", "\(snapshot.accounts)", "\(snapshot.links)",
                "\(try verbs.receipts(wallet))", "\(snapshot.version)",
            ]
        }
    }

    private func nothing(_ store: Bench) throws -> [String] {
        try everything(store, WalletID(rawValue: "wal_empty"), LinkID(rawValue: "lnk_none"))
    }
}
