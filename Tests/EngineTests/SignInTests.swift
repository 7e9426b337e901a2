import Crypto
import Testing
import Wire

@testable import PurserEngine

/// What of the first ID token is kept, and what those of refreshes are held against.
@Suite("The sign-in a link was made by")
struct SignInTests {
    private static func token(
        _ subject: String = "member-1", party: Bool = false, time: Int64? = 1000, nonce: String? = "n",
        issued: Int64? = 500_000
    ) -> IDToken { IDToken(subject: subject, namesParty: party, authTime: time, nonce: nonce, issuedAt: issued) }

    static let rows: [(first: IDToken, other: IDToken, difference: SignIn.Difference?)] = [
        (token(), token(), nil), (token(), token(nonce: nil), nil), (token(), token(time: nil), nil),
        (token(time: nil), token(time: 5), nil), (token(time: 0), token(time: 0), nil),
        (token(party: true), token(party: true), nil),
        (token(), token("member-2"), .subject), (token(), token("Member-1"), .subject),
        (token("K"), token("\u{212A}"), .subject),
        (token(), token(party: true), .party), (token(party: true), token(), .party),
        (token(), token(time: 1001), .time), (token(), token(time: 0), .time), (token(time: 0), token(), .time),
        (token(), token(nonce: "other"), .nonce), (token(), token(nonce: ""), .nonce),
        (token(nonce: nil), token(nonce: "n"), .nonce),
        (token(), token("member-2", party: true, time: 5, nonce: "x", issued: 0), .subject),
        (token(), token(issued: 413_600), nil), (token(), token(issued: 413_599), .issued),
        (token(), token(issued: 9_000_000), nil), (token(issued: nil), token(issued: 0), nil),
        (token(), token(issued: nil), nil), (token(), token(nonce: "x", issued: 0), .nonce),
    ]

    @Test("C14: an ID token of a refresh is of the same person, party, sign-in and request", arguments: rows.indices)
    func differences(_ place: Int) {
        let row = Self.rows[place]
        #expect(SignIn(row.first).difference(row.other) == row.difference)
    }

    @Test("It is kept as it was, and every difference has words of its own")
    func kept() {
        for token in Self.rows.flatMap({ [$0.first, $0.other] }) {
            let signIn = SignIn(token)
            #expect(SignIn(signIn.kept) == signIn)
        }
        #expect(SignIn(Secret("")) == nil && SignIn(Secret("[]")) == nil && SignIn(Secret("{\"sub\":\"a\"}")) == nil)
        let words = SignIn.Difference.allCases.map(\.words)
        #expect(Set(words).count == words.count)
    }

    @Test("It is sealed for its generation, and does not open as an ID token, nor an ID token as it")
    func sealed() throws {
        let tokens = try Fixture.tokens(["access_token": "at", "token_type": "Bearer", "id_token": "a.b.c"])
        let signIn = SignIn(Self.token())
        func version(_ seat: Seat, _ carried: Carried?) throws -> TokenVersion {
            try seat.sealed(
                tokens, generation: 2, keeping: nil, boundTo: nil, carrying: carried, Fixture.metadata(),
                of: Fixture.intent,
                receivedAt: Fixture.now, CountingRandomness())
        }
        let (active, linking) = (Fixture.seat(), Fixture.seat(state: .linking))
        let carried = try version(active, .signIn(signIn))
        #expect(active.signIn(carried) == signIn)
        #expect(throws: UnsealProblem.broken) { try active.idToken(carried) }
        let first = try version(linking, nil)
        #expect(linking.signIn(first) == nil)
        #expect(try linking.idToken(first) == Secret("a.b.c"))
        #expect(try linking.idToken(version(linking, .idToken(Secret("x.y.z")))) == Secret("x.y.z"))
        // Once somebody has been identified, an ID token is never stored again.
        #expect(try version(active, nil).sealedIDToken == nil)
        #expect(try version(active, .idToken(Secret("x.y.z"))).sealedIDToken == nil)
    }

    @Test("What waits sealed for a response keeps the hash of its code, and not the code")
    func codeHash() throws {
        let request = AuthorizationRequest(redirectURI: "http://127.0.0.1/callback", randomness: CountingRandomness())
        var kept = try #require(AuthorizationRequest.Kept(request.kept(for: Fixture.metadata())))
        #expect(kept.codeHash == nil && kept.nonce == request.nonce && kept.codeVerifier == request.codeVerifier)
        for algorithm in SignatureAlgorithm.allCases {
            kept.codeHash = CodeHash("the code", algorithm)
            let again = try #require(AuthorizationRequest.Kept(kept.kept))
            #expect(again.codeHash == kept.codeHash && again.nonce == kept.nonce)
            for name in algorithm.names {
                #expect(again.codeHash?[name] == name.halfHash(Array("the code".utf8)), "\(name)")
            }
            #expect(kept.kept.text()?.contains("the code") == false)
        }
        #expect(kept.codeHash?[.rs256] == nil)
    }
}
