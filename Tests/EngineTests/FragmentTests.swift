import Testing
import Wire

@testable import PurserEngine

@Suite struct FragmentTests {
    private typealias F = PullFixture
    private let holder = "Ada \"Léa\" \\ Lindqvist"

    private func account(_ amount: BalanceAmount, unit: String = "miles", lots: [Lot] = []) -> Account {
        Account(
            id: AccountID(rawValue: "acc_1"), membership: MembershipID(rawValue: "mem_1"), type: "redeemable",
            unit: unit, amount: amount, asOf: nil, lots: lots, opening: nil, entriesTotal: .zero,
            historyIsComplete: false, observation: 1, observedAt: Fixture.now,
            staleAfter: Fixture.now.adding(seconds: 43_200), version: 17)
    }

    private func membership(_ number: String = "77012345", tiers: [Tier] = []) -> Membership {
        Membership(
            id: MembershipID(rawValue: "mem_1"), externalID: "77", number: number, holder: holder, since: nil,
            tiers: tiers)
    }

    private func fragment(
        _ account: Account, _ membership: Membership? = nil, vouchers: [Voucher] = []
    ) -> AccountFragment {
        AccountFragment.rendered(
            account, membership ?? self.membership(), vouchers, Fixture.provider(), Fixture.linkID)
    }

    private func shown(_ fragments: [AccountFragment], _ scopes: Set<Scope>) throws -> JSON {
        let links = [(id: Fixture.linkID, bytes: LinkFragment.rendered(Fixture.link()))]
        return try JSON.parse(
            MergedView(WalletSnapshot(version: 3, accounts: fragments, links: links), seeing: Sight(scopes)).bytes)
    }

    @Test("The joined pieces are one JSON document in the shape that was promised")
    func shape() throws {
        let tier = Tier(
            code: "silver", title: "Silver", scheme: "programme", until: CivilDate(iso: "2027-03-31"))
        let alliance = Tier(code: "ruby", title: "Ruby", scheme: "alliance", until: nil)
        let lot = Lot(amount: ExactDecimal("4000")!, expires: CivilDate(iso: "2027-05-03")!, earned: nil)
        let json = try shown(
            [fragment(account(F.known("61200"), lots: [lot]), membership(tiers: [tier, alliance]))], [.admin])
        let account = try #require(json["accounts"]?[0])
        let names = account.object?.members.map(\.name)
        #expect(
            names == [
                "id", "provider", "programme", "kind", "label", "membership", "balance", "nextExpiry", "lots",
                "vouchers", "observedAt", "staleAfter", "link", "version",
            ])
        #expect(
            account["balance"]
                == [
                    "type": "redeemable", "state": "known", "amount": "61200", "unit": "miles", "one": "mile",
                    "many": "miles", "decimals": 0,
                ])
        #expect(
            account["membership"]
                == [
                    "id": "mem_1", "number": "77012345", "holder": .string(holder),
                    "tiers": [
                        ["code": "silver", "title": "Silver", "until": "2027-03-31"],
                        ["code": "ruby", "title": "Ruby", "scheme": "alliance"],
                    ],
                ])
        #expect(account["nextExpiry"] == ["amount": "4000", "on": "2027-05-03"])
        #expect(account["version"] == 17 && json["version"] == 3)
        #expect(account["link"] == json["links"]?[0] && account["link"]?["id"] == "lnk_a")
        #expect(account["observedAt"] == "2026-11-23T09:30:00Z")
    }

    @Test("Numbers and names are whole for those who may see them, and masked for everybody else")
    func sight() throws {
        let fragments = [fragment(account(F.known("1")))]
        let whole: [Set<Scope>] = [[.admin], [.numbersRead], [.numbersRead, .balancesRead]]
        let masked: [Set<Scope>] = [[], [.balancesRead], [.entriesRead, .linksManage, .balancesRead]]
        for scopes in whole {
            let membership = try shown(fragments, scopes)["accounts"]?[0]?["membership"]
            #expect(membership?["number"] == "77012345" && membership?["holder"] == .string(holder))
        }
        for scopes in masked {
            let json = try shown(fragments, scopes)
            #expect(json["accounts"]?[0]?["membership"]?["number"] == "•••• 2345")
            #expect(!json.text.contains("7701") && !json.text.contains("Lindqvist") && !json.text.contains("Ada"))
        }
    }

    @Test("A balance that is not a number has no amount; a zero has one, in the unit's digits")
    func balances() throws {
        let rows: [(BalanceAmount, String, JSON?)] = [
            (F.known("0"), "miles", "0"), (F.known("-5"), "miles", "-5"), (F.known("12.5"), "eur", "12.50"),
            (F.known("0"), "eur", "0.00"), (F.known("12.345"), "eur", "12.345"),
            (F.known("9007199254740993"), "miles", "9007199254740993"), (.unknown, "miles", nil),
            (.hidden, "miles", nil), (.unsupported, "eur", nil),
        ]
        for (amount, unit, wanted) in rows {
            let balance = try shown([fragment(account(amount, unit: unit))], [])["accounts"]?[0]?["balance"]
            #expect(balance?["amount"] == wanted && balance?["state"] == .string(amount.state), "\(amount)")
        }
    }

    @Test("The next expiry is the earliest that lies ahead, with all that goes with it")
    func nextExpiry() throws {
        func lot(_ amount: String, _ day: String) -> Lot {
            Lot(amount: ExactDecimal(amount)!, expires: CivilDate(iso: day)!, earned: nil)
        }
        func next(_ lots: [Lot]) throws -> JSON? {
            try shown([fragment(account(F.known("1"), lots: lots))], [])["accounts"]?[0]?["nextExpiry"]
        }
        #expect(try next([]) == nil)
        #expect(try next([lot("5", "2026-11-22")]) == nil)
        #expect(try next([lot("0", "2026-12-01")]) == nil)
        #expect(try next([lot("5", "2026-11-23")]) == ["amount": "5", "on": "2026-11-23"])
        #expect(
            try next([
                lot("9", "2027-01-01"), lot("5", "2026-12-01"), lot("2.5", "2026-12-01"), lot("7", "2020-01-01"),
                lot("0", "2026-11-30"),
            ]) == ["amount": "7.5", "on": "2026-12-01"])
    }

    @Test("A hostile name stays inside its string")
    func hostile() throws {
        let evil = "\",\"admin\":true,\"x\":\"\u{2028}</script>"
        var membership = membership(evil)
        membership.holder = evil
        let voucher = Voucher(
            membership: membership.id, externalID: evil, title: evil, amount: nil, unit: evil, expires: nil,
            sealedCode: [1])
        let json = try shown([fragment(account(F.known("1")), membership, vouchers: [voucher])], [.admin])
        #expect(json["accounts"]?[0]?["membership"]?["number"] == .string(evil))
        #expect(json["accounts"]?[0]?["admin"] == nil)
        #expect(
            json["accounts"]?[0]?["vouchers"]?[0] == [
                "id": .string(evil), "title": .string(evil), "unit": .string(evil),
            ])
    }

    @Test("A voucher's unit has its words where the programme has the unit, and an amount of nothing has none")
    func voucherUnits() throws {
        func voucher(_ unit: String?) -> Voucher {
            Voucher(
                membership: membership().id, externalID: "v", title: nil, amount: ExactDecimal("1"), unit: unit,
                expires: nil, sealedCode: nil)
        }
        let fragment = fragment(account(F.known("1")), vouchers: [voucher("eur"), voucher("nights"), voucher(nil)])
        let shown = try shown([fragment], [.admin])["accounts"]?[0]?["vouchers"]
        #expect(shown?[0] == ["id": "v", "amount": "1", "unit": "eur", "one": "euro", "many": "euros"])
        #expect(shown?[1] == ["id": "v", "amount": "1", "unit": "nights"])
        #expect(shown?[2] == ["id": "v", "amount": "1"])
    }

    @Test("An empty wallet is a document too, and an account without its link says null")
    func edges() throws {
        #expect(try shown([], [])["accounts"] == [])
        let alone = WalletSnapshot(version: 1, accounts: [fragment(account(F.known("1")))], links: [])
        let json = try JSON.parse(MergedView(alone, seeing: Sight([])).bytes)
        #expect(json["accounts"]?[0]?["link"] == .some(.null))
    }

    @Test("One account alone is the same as in the whole view, and no other wallet's is found")
    func single() throws {
        let snapshot = WalletSnapshot(
            version: 1, accounts: [fragment(account(F.known("1")))],
            links: [(id: Fixture.linkID, bytes: LinkFragment.rendered(Fixture.link()))])
        for sight in [Sight([]), Sight([.admin])] {
            let bytes = try #require(
                MergedView.account(AccountID(rawValue: "acc_1"), in: snapshot, seeing: sight))
            let whole = try JSON.parse(MergedView(snapshot, seeing: sight).bytes)
            #expect(try JSON.parse(bytes) == whole["accounts"]?[0])
        }
        #expect(MergedView.account(AccountID(rawValue: "acc_2"), in: snapshot, seeing: Sight([.admin])) == nil)
    }

    @Test("The tag changes with the wallet's version and with what may be seen, and with nothing else")
    func etags() {
        let snapshots = [1, 2].map { WalletSnapshot(version: $0, accounts: [], links: []) }
        let sights = [Sight([]), Sight([.numbersRead])]
        let tags = snapshots.flatMap { snapshot in sights.map { MergedView(snapshot, seeing: $0).etag } }
        #expect(Set(tags).count == 4)
        #expect(tags.allSatisfy { $0.hasPrefix("\"") && $0.hasSuffix("\"") })
        #expect(MergedView(snapshots[0], seeing: Sight([.admin])).etag == tags[1])
        #expect(MergedView(snapshots[0], seeing: Sight([.balancesRead])).etag == tags[0])
    }

    @Test("Accounts are in order of provider, member, then what can be spent first")
    func order() {
        func order(_ type: String, _ number: String, _ unit: String = "miles") -> String {
            let account = Account(
                id: AccountID(rawValue: "acc_1"), membership: MembershipID(rawValue: "mem_1"), type: type, unit: unit,
                amount: .unknown, asOf: nil, lots: [], opening: nil, entriesTotal: .zero, historyIsComplete: false,
                observation: 1, observedAt: Fixture.now, staleAfter: Fixture.now, version: 1)
            return fragment(account, membership(number)).order
        }
        let wanted = [
            order("redeemable", "1", "eur"), order("redeemable", "1"), order("pending", "1"), order("status", "1"),
            order("redeemable", "10"), order("redeemable", "2"),
        ]
        #expect(wanted == wanted.sorted() && Set(wanted).count == wanted.count)
        #expect(order("no such type", "1") > order("toNextTier", "1"))
    }

    @Test("A link's fragment shows its state, and only facts")
    func link() throws {
        var link = Fixture.link(.needsConsent(.invalidGrant))
        link.note = "invalid_grant: \"gone\""
        link.condition = LinkCondition(.rateLimited, cause: "wait", until: Fixture.now)
        link.warnings = ["w"]
        link.scopesGranted = ["read"]
        link.pulledAt = Fixture.now
        let json = try JSON.parse(LinkFragment.rendered(link))
        #expect(json["state"] == "needsConsent" && json["reason"] == "invalidGrant")
        #expect(json["note"] == "invalid_grant: \"gone\"" && json["condition"] == "rateLimited")
        #expect(json["until"] == "2026-11-23T09:30:00Z" && json["cause"] == "wait" && json["warnings"] == ["w"])
        #expect(json["scopes"] == ["asked": ["openid", "read"], "granted": ["read"]])
        let plain = try JSON.parse(LinkFragment.rendered(Fixture.link()))
        for absent in ["reason", "note", "cause", "until", "askedAt", "pulledAt", "mergedInto", "warnings"] {
            #expect(plain[absent] == nil, "\(absent)")
        }
        #expect(plain["condition"] == "ok" && plain["identity"] == nil)
        #expect(json["conditionSince"] == .string(Fixture.now.rfc3339))
        #expect(json["works"] == "lastValues" && json["actor"] == "you" && json["advice"] == "relink")
        #expect(plain["works"] == "everything" && plain["actor"] == "nobody" && plain["advice"] == nil)
        #expect(LinkFragment.rendered(link) == LinkFragment.rendered(link))
    }
}

@Suite struct MaskedTests {
    @Test(
        "C93: of a number the last four of eight or more are shown, the last two of five or more, else none",
        arguments: [
            ("", "••••"), ("1", "••••"), ("1234", "••••"), ("12345", "•••• 45"), ("1234567", "•••• 67"),
            ("12345678", "•••• 5678"), ("9223372036854775808", "•••• 5808"), ("👩‍🚀👩‍🚀👩‍🚀👩‍🚀", "••••"),
        ])
    func numbers(_ number: String, _ wanted: String) {
        #expect(Masked.number(number) == wanted)
    }

    @Test(
        "Of a name the initials are shown, four at most",
        arguments: [
            ("Ada Lindqvist", "A. L."), ("Ada", "A."), ("", ""), ("  ", ""), (" Ada  von  Lindqvist ", "A. v. L."),
            ("A B C D E F", "A. B. C. D."), ("Élodie Ñandú", "É. Ñ."),
        ])
    func holders(_ name: String, _ wanted: String) {
        #expect(Masked.holder(name) == wanted)
    }
}
