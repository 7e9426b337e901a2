import Testing
import Wire

@testable import PurserEngine

/// What a logout at a provider means for a link, and what is remembered of logouts.
@Suite("A logout at the provider")
struct LogoutDecisionTests {
    private static func logout(_ subject: String?, _ session: String?, at: Int64 = 1000) -> LogoutToken {
        LogoutToken(
            subject: subject, session: session, id: "j", endsAt: Instant(seconds: at + 120), issuedAt: at)
    }

    private static func signIn(_ session: String? = "s", issued: Int64? = 900) -> SignIn {
        SignIn(IDToken(subject: "ines", session: session, issuedAt: issued))
    }

    @Test("C79: it is meant for the person and the session that the token names, as far as ours is known")
    func meant() {
        let rows: [(subject: String?, session: String?, ours: String?, isMeant: Bool)] = [
            ("ines", nil, "s", true), ("ines", nil, nil, true), ("ines", "s", "s", true), ("ines", "s", nil, true),
            ("ines", "t", "s", false), ("ines", "S", "s", false), (nil, "s", "s", true), (nil, "t", "s", false),
            (nil, "s", nil, false), ("bela", nil, "s", false), ("bela", "s", "s", false), ("Ines", nil, "s", false),
            (nil, nil, "s", false), (nil, "K", "\u{212A}", false), ("ines", "e\u{301}", "\u{e9}", false),
        ]
        for row in rows {
            #expect(Self.signIn(row.ours).isMeant(by: Self.logout(row.subject, row.session)) == row.isMeant, "\(row)")
        }
    }

    private static let states: [LinkState] = [
        .linking, .failed(.denied), .active, .paused, .needsConsent(.invalidGrant), .needsConsent(.loggedOut),
        .suspended(.identityChanged), .suspended(.configurationChanged), .revoked(.user), .revoked(.provider), .merged,
    ]

    @Test("a grant without offline_access ends, one with it goes on, and what rests or has ended stays as it is")
    func decisions() {
        for state in Self.states {
            func decided(_ scopes: [String]) -> LogoutDecision {
                LogoutDecision.decide(Self.logout("ines", "s"), Self.signIn(), state, scopes: scopes)
            }
            switch state {
            case .active, .paused, .suspended:
                #expect(decided(["openid"]) == .ends && decided([]) == .ends, "\(state)")
                #expect(decided(["offline_access_not", "OFFLINE_ACCESS"]) == .ends, "\(state)")
                #expect(decided(["openid", "offline_access"]) == .outlives, "\(state)")
            default:
                #expect(decided(["openid"]) == .rests && decided(["offline_access"]) == .rests, "\(state)")
            }
            #expect(
                LogoutDecision.decide(Self.logout("bela", nil), Self.signIn(), state, scopes: []) == .notMeant,
                "\(state)")
        }
    }

    @Test("a logout before the sign-in ended an earlier session; where nobody knows when that was, it counts")
    func earlier() {
        for (issued, decision) in [
            (999, .ends), (1000, .ends), (1001, .earlierSession), (nil, .ends),
        ] as [(Int64?, LogoutDecision)] {
            #expect(
                LogoutDecision.decide(Self.logout("ines", nil), Self.signIn(issued: issued), .active, scopes: [])
                    == decision, "\(String(describing: issued))")
        }
    }

    @Test("only what changes something for the person has a line in the story, each its own")
    func events() {
        #expect(LogoutDecision.allCases.compactMap(\.event) == [.outlived, .loggedOut])
    }

    @Test("session and time of issue are kept with the sign-in; a session that is too long is none")
    func kept() throws {
        let signIn = Self.signIn("a session", issued: 1_790_000_000)
        #expect(SignIn(signIn.kept) == signIn)
        #expect(SignIn(Self.signIn(nil, issued: nil).kept) == Self.signIn(nil, issued: nil))
        #expect(LogoutToken.isSession("s") && !LogoutToken.isSession(""))
        #expect(!LogoutToken.isSession(String(repeating: "s", count: 256)))
    }

    private let now = Instant(seconds: 1_790_000_000)

    @Test(
        "C79: a logout token is taken once, until it would be refused for its age; another provider's has its own names"
    )
    func once() async {
        let logouts = Logouts()
        let until = now.adding(seconds: 180)
        #expect(await logouts.take("j", of: "a", until: until, now: now) == .taken)
        #expect(await logouts.take("j", of: "a", until: until, now: now.adding(seconds: 179)) == .seen)
        #expect(await logouts.take("j", of: "b", until: until, now: now) == .taken)
        #expect(await logouts.take("j", of: "a", until: until, now: until) == .taken)
        #expect(await logouts.take("k", of: "a", until: until, now: now) == .taken)
        await logouts.giveBack("k", of: "a")
        #expect(await logouts.take("k", of: "a", until: until, now: now) == .taken)
    }

    @Test("when as many are remembered as may be, no more are taken, of that provider alone, until one is over")
    func full() async {
        let logouts = Logouts()
        for number in 0..<Limits.logoutTokensKept {
            let until = now.adding(seconds: number == 0 ? 10 : 600)
            #expect(await logouts.take("\(number)", of: "a", until: until, now: now) == .taken)
        }
        let until = now.adding(seconds: 600)
        #expect(await logouts.take("more", of: "a", until: until, now: now) == .full)
        #expect(await logouts.take("5", of: "a", until: until, now: now) == .seen)
        #expect(await logouts.take("more", of: "b", until: until, now: now) == .taken)
        #expect(await logouts.take("more", of: "a", until: until, now: now.adding(seconds: 10)) == .taken)
        #expect(await logouts.take("yet more", of: "a", until: until, now: now.adding(seconds: 10)) == .full)
    }

    @Test("a token is remembered for as long as it would hold: its end or its age, whichever comes first")
    func forgetting() {
        func token(ends: Int64) -> LogoutToken {
            LogoutToken(
                subject: "s", session: nil, id: "j", endsAt: Instant(seconds: ends), issuedAt: 1000)
        }
        #expect(token(ends: 1100).forgetAt == Instant(seconds: 1160))
        #expect(token(ends: 9_000_000).forgetAt == Instant(seconds: 1601))
    }

    @Test("C79: who comes back is believed once, from the provider they were sent to, and not for ever")
    func returns() async {
        let logouts = Logouts()
        func hash(_ text: String) -> [UInt8] { AuthorizationRequest.hash(ofState: text) }
        let until = now.adding(seconds: 600)
        for state in ["a", "b", "c", "d"] {
            await logouts.expect(stateHash: hash(state), from: "skyways", until: until, now: now)
        }
        #expect(await !logouts.isExpected(stateHash: hash("x"), from: "skyways", now: now))
        #expect(await !logouts.isExpected(stateHash: hash("a"), from: "railpass", now: now))
        #expect(await logouts.isExpected(stateHash: hash("a"), from: "skyways", now: now))
        #expect(await !logouts.isExpected(stateHash: hash("a"), from: "skyways", now: now))
        #expect(await logouts.isExpected(stateHash: hash("b"), from: "skyways", now: until.adding(milliseconds: -1)))
        #expect(await !logouts.isExpected(stateHash: hash("c"), from: "skyways", now: until))
    }

    @Test("of those who are at a logout page so many are remembered, the newest")
    func returnsBounded() async {
        let logouts = Logouts()
        for number in 0...Limits.logoutReturnsKept {
            await logouts.expect(
                stateHash: AuthorizationRequest.hash(ofState: "\(number)"), from: "a", until: now.adding(seconds: 9),
                now: now)
        }
        #expect(await !logouts.isExpected(stateHash: AuthorizationRequest.hash(ofState: "0"), from: "a", now: now))
        #expect(await logouts.isExpected(stateHash: AuthorizationRequest.hash(ofState: "1"), from: "a", now: now))
    }

    @Test(
        "the address names the client, the way back and a state, and nothing of the person; the endpoint's query stays")
    func page() throws {
        var metadata = Fixture.metadata()
        func page() -> URI? {
            EndSession.page(
                metadata, clientID: "purser", returnTo: "http://127.0.0.1:7878/loggedout/skyways", state: "st")
        }
        #expect(page() == nil)
        metadata.endSessionEndpoint = URI("https://as.example/end?tenant=1")
        let query = try #require(page()?.query.flatMap { Form(parsing: $0) })
        #expect(query.fields.map(\.name) == ["tenant", "client_id", "post_logout_redirect_uri", "state"])
        #expect(query["state"] == "st" && query["client_id"] == "purser" && query["tenant"] == "1")
    }
}
