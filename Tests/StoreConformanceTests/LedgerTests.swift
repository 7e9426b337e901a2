import PurserEngine
import Testing
import Wire

@Suite struct LedgerTests {
    /// A store with one good pull of everything in it.
    private func pulled(_ backend: Backend) throws -> (Bench, Claim) {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        #expect(try store { try $0.record(claim, Sample.fullChange(1, at: 20, due: 3600)) })
        return (store, claim)
    }

    @Test("A good pull is written whole and ends the claim", arguments: Backend.allCases)
    func recordsAll(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        let change = Sample.fullChange(1, at: 20, due: 3600)
        let expected = LinkLedger(
            memberships: change.memberships, accounts: change.accounts, vouchers: change.vouchers!,
            cursors: change.cursors, observation: 1)
        #expect(try store { try $0.ledger(claim.wallet, claim.link) } == expected)
        #expect(try store { try $0.observations(claim.wallet, claim.link) } == [change.observation])
        let link = try store.link(claim)
        #expect(link.pulledAt == Sample.at(20))
        #expect(link.attemptedAt == Sample.at(20))
        #expect(link.warnings == change.warnings)
        #expect(link.failures == 0)
        #expect(link.dueAt == Sample.at(3600))
    }

    @Test(
        "An answer that may be confirmed is kept by request and membership, and goes with its link",
        arguments: Backend.allCases)
    func keepsAnswers(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        func answer(_ membership: String, _ tag: String, link: String? = nil) -> KeptAnswer {
            KeptAnswer(
                request: "activity", membership: membership, uri: "https://api.example/\(membership)", tag: tag,
                link: link, receivedAt: Sample.at(30), sealedBody: [1, 0, UInt8(tag.utf8.count)])
        }
        func record(_ number: Int, _ kept: [KeptAnswer]) throws {
            var change = Sample.change(number, at: 30, due: 90)
            change.kept = kept
            #expect(try store { try $0.record(claim, change) })
        }
        try record(2, [answer("2", "\"a\""), answer("1", "W/\"b\"", link: "<x>; rel=next")])
        try record(3, [answer("2", "\"cc\"")])
        #expect(
            try store { try $0.keptAnswers(claim.wallet, claim.link) }.filter { $0.request == "activity" }
                == [answer("1", "W/\"b\"", link: "<x>; rel=next"), answer("2", "\"cc\"")])
        #expect(try store { try $0.keptAnswers(Sample.other, claim.link) } == [])
        _ = try store {
            try $0.setLinkState(
                claim.wallet, claim.link, claim: nil, state: .failed(.denied), note: nil, now: Sample.at(40), due: nil)
        }
        #expect(try store { try $0.keptAnswers(claim.wallet, claim.link) } == [])
    }

    @Test("A pull that only partly succeeded counts as a failure that is shown", arguments: Backend.allCases)
    func partly(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        for failures in 1...2 {
            var change = Sample.change(1 + failures, at: 30, due: 90)
            change.condition = LinkCondition(.degraded, cause: "activity: HTTP 500")
            #expect(try store { try $0.record(claim, change) })
            #expect(try store.link(claim).condition == change.condition)
            #expect(try store.link(claim).failures == failures)
        }
        #expect(try store { try $0.record(claim, Sample.change(4, at: 40, due: 90)) })
        #expect(try store.link(claim).failures == 0)
    }

    @Test("Unknown, hidden, unsupported and zero stay four different balances", arguments: Backend.allCases)
    func balances(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        let amounts: [BalanceAmount] = [.known(.zero), .unknown, .hidden, .unsupported]
        var change = Sample.change(2, at: 30, due: 3600)
        change.accounts = amounts.enumerated().map { Sample.account("acc_\($0.offset + 3)", $0.element) }
        change.accounts[0].asOf = Sample.at(-5)
        change.accounts[1].opening = nil
        change.accounts[2].endedAt = Sample.at(30)
        change.accounts[2].missing = 2
        #expect(try store { try $0.record(claim, change) })
        let ledger = try store { try $0.ledger(claim.wallet, claim.link) }
        #expect(Array(ledger.accounts.dropFirst(2)) == change.accounts)
        #expect(ledger.observation == 2)
    }

    @Test("The next pull replaces by id and leaves what it does not name", arguments: Backend.allCases)
    func replaces(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        var change = Sample.change(2, at: 30, due: 3600)
        var membership = Sample.membership()
        membership.holder = nil
        membership.tiers = []
        membership.missing = 1
        change.memberships = [membership]
        change.accounts = [Sample.account("acc_1", .unknown, observation: 2, version: 2)]
        change.cursors = [
            PullCursor(request: "activity", membership: "", next: nil),
            PullCursor(request: "activity", membership: "77", next: "3"),
        ]
        #expect(try store { try $0.record(claim, change) })
        let ledger = try store { try $0.ledger(claim.wallet, claim.link) }
        #expect(ledger.memberships == [membership])
        #expect(ledger.accounts == change.accounts + [Sample.account("acc_2", .hidden)])
        #expect(ledger.cursors == change.cursors)
        #expect(ledger.vouchers == [Sample.voucher("v1"), Sample.voucher("v2")])
        // A list of vouchers that was read replaces the other, an empty one too.
        var emptied = Sample.change(3, at: 40, due: 3600)
        emptied.vouchers = []
        #expect(try store { try $0.record(claim, emptied) })
        #expect(try store { try $0.ledger(claim.wallet, claim.link) }.vouchers == [])
    }

    @Test("Entries are appended and never changed", arguments: Backend.allCases)
    func appends(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        let account = AccountID(rawValue: "acc_1")
        let same = Sample.entry("ent_9", of: "acc_1", posted: 900, external: "x-ent_1")
        let elsewhere = Sample.entry("ent_8", of: "acc_2", posted: 900, external: "x-ent_1")
        var change = Sample.change(2, at: 30, due: 3600)
        change.entries = [same, elsewhere, Sample.entry("ent_3", of: "acc_1", posted: 7)]
        #expect(try store { try $0.record(claim, change) })
        let entries = try store { try $0.entries(claim.wallet, account, before: nil, limit: 10) }
        #expect(
            entries == [
                Sample.entry("ent_3", of: "acc_1", posted: 7), Sample.entry("ent_2", of: "acc_1", posted: 6),
                Sample.entry("ent_1", of: "acc_1", posted: 5),
            ])
        let known = try store { try $0.knownEntries(claim.wallet, account, ["x-ent_1", "x-ent_4", "x-ent_3"]) }
        #expect(known == ["x-ent_1", "x-ent_3"])
        let other = try store { try $0.entries(claim.wallet, elsewhere.account, before: nil, limit: 10) }
        #expect(other == [elsewhere])
    }

    @Test("Entries are read newest first, page by page, those of one moment too", arguments: Backend.allCases)
    func pages(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        let account = AccountID(rawValue: "acc_1")
        var change = Sample.change(2, at: 30, due: 3600)
        change.entries = ["ent_c", "ent_a", "ent_b"].map { Sample.entry($0, of: "acc_1", posted: 6) }
        #expect(try store { try $0.record(claim, change) })
        var seen: [String] = []
        var before: EntryPosition?
        for _ in 0..<4 {
            let page = try store { try $0.entries(claim.wallet, account, before: before, limit: 2) }
            seen += page.map(\.id.rawValue)
            before = page.last.map { EntryPosition(posted: $0.posted, id: $0.id) } ?? before
        }
        #expect(seen == ["ent_c", "ent_b", "ent_a", "ent_2", "ent_1"])
        #expect(try store { try $0.entries(claim.wallet, account, before: nil, limit: 0) } == [])
    }

    @Test("An observation's number comes once; a pull that repeats one writes nothing", arguments: Backend.allCases)
    func observationsAreAppended(backend: Backend) throws {
        let (store, claim) = try pulled(backend)
        let before = try store { try $0.ledger(claim.wallet, claim.link) }
        let version = try store.version()
        var again = Sample.change(1, at: 30, due: 9999)
        again.accounts = [Sample.account("acc_7", .unknown)]
        let error = store.failure { _ = try $0.record(claim, again) }
        guard case .failed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store { try $0.ledger(claim.wallet, claim.link) } == before)
        #expect(try store.link(claim).dueAt == Sample.at(3600))
        #expect(try store.version() == version)
    }

    @Test("An empty ledger is empty", arguments: Backend.allCases)
    func empty(backend: Backend) throws {
        let store = try backend.open()
        let claim = try store.active("lnk_a")
        #expect(try store { try $0.ledger(claim.wallet, claim.link) } == LinkLedger())
        #expect(try store { try $0.observations(claim.wallet, claim.link) } == [])
        let account = AccountID(rawValue: "acc_none")
        #expect(try store { try $0.entries(claim.wallet, account, before: nil, limit: 5) } == [])
        #expect(try store { try $0.knownEntries(claim.wallet, account, ["x"]) } == [])
    }
}
