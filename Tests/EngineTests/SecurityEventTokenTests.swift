import Crypto
import TestSupport
import Testing
import Wire

@testable import PurserEngine

/// Security event tokens (RFC 8417) as the Shared Signals Framework has them, and whom they are about.
@Suite("Security event tokens") struct SecurityEventTokenTests {
    private static let now = Fixture.now
    private static let disabled = SignalKind.accountDisabled.rawValue
    private static let ssf = "https://schemas.openid.net/secevent/ssf/event-type/"
    private static let person: JSON = ["format": "iss_sub", "iss": "https://as.example", "sub": "ines"]
    private static let stream: JSON = ["format": "opaque", "id": "st"]
    private let key: SigningKey
    private let keys: JWKSet

    init() throws {
        key = try SigningKey.generate(.ed25519)
        keys = try JWKSet(["keys": [key.publicJWK]])
    }

    private static let terms = SecurityEventToken.Terms(
        issuer: "https://tr.example", audience: ["purser", "wallet"], streamID: "st", algorithm: .ed25519)

    private func signed(
        _ changes: [(String, JSON?)], type: String? = "secevent+jwt", by key: SigningKey? = nil
    ) throws -> String {
        var claims = JSONObject([
            ("iss", "https://tr.example"), ("aud", "purser"), ("iat", .int(Self.now.seconds)), ("jti", "e1"),
            ("sub_id", Self.person), ("events", .object(JSONObject([(Self.disabled, ["reason": "hijacking"])]))),
        ])
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).bytes, with: key ?? self.key, type: type)
    }

    private func result(
        _ compact: String, as id: String = "e1"
    ) -> Result<SecurityEventToken, SecurityEventToken.Problem> {
        do throws(SecurityEventToken.Problem) {
            return .success(
                try SecurityEventToken.checked(compact, deliveredAs: id, keys: keys, Self.terms, now: Self.now))
        } catch { return .failure(error) }
    }

    private func problem(_ changes: [(String, JSON?)], type: String? = "secevent+jwt") throws -> SecurityEventToken
        .Problem?
    {
        if case .failure(let problem) = result(try signed(changes, type: type)) { problem } else { nil }
    }

    @Test("one that is whole says what happened to whom, and when")
    func whole() throws {
        for type in ["secevent+jwt", "application/secevent+jwt", "SecEvent+JWT"] {
            let token = try result(try signed([], type: type)).get()
            #expect(token.id == "e1" && token.event == .signal(.accountDisabled, change: nil))
            #expect(token.subject?.user == [.issuerAndSubject(issuer: "https://as.example", subject: "ines")])
            #expect(token.happenedAt == Self.now.seconds)
        }
    }

    @Test("what is wrong with one has its own name, and the code that the transmitter is told")
    func problems() throws {
        let two: JSON = .object(JSONObject([(Self.disabled, [:]), (SignalKind.accountEnabled.rawValue, [:])]))
        let rows: [(changes: [(String, JSON?)], problem: SecurityEventToken.Problem, code: String)] = [
            ([("iss", "https://tr.example/")], .token(.issuer), "invalid_issuer"),
            ([("iss", nil)], .token(.issuer), "invalid_issuer"),
            ([("iss", "https://as.example")], .token(.issuer), "invalid_issuer"),
            ([("aud", "another")], .token(.audience), "invalid_audience"),
            ([("aud", nil)], .token(.audience), "invalid_audience"),
            ([("aud", [])], .token(.audience), "invalid_audience"),
            ([("aud", ["purser", 7])], .token(.audience), "invalid_audience"),
            ([("aud", "Purser")], .token(.audience), "invalid_audience"),
            ([("iat", nil)], .token(.issuedAt), "invalid_request"),
            ([("iat", "now")], .token(.issuedAt), "invalid_request"),
            ([("iat", .int(Self.now.seconds + 61))], .token(.issuedAt), "invalid_request"),
            ([("jti", nil)], .identifier, "invalid_request"), ([("jti", "e2")], .identifier, "invalid_request"),
            ([("jti", 1)], .identifier, "invalid_request"),
            ([("sub", "ines")], .foreignClaim, "invalid_request"),
            ([("exp", .int(Self.now.seconds + 600))], .foreignClaim, "invalid_request"),
            ([("events", nil)], .events, "invalid_request"), ([("events", [:])], .events, "invalid_request"),
            ([("events", two)], .events, "invalid_request"),
            ([("events", [.string(Self.disabled)])], .events, "invalid_request"),
            ([("events", .object(JSONObject([(Self.disabled, true)])))], .events, "invalid_request"),
        ]
        for row in rows {
            let found = try problem(row.changes)
            #expect(found == row.problem && found?.code == row.code, "\(row.changes)")
        }
        for type in ["JWT", "logout+jwt", "secevent", nil] {
            let found = try problem([], type: type)
            #expect(found == .token(.kind) && found?.code == "invalid_request")
        }
        #expect(SecurityEventToken.Problem.state.code == "invalid_state")
        #expect(SecurityEventToken.Problem.token(.signature).words == "the event token's signature does not hold")
    }

    @Test("nothing is said by who signs it otherwise: another key, another algorithm, none, what everybody knows")
    func signatures() throws {
        let other = try SigningKey.generate(.ed25519)
        let rsa = try SigningKey.generate(.es256)
        for (compact, problem) in [
            (try signed([], by: other), IDTokenProblem.signature), (try signed([], by: rsa), .algorithm),
            (try signed([]) + "A", .signature), ("", .malformed), ("a.b.c", .malformed),
            (String(repeating: "A", count: 70_000), .malformed),
        ] {
            guard case .failure(.token(let found)) = result(compact) else {
                #expect(Bool(false), "it is believed")
                continue
            }
            #expect(found == problem || compact.hasSuffix("A") && found == .malformed)
            #expect(["invalid_key", "invalid_request"].contains(SecurityEventToken.Problem.token(found).code))
        }
    }

    @Test(
        "the audience may be a list with others in it; the minute's skew is let pass; the name is one that can be kept")
    func tolerances() throws {
        for audience in ["wallet", ["purser"], ["another", "wallet"]] as [JSON] {
            #expect(try problem([("aud", audience)]) == nil, "\(audience)")
        }
        #expect(try problem([("iat", .int(Self.now.seconds + 60))]) == nil)
        #expect(try problem([("iat", .int(Self.now.seconds - 30 * 86_400))]) == nil)
        let long = String(repeating: "e", count: 256)
        for id in ["", long] {
            guard case .failure(.identifier) = result(try signed([("jti", .string(id))]), as: id) else {
                #expect(Bool(false), "\(id.count) is taken")
                continue
            }
        }
    }

    @Test("it happened when the event says, and never later than it was issued")
    func times() throws {
        func happened(_ changes: [(String, JSON?)]) throws -> Int64 { try result(try signed(changes)).get().happenedAt }
        func event(_ at: Int64) -> (String, JSON?) {
            ("events", .object(JSONObject([(Self.disabled, ["event_timestamp": .int(at)])])))
        }
        let now = Self.now.seconds
        #expect(try happened([("toe", .int(now - 50))]) == now - 50)
        #expect(try happened([event(now - 70), ("toe", .int(now - 50))]) == now - 70)
        #expect(try happened([event(now + 700)]) == now && happened([event(-5)]) == now)
    }

    @Test("what is told of the stream itself is about this stream; what was never heard of says nothing")
    func streams() throws {
        func found(_ name: String, _ content: JSON, about subject: JSON? = Self.stream) throws -> Result<
            SecurityEventToken.Event, SecurityEventToken.Problem
        > {
            let type = name.hasPrefix("https") ? name : Self.ssf + name
            return result(
                try signed([("events", .object(JSONObject([(type, content)]))), ("sub_id", subject)])
            ).map(\.event)
        }
        #expect(try found("verification", ["state": "x"]) == .success(.verification(state: "x")))
        #expect(try found("verification", [:]) == .success(.verification(state: nil)))
        #expect(
            try found("stream-updated", ["status": "paused", "reason": "rest\n"])
                == .success(.streamUpdated(.paused, reason: "rest ")))
        #expect(try found("stream-updated", ["status": "gone"]) == .failure(.stream))
        #expect(try found("stream-updated", [:]) == .failure(.stream))
        #expect(try found("verification", [:], about: Self.person) == .failure(.stream))
        #expect(try found("verification", [:], about: nil) == .failure(.stream))
        #expect(try found("verification", [:], about: ["format": "opaque", "id": "st2"]) == .failure(.stream))
        #expect(try found("something-new", [:]) == .success(.other))
        #expect(try found("https://events.example/cake", [:], about: nil) == .success(.other))
        let change = try found(SignalKind.credentialChange.rawValue, ["change_type": "create"], about: Self.person)
        #expect(change == .success(.signal(.credentialChange, change: "create")))
    }

    // Whom it is about

    private static func signIn(_ session: String? = nil) -> SignIn {
        SignIn(IDToken(subject: "ines", session: session, issuedAt: 900))
    }

    @Test(
        "a person is known by issuer and subject, by either alone never; by an opaque name where the issuer itself speaks"
    )
    func subjects() {
        let other: JSON = ["format": "iss_sub", "iss": "https://as.example", "sub": "bela"]
        let rows: [(subject: JSON, isOwn: Bool, isMeant: Bool)] = [
            (Self.person, false, true), (Self.person, true, true), (other, true, false),
            (["format": "iss_sub", "iss": "https://as.example/", "sub": "ines"], true, false),
            (["format": "iss_sub", "iss": "https://as.example", "sub": "Ines"], true, false),
            (["subject_type": "iss-sub", "iss": "https://as.example", "sub": "ines"], false, true),
            (["format": "opaque", "id": "ines"], true, true), (["format": "opaque", "id": "ines"], false, false),
            (["format": "email", "email": "ines"], true, false),
            (["format": "account", "uri": "acct:ines"], true, false),
            (["format": "aliases", "identifiers": [["format": "email", "email": "a@b"], Self.person]], false, true),
            (["format": "aliases", "identifiers": [other]], false, false),
            (
                ["format": "aliases", "identifiers": [["format": "aliases", "identifiers": [Self.person]]]], false,
                false
            ),
            (["format": "complex", "user": Self.person], false, true), (["user": Self.person], false, true),
            (["format": "complex", "user": Self.person, "device": ["format": "opaque", "id": "d"]], false, true),
            (["format": "complex", "tenant": Self.person], false, false), (["format": "complex"], false, false),
        ]
        for row in rows {
            guard let subject = SignalSubject(row.subject) else {
                #expect(Bool(false), "\(row.subject.text) is no subject")
                continue
            }
            let isMeant = Self.signIn().isMeant(by: subject, issuer: "https://as.example", isOwn: row.isOwn)
            #expect(isMeant == row.isMeant, "\(row.subject.text)")
        }
        let nobody: [JSON] = [
            [:], 7, [], ["format": 7], ["format": "iss_sub", "iss": "i"], ["format": "opaque"],
            ["format": "aliases", "identifiers": []], ["format": "aliases"],
        ]
        for none in nobody {
            #expect(SignalSubject(none) == nil, "\(none.text)")
        }
        let many = JSON.array(Array(repeating: Self.person, count: 17))
        #expect(SignalSubject(["format": "aliases", "identifiers": many]) == nil)
    }

    @Test("where it names a session and ours is known, that one alone is meant")
    func sessions() throws {
        func isMeant(_ session: JSON, _ ours: String?) throws -> Bool {
            let subject = try #require(SignalSubject(["format": "complex", "user": Self.person, "session": session]))
            return Self.signIn(ours).isMeant(by: subject, issuer: "https://as.example", isOwn: true)
        }
        #expect(try isMeant(["format": "opaque", "id": "s"], "s"))
        #expect(try !isMeant(["format": "opaque", "id": "t"], "s"))
        #expect(try isMeant(["format": "opaque", "id": "t"], nil))
        let subject = try #require(
            SignalSubject(["format": "complex", "user": Self.person, "tenant": Self.stream, "device": Self.stream]))
        #expect(subject.rest == ["tenant", "device"])
    }
}
