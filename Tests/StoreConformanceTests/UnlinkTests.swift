import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite struct UnlinkTests {
    /// A link with a row in every table.
    private func full(_ store: Bench, _ id: String) throws -> Claim {
        try store.active(id, due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        try store {
            _ = try $0.beginSpend(intent)
            try $0.keepRaw(Sample.raw(intent, at: 12))
            _ = try $0.commitGeneration(
                claim.wallet, claim.link, parent: 1, fence: claim.fence - 1, Sample.token(2, "late", at: 12))
            var change = Sample.fullChange(1, at: 20, due: 3600)
            change.fragments = [
                Sample.fragment("acc_1", "skyways 1", of: id), Sample.fragment("acc_2", "skyways 2", of: id),
            ]
            _ = try $0.record(claim, change)
        }
        return claim
    }

    @Test("Unlinking begins with a durable state and takes the link from its worker", arguments: Backend.allCases)
    func begins(backend: Backend) throws {
        let store = try backend.open()
        let worker = try full(store, "lnk_a")
        let claim = try store {
            try $0.beginUnlink(worker.wallet, worker.link, now: Sample.at(30), until: Sample.at(180))
        }
        let expected = Claim(wallet: worker.wallet, link: worker.link, fence: worker.fence + 1, until: Sample.at(180))
        #expect(claim == expected)
        let link = try store.link(worker)
        #expect(link.state == .revoked(.user))
        #expect(link.since == Sample.at(30))
        #expect(link.dueAt == Sample.at(180))
        #expect(link.fence == claim?.fence)
        #expect(try store { try $0.record(worker, Sample.change(2, at: 31, due: 99)) } == false)
        // Cut short, it is taken up by whoever claims it next.
        #expect(try store.claim(at: 180).link == worker.link)
        let nobody = try store {
            try $0.beginUnlink(worker.wallet, LinkID(rawValue: "lnk_none"), now: Sample.at(30), until: Sample.at(31))
        }
        #expect(nobody == nil)
    }

    @Test("Unlinking deletes every row of the link and leaves the receipt", arguments: Backend.allCases)
    func deletesAll(backend: Backend) throws {
        let store = try backend.open()
        let claim = try full(store, "lnk_a")
        if let file = store.file {
            let counts = try RawDatabase.counts(file.database)
            // Every table has a row now, so that the counts below mean something.
            let tables = try RawDatabase.query(
                file.database, "SELECT name FROM sqlite_schema WHERE type = 'table'")
            let empty: Set = [
                "api_token", "client_registration", "dynamic_registration", "signal_stream", "signal_taken",
                "key_epoch", "pending_link",
                "provider_flow", "feed", "point_value", "receipt", "revocation_outbox", "root_source",
                "server_metadata", "store_key", "suspicion", "transfer_partner",
            ]
            #expect(Set(tables).subtracting(counts.keys) == empty)
        }
        let version = try store.version()
        let receipt = Sample.receipt(claim, "rcp_1", .revoked, at: 30)
        #expect(try store { try $0.unlink(claim, receipt, nil) })
        #expect(try store { try $0.receipts(claim.wallet) } == [receipt])
        let empty = WalletSnapshot(version: version + 1, accounts: [], links: [])
        #expect(try store { try $0.snapshot(claim.wallet) } == empty)
        #expect(try store { try $0.link(claim.wallet, claim.link) } == nil)
        #expect(try store { try $0.dataKey(claim.wallet, claim.link) } == nil)
        let account = AccountID(rawValue: "acc_1")
        #expect(try store { try $0.entries(claim.wallet, account, before: nil, limit: 9) } == [])
        if let file = store.file {
            #expect(try RawDatabase.counts(file.database) == ["meta": 1, "wallet": 1, "receipt": 1])
        }
        if let memory = store.memory { #expect(memory.state.links.isEmpty) }
        #expect(try store { try $0.unlink(claim, receipt, nil) } == false)
    }

    @Test("Unlinking one link leaves the others whole", arguments: Backend.allCases)
    func leavesOthers(backend: Backend) throws {
        let store = try backend.open()
        let other = try store.active("lnk_b", due: 9000)
        var change = Sample.fullChange(1, at: 5, due: 9000)
        change.accounts = [Sample.account("acc_9", .unknown)]
        change.entries = [Sample.entry("ent_9", of: "acc_9", posted: 5)]
        change.fragments = [Sample.fragment("acc_9", "z", of: "lnk_b")]
        #expect(try store { try $0.record(other, change) })
        let ledger = try store { try $0.ledger(other.wallet, other.link) }
        let claim = try full(store, "lnk_a")
        #expect(try store { try $0.unlink(claim, nil, nil) })
        #expect(try store { try $0.ledger(other.wallet, other.link) } == ledger)
        #expect(try store { try $0.snapshot(other.wallet) }.accounts == change.fragments)
        let entries = try store { try $0.entries(other.wallet, AccountID(rawValue: "acc_9"), before: nil, limit: 9) }
        #expect(entries == change.entries)
        #expect(try store { try $0.grant(other.wallet, other.link) } != nil)
    }

    @Test("An unconfirmed revocation is kept and claimed until the provider answers", arguments: Backend.allCases)
    func outbox(backend: Backend) throws {
        let store = try backend.open()
        let claim = try full(store, "lnk_a")
        let receipt = Sample.receipt(claim, "rcp_1", .pending, at: 30)
        var row = Sample.outbox(claim, receipt, next: 100)
        #expect(try store { try $0.unlink(claim, receipt, row) })
        func claimed(_ now: Int64) throws -> [OutboxRevocation] {
            try store { try $0.claimRevocations(now: Sample.at(now), until: Sample.at(now + 150), limit: 4) }
        }
        #expect(try claimed(99) == [])
        row.nextAt = Sample.at(250)
        #expect(try claimed(100) == [row])
        #expect(try claimed(101) == [])
        #expect(try store { try $0.nextDue() } == Sample.at(250))
        try store {
            try $0.settleRevocation(
                claim.wallet, receipt.id, answer: .pending, detail: "HTTP 500", again: Sample.at(300))
        }
        row.attempts = 2
        row.nextAt = Sample.at(450)
        #expect(try claimed(300) == [row])
        try store {
            try $0.settleRevocation(claim.wallet, receipt.id, answer: .revoked, detail: nil, again: nil)
        }
        #expect(try claimed(9999) == [])
        var settled = receipt
        settled.answer = .revoked
        settled.detail = nil
        #expect(try store { try $0.receipts(claim.wallet) } == [settled])
        // A worker that stood still comes with an older word: it is too late.
        try store {
            try $0.settleRevocation(
                claim.wallet, receipt.id, answer: .pending, detail: "HTTP 500", again: Sample.at(9999))
        }
        #expect(try store { try $0.receipts(claim.wallet) } == [settled])
        if let file = store.file {
            #expect(try RawDatabase.counts(file.database) == ["meta": 1, "wallet": 1, "receipt": 1])
        }
    }

    @Test("Revocations are claimed oldest first, over all wallets, up to a limit", arguments: Backend.allCases)
    func outboxOrder(backend: Backend) throws {
        let store = try backend.open()
        for (index, next) in [30, 10, 20].enumerated() {
            let claim = try store.active("lnk_\(index)", in: index == 1 ? Sample.other : Sample.wallet, due: 900)
            let receipt = Sample.receipt(claim, "rcp_\(index)", .pending, at: 5)
            try store { _ = try $0.unlink(claim, receipt, Sample.outbox(claim, receipt, next: Int64(next))) }
        }
        func claimed(limit: Int) throws -> [String] {
            try store { try $0.claimRevocations(now: Sample.at(50), until: Sample.at(200), limit: limit) }
                .map(\.receipt.rawValue)
        }
        #expect(try claimed(limit: 2) == ["rcp_1", "rcp_2"])
        #expect(try claimed(limit: 2) == ["rcp_0"])
        // The wallet is part of the name: nobody settles another's.
        try store {
            try $0.settleRevocation(
                Sample.wallet, ReceiptID(rawValue: "rcp_1"), answer: .gaveUp, detail: nil, again: nil)
        }
        #expect(try store { try $0.receipts(Sample.other) }.first?.answer == .pending)
    }

    @Test("Receipts stay in order and a second of the same name is refused whole", arguments: Backend.allCases)
    func receipts(backend: Backend) throws {
        let store = try backend.open()
        let a = try store.active("lnk_a", due: 900)
        let b = try store.active("lnk_b", due: 900)
        let first = Sample.receipt(a, "rcp_2", .nothingHeld, at: 10)
        #expect(try store { try $0.unlink(a, first, nil) })
        let clash = Sample.receipt(b, "rcp_2", .unsupported, at: 5)
        #expect(store.failure { _ = try $0.unlink(b, clash, nil) } != nil)
        #expect(try store.link(b).state == .active)
        #expect(try store { try $0.grant(b.wallet, b.link) } != nil)
        let second = Sample.receipt(b, "rcp_1", .unsupported, at: 5)
        #expect(try store { try $0.unlink(b, second, nil) })
        #expect(try store { try $0.receipts(a.wallet) } == [second, first])
    }
}
