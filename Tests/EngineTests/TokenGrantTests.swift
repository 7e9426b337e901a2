import Testing
import Wire

@testable import PurserEngine

@Suite struct TokenGrantTests {
    private static let now = Instant(seconds: 1_800_000_000)

    @Test(
        "Which scope implies which: numbers and entries imply balances, admin everything, the others nothing",
        arguments: [
            ([], []), ([.balancesRead], [.balancesRead]), ([.numbersRead], [.numbersRead, .balancesRead]),
            ([.entriesRead], [.entriesRead, .balancesRead]), ([.linksManage], [.linksManage]),
            ([.linksManage, .entriesRead], [.linksManage, .entriesRead, .balancesRead]),
            ([.admin], [.balancesRead, .numbersRead, .entriesRead, .linksManage, .admin]),
        ] as [(Set<Scope>, Set<Scope>)])
    func reach(_ scopes: Set<Scope>, _ reached: Set<Scope>) { #expect(Scope.reach(scopes) == reached) }

    @Test(
        "When a token ends, as people say it: a day to its end, days and hours from now, nothing else",
        arguments: [
            ("2027-01-31", "2027-02-01T00:00:00Z"), ("2028-02-29", "2028-03-01T00:00:00Z"), ("2027-02-29", nil),
            ("12h", "2027-01-15T20:00:00Z"), ("1d", "2027-01-16T08:00:00Z"), ("30d", "2027-02-14T08:00:00Z"),
            ("0d", nil), ("-1d", nil), ("+1d", nil), ("01d", nil), ("1", nil), ("d", nil), ("", nil), ("1w", nil),
            ("1.5d", nil), ("1 d", nil), ("4000d", nil), ("99999999999999999999h", nil), ("٣d", nil),
            ("tomorrow", nil), ("2027-1-31", nil), ("2027-01-31T00:00:00Z", nil),
        ])
    func expiry(_ text: String, _ end: String?) { #expect(Expiry.parse(text, now: Self.now)?.rfc3339 == end) }

    private func token(_ scopes: Set<Scope>, providers: [String]? = nil, expires: Int64? = nil) -> APIToken {
        APIToken(
            wallet: .first, id: TokenID(rawValue: "tok_m"), hash: [], name: nil, scopes: scopes, providers: providers,
            createdAt: Self.now, expiresAt: expires.map { Self.now.adding(seconds: $0) }, madeBy: nil)
    }

    private func decide(_ asked: NewToken, _ maker: APIToken?) -> TokenGrant {
        let known = ["skyways": ["skyways"], "grandstay": ["grandstay"], "example.miles": ["brewhaus", "skyways"]]
        return TokenGrant.decide(asked, maker: maker, now: Self.now) { known[$0] ?? [] }
    }

    private func isStronger(_ grant: TokenGrant) -> Bool {
        if case .refused(.stronger) = grant { return true }
        return false
    }

    @Test("On the socket any token may be made, as long as it says what it is for")
    func socket() {
        #expect(decide(NewToken(scopes: [.admin]), nil) == .granted(providers: nil, expiresAt: nil))
        #expect(decide(NewToken(scopes: []), nil) == .refused(.noScope))
        let day = Self.now.adding(seconds: 86_400)
        let restricted = NewToken(scopes: [.balancesRead], programmes: ["skyways", "grandstay"], expires: "1d")
        #expect(decide(restricted, nil) == .granted(providers: ["grandstay", "skyways"], expiresAt: day))
        // A programme's key means every provider of it, each once.
        let keyed = NewToken(scopes: [.balancesRead], programmes: ["example.miles", "skyways"])
        #expect(decide(keyed, nil) == .granted(providers: ["brewhaus", "skyways"], expiresAt: nil))
        #expect(
            decide(NewToken(scopes: [.admin], programmes: ["skyways", "x"]), nil) == .refused(.unknownProgramme("x")))
        #expect(decide(NewToken(scopes: [.admin], programmes: []), nil) == .refused(.noProgramme))
        #expect(decide(NewToken(scopes: [.admin], expires: "soon"), nil) == .refused(.unreadableExpiry))
        #expect(decide(NewToken(scopes: [.admin], expires: "2026-12-31"), nil) == .refused(.pastExpiry))
    }

    @Test("A token makes none of a scope it has not")
    func scopes() {
        #expect(isStronger(decide(NewToken(scopes: [.admin]), token([.linksManage, .entriesRead]))))
        #expect(isStronger(decide(NewToken(scopes: [.numbersRead]), token([.balancesRead]))))
        #expect(!isStronger(decide(NewToken(scopes: [.balancesRead]), token([.entriesRead]))))
        #expect(!isStronger(decide(NewToken(scopes: [.numbersRead, .linksManage]), token([.admin]))))
    }

    @Test("A restricted token makes none that reaches further; what it does not see is unknown to it")
    func programmes() {
        let maker = token([.admin], providers: ["skyways"])
        #expect(isStronger(decide(NewToken(scopes: [.admin]), maker)))
        #expect(
            decide(NewToken(scopes: [.admin], programmes: ["grandstay"]), maker)
                == .refused(.unknownProgramme("grandstay")))
        #expect(
            decide(NewToken(scopes: [.admin], programmes: ["example.miles"]), maker)
                == .granted(providers: ["skyways"], expiresAt: nil))
    }

    @Test("A token makes none that outlives it; unless told otherwise both end together")
    func lifetimes() {
        let maker = token([.admin], expires: 7200)
        let end = Self.now.adding(seconds: 7200)
        #expect(decide(NewToken(scopes: [.admin]), maker) == .granted(providers: nil, expiresAt: end))
        #expect(
            decide(NewToken(scopes: [.admin], expires: "1h"), maker)
                == .granted(providers: nil, expiresAt: Self.now.adding(seconds: 3600)))
        #expect(
            decide(NewToken(scopes: [.admin], expires: "2h"), maker) == .granted(providers: nil, expiresAt: end))
        #expect(isStronger(decide(NewToken(scopes: [.admin], expires: "3h"), maker)))
    }

    @Test("What looks like a token: the prefix and 256 bits, written in one way only")
    func looks() {
        let good = APIToken.prefix + Base32.encode([UInt8](repeating: 7, count: 32))
        #expect(APIToken.looksRight(good))
        for bad in [
            "", "purser_", String(good.dropLast()), good + "a", good.uppercased(), "x" + good,
            String(good.dropLast()) + "b", good.replacingPrefix, APIToken.prefix + Base32.encode([1]),
        ] { #expect(!APIToken.looksRight(bad), "\(bad)") }
    }

    @Test("Being used is worth a write once a minute, and when the clock was set back")
    func touch() {
        var one = token([.admin])
        #expect(one.wantsTouch(at: Self.now))
        one.lastUsedAt = Self.now
        for (seconds, wants) in [(0, false), (59, false), (60, true), (-1, true)] as [(Int64, Bool)] {
            #expect(one.wantsTouch(at: Self.now.adding(seconds: seconds)) == wants)
        }
    }

    @Test("The tag says whose wallet, which version and what is seen of it; nothing else changes it")
    func tags() {
        let snapshots = [1, 2].map { WalletSnapshot(version: $0, accounts: [], links: []) }
        let sights = [
            Sight([]), Sight([.numbersRead]), Sight([], providers: ["a"]), Sight([], providers: ["a", "b"]),
            Sight([.admin], providers: ["a"]), Sight([], providers: []),
        ]
        let wallets = [WalletID.first, WalletID(rawValue: "wal_other")]
        let tags = snapshots.flatMap { snapshot in
            sights.flatMap { sight in wallets.map { MergedView(snapshot, of: $0, seeing: sight).etag } }
        }
        #expect(Set(tags).count == 24)
        #expect(
            MergedView(snapshots[0], seeing: Sight([], providers: ["b", "a"])).etag
                == MergedView(snapshots[0], seeing: Sight([.balancesRead], providers: ["a", "b"])).etag)
    }
}

extension String {
    /// The same with a prefix that is nearly ours.
    fileprivate var replacingPrefix: String { "pursers" + dropFirst(APIToken.prefix.count) }
}
