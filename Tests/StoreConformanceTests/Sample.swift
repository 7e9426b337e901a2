import PurserEngine
import Wire

/// Made-up rows. Time is in seconds after one moment.
enum Sample {
    static let wallet = WalletID.first
    static let other = WalletID(rawValue: "wal_other")

    static func at(_ seconds: Int64) -> Instant { Instant(seconds: 1_800_000_000 + seconds) }
    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    static func stateHash(_ link: LinkID) -> [UInt8] { bytes("state of \(link)") }

    static func link(_ id: String, in wallet: WalletID, provider: String, at: Int64) -> Link {
        Link(
            wallet: wallet, id: LinkID(rawValue: id), provider: provider, issuer: "https://\(provider).example",
            clientID: "client", createdAt: self.at(at), state: .linking, since: self.at(at),
            scopesAsked: ["openid", "accounts"])
    }

    static func key(_ id: UInt32) -> WrappedDataKey {
        WrappedDataKey(id: id, epoch: 1, wrapped: [1, 2, UInt8(id)], commitment: [9, 0])
    }

    static func pending(
        _ link: Link, by starter: Starter = .socket(uid: 1000), renews: LinkID? = nil
    ) -> PendingLink {
        PendingLink(
            wallet: link.wallet, link: link.id, provider: link.provider, stateHash: stateHash(link.id),
            starter: starter, sealed: [0, 1, 0xff], createdAt: link.createdAt,
            expiresAt: link.createdAt.adding(seconds: Limits.pendingLinkSeconds), renews: renews)
    }

    static func intent(_ claim: Claim, _ purpose: Intent.Purpose, generation: Int, at: Int64) -> Intent {
        Intent(
            wallet: claim.wallet, link: claim.link, purpose: purpose, generation: generation, fence: claim.fence,
            sentAt: self.at(at), deadline: self.at(at + 90))
    }

    static func raw(
        _ intent: Intent, at: Int64, body: String = "sealed answer", attempt: Int = 1, isPart: Bool = false
    ) -> RawAnswer {
        RawAnswer(
            wallet: intent.wallet, link: intent.link, generation: intent.generation, fence: intent.fence,
            attempt: attempt, status: 200,
            sealedBody: bytes(body), receivedAt: self.at(at), isPart: isPart)
    }

    static func token(
        _ generation: Int, _ what: String, at: Int64, scopes: [String] = ["accounts"], ends: GrantEnds? = nil
    ) -> TokenVersion {
        TokenVersion(
            generation: generation, sealedAccess: bytes("access \(what)"), sealedRefresh: bytes("refresh \(what)"),
            sealedIDToken: bytes("id \(what)"), scopes: scopes, accessEndsAt: self.at(at + 3600),
            refreshAheadAt: self.at(at + 2500), receivedAt: self.at(at), ends: ends ?? self.ends(generation, at: at))
    }

    /// Each generation's are others: with and without each of them, moved, fixed and not known.
    static func ends(_ generation: Int, at: Int64) -> GrantEnds {
        let knowledge: [Bool?] = [nil, true, false]
        return GrantEnds(
            refresh: generation % 4 == 3
                ? nil : ToldEnd(at: self.at(at + 86_400), moves: knowledge[generation % 3]),
            authorization: generation.isMultiple(of: 2)
                ? ToldEnd(at: self.at(at + 9_000_000), moves: knowledge[(generation + 1) % 3]) : nil)
    }

    static func receipt(_ claim: Claim, _ id: String, _ answer: Receipt.Answer, at: Int64) -> Receipt {
        Receipt(
            id: ReceiptID(rawValue: id), link: claim.link, provider: "skyways", at: self.at(at), answer: answer,
            detail: answer == .pending ? "HTTP 503" : nil)
    }

    static func outbox(_ claim: Claim, _ receipt: Receipt, next: Int64) -> OutboxRevocation {
        OutboxRevocation(
            wallet: claim.wallet, receipt: receipt.id, link: claim.link, provider: "skyways",
            issuer: "https://skyways.example", clientID: "client", dataKey: key(2), sealedRefresh: [1, 2, 3],
            sealedAccess: nil, attempts: 1, nextAt: at(next))
    }
}

// The ledger.
extension Sample {
    static func membership(_ id: String = "mem_1") -> Membership {
        Membership(
            id: MembershipID(rawValue: id), externalID: "ext \(id)", number: "77012345", holder: "Ada Lindqvist",
            since: CivilDate(iso: "2019-03-01"),
            tiers: [
                Tier(code: "silver", title: "Silver \"S\"", scheme: "programme", until: CivilDate(iso: "2027-03-31")),
                Tier(code: "sapphire", title: "Sapphire", scheme: "alliance", until: nil),
            ])
    }

    static func account(
        _ id: String, _ amount: BalanceAmount, observation: Int = 1, at: Int64 = 20, version: Int = 1
    ) -> Account {
        Account(
            id: AccountID(rawValue: id), membership: MembershipID(rawValue: "mem_1"), type: "redeemable",
            unit: "miles", amount: amount, asOf: nil,
            lots: [
                Lot(amount: ExactDecimal("0.10")!, expires: CivilDate(iso: "2027-05-03")!, earned: nil),
                Lot(
                    amount: ExactDecimal(4000), expires: CivilDate(iso: "2028-05-03")!,
                    earned: CivilDate(iso: "2025-05-03")),
            ], opening: ExactDecimal("-0.5"), entriesTotal: ExactDecimal("12345678901234567890.25")!,
            historyIsComplete: false, observation: observation, observedAt: self.at(at), staleAfter: self.at(at + 100),
            version: version)
    }

    static func entry(_ id: String, of account: String, posted: Int64, external: String? = nil) -> Entry {
        Entry(
            id: EntryID(rawValue: id), account: AccountID(rawValue: account), externalID: external ?? "x-\(id)",
            posted: at(posted), kind: "earn", amount: ExactDecimal("-12.50")!, text: "ZRH–HEL ✈", balanceAfter: nil,
            firstSeenAt: at(20))
    }

    static func voucher(_ id: String) -> Voucher {
        Voucher(
            membership: MembershipID(rawValue: "mem_1"), externalID: id, title: "Free night", amount: ExactDecimal(1),
            unit: "nights", expires: CivilDate(iso: "2027-01-31"), sealedCode: [7, 7])
    }

    static func fragment(_ account: String, _ order: String, version: Int = 1, tail: String = "tail") -> AccountFragment
    {
        fragment(account, order, of: "lnk_a", version: version, tail: tail)
    }

    static func fragment(
        _ account: String, _ order: String, of link: String, version: Int = 1, tail: String = "tail"
    ) -> AccountFragment {
        AccountFragment(
            account: AccountID(rawValue: account), link: LinkID(rawValue: link), order: order, head: bytes("head"),
            number: bytes("number"), maskedNumber: bytes("masked"), tail: bytes(tail), version: version)
    }

    static func observation(_ number: Int, at: Int64) -> Observation {
        Observation(
            number: number, at: self.at(at), digest: [1, 2, 3], answers: ["me", "activity#2"], scopes: ["accounts"],
            generation: 1)
    }

    /// A pull that brought nothing but its observation.
    static func change(_ number: Int, at: Int64, due: Int64) -> LedgerChange {
        LedgerChange(
            memberships: [], accounts: [], vouchers: nil, entries: [], cursors: [],
            observation: observation(number, at: at), fragments: [], ended: [], warnings: [], condition: .ok,
            pulledAt: self.at(at), due: self.at(due))
    }

    /// A pull that brought something of everything.
    static func fullChange(_ number: Int, at: Int64, due: Int64) -> LedgerChange {
        var change = change(number, at: at, due: due)
        change.memberships = [membership()]
        change.accounts = [account("acc_1", .known(ExactDecimal("61200.5")!)), account("acc_2", .hidden)]
        change.vouchers = [voucher("v1"), voucher("v2")]
        change.entries = [entry("ent_1", of: "acc_1", posted: 5), entry("ent_2", of: "acc_1", posted: 6)]
        change.cursors = [PullCursor(request: "activity", membership: "", next: #"{"page":"2"}"#)]
        change.kept = [
            KeptAnswer(
                request: "me", membership: "", uri: "https://api.example/me", tag: "\"1\"", link: nil,
                receivedAt: self.at(at), sealedBody: [4, 2])
        ]
        change.fragments = [fragment("acc_1", "skyways 1"), fragment("acc_2", "skyways 2")]
        change.warnings = ["me: \"tier\" is new"]
        return change
    }
}
