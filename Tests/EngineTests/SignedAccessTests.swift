import Crypto
import TestSupport
import Testing
import Wire

@testable import PurserEngine

/// Access tokens of others at our own API (RFC 9068), and the proofs that go with those that are bound (RFC 9449).
@Suite("Signed access tokens") struct SignedAccessTests {
    private static let issuer = "https://id.example"
    private static let audience = "https://purser.example"
    private let now = Fixture.now
    private let key: SigningKey
    private let keys: JWKSet

    init() throws {
        key = try SigningKey.generate(.es256)
        keys = try JWKSet(["keys": [key.publicJWK]])
    }

    private func trusted(_ changes: [(String, JSON?)] = []) throws -> TrustedIssuer {
        var object = JSONObject([
            ("issuer", .string(Self.issuer)), ("subjects", ["ada", "bruno"]), ("algorithm", "ES256"),
            ("scopes", ["balances:read", "entries:read"]),
        ])
        for (name, value) in changes { object[name] = value }
        let found = TrustedIssuer.read("id.json", JSON.object(object).bytes, other: { $0 == "ca.pem" ? [1] : nil })
        return try #require(found.issuer, "\(found.problems)")
    }

    private func token(_ changes: [(String, JSON?)] = [], type: String? = "at+jwt", key: SigningKey? = nil) throws
        -> String
    {
        var claims = JSONObject([
            ("iss", .string(Self.issuer)), ("sub", "ada"), ("aud", .string(Self.audience)), ("client_id", "fridge"),
            ("iat", .int(now.seconds)), ("exp", .int(now.seconds + 300)), ("jti", "t-1"),
            ("scope", "balances:read openid"),
        ])
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).bytes, with: key ?? self.key, type: type)
    }

    private func judged(_ compact: String) throws -> Result<SignedAccess, SignedAccess.Problem> {
        let issuer = try trusted()
        do throws(SignedAccess.Problem) {
            return .success(
                try SignedAccess.checked(compact, keys: keys, issuer, audience: Self.audience, now: now))
        } catch { return .failure(error) }
    }

    @Test("C81: what is needed is there and nothing is believed beyond it")
    func good() throws {
        let access = try judged(token()).get()
        #expect(access.issuer == Self.issuer && access.subject == "ada" && access.clientID == "fridge")
        #expect(access.scopes == [.balancesRead] && access.thumbprint == nil)
        let rows: [([(String, JSON?)], Set<Scope>)] = [
            ([("aud", ["https://other.example", .string(Self.audience)])], [.balancesRead]),
            ([("scope", "entries:read")], [.balancesRead, .entriesRead]), ([("scope", nil)], []), ([("scope", "")], []),
            // Beyond what the file says of this issuer; and what no token of somebody else's reaches.
            ([("scope", "numbers:read balances:read")], [.balancesRead]),
            ([("scope", "numbers:read")], [.balancesRead]),
            ([("scope", "admin")], [.balancesRead, .entriesRead]), ([("scope", "links:manage")], []),
            ([("nbf", .int(now.seconds - 5)), ("auth_time", 1), ("unknown", [])], [.balancesRead]),
        ]
        for (changes, scopes) in rows {
            #expect(try judged(token(changes)).get().scopes == scopes, "\(changes)")
        }
        for type in ["AT+JWT", "application/at+jwt"] { #expect(try judged(token(type: type)).get().subject == "ada") }
    }

    @Test(
        "C81: for another API, of another issuer or kind, over, of a stranger, or without what says whose it is: refused"
    )
    func refused() throws {
        let seconds = now.seconds
        let rows: [([(String, JSON?)], SignedAccess.Problem)] = [
            ([("aud", "https://purser.example/")], .token(.audience)), ([("aud", nil)], .token(.audience)),
            ([("aud", [])], .token(.audience)), ([("aud", ["https://other.example"])], .token(.audience)),
            ([("aud", [.string(Self.audience), 1])], .token(.audience)), ([("aud", ["a": 1])], .token(.audience)),
            // The same person's name at another issuer is another person.
            ([("iss", "https://id.example/")], .token(.issuer)), ([("iss", nil)], .token(.issuer)),
            ([("exp", nil)], .token(.expired)), ([("exp", .int(seconds - 60))], .token(.expired)),
            ([("exp", "soon")], .token(.expired)), ([("nbf", .int(seconds + 61))], .token(.notYet)),
            ([("iat", nil)], .token(.issuedAt)), ([("iat", .int(seconds + 61))], .token(.issuedAt)),
            ([("sub", nil)], .token(.subject)), ([("sub", "")], .token(.subject)), ([("sub", 7)], .token(.subject)),
            ([("sub", "eun-ji")], .stranger), ([("sub", "Ada")], .stranger), ([("sub", "ad\u{e0}")], .token(.subject)),
            ([("client_id", nil)], .client), ([("client_id", "")], .client), ([("client_id", ["fridge"])], .client),
            ([("jti", nil)], .identifier), ([("jti", 1)], .identifier), ([("jti", "")], .identifier),
            ([("scope", ["balances:read"])], .scope), ([("scope", 1)], .scope),
        ]
        for (changes, problem) in rows {
            #expect(try judged(token(changes)) == .failure(problem), "\(changes)")
        }
        for type in ["JWT", nil, "at", "logout+jwt", "dpop+jwt"] as [String?] {
            #expect(try judged(token(type: type)) == .failure(.token(.kind)), "\(type ?? "none")")
        }
        let other = try SigningKey.generate(.es256)
        #expect(try judged(token(key: other)) == .failure(.token(.signature)))
        let rsa = try SigningKey.generate(.rs256, bits: 2048)
        #expect(try judged(token(key: rsa)) == .failure(.token(.algorithm)))
        let parts = try token().split(separator: ".").map(String.init)
        let none = Base64URL.encode(Array(#"{"alg":"none","typ":"at+jwt"}"#.utf8)) + "." + parts[1] + "."
        #expect(try judged(none) == .failure(.token(.algorithm)))
        for garbage in ["", "a.b.c", "..", parts[0] + "." + parts[1]] {
            #expect(try judged(garbage) == .failure(.token(.malformed)), "\(garbage)")
        }
    }

    @Test("C82: a token is bound to one key by its thumbprint; any other way of binding is not taken for none")
    func confirmation() throws {
        let thumbprint = Base64URL.encode(Hash.sha256([1]))
        #expect(try judged(token([("cnf", ["jkt": .string(thumbprint)])])).get().thumbprint == thumbprint)
        let rows: [JSON] = [
            .null, "x", [], [:], ["jkt": 7], ["jkt": "abc"], ["jkt": .string(thumbprint + "=")],
            ["jkt": .string(thumbprint), "x5t#S256": .string(thumbprint)], ["x5t#S256": .string(thumbprint)],
            ["kid": "k"], ["jwk": [:]],
        ]
        for row in rows { #expect(try judged(token([("cnf", row)])) == .failure(.confirmation), "\(row.text)") }
    }

    // Proofs

    private func proof(
        _ changes: [(String, JSON?)] = [], for token: String = "token", type: String = "dpop+jwt",
        with key: SigningKey? = nil,
        showsKey: Bool = true
    ) throws -> String {
        var claims = JSONObject([
            ("jti", "p-1"), ("htm", "GET"), ("htu", "https://purser.example/v1/accounts"), ("iat", .int(now.seconds)),
            ("ath", .string(Base64URL.encode(Hash.sha256(Array(token.utf8))))),
        ])
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).bytes, with: key ?? self.key, type: type, showsKey: showsKey)
    }

    private func problem(_ proofs: [String], address: String = "https://purser.example/v1/accounts") throws
        -> ShownProof.Problem?
    {
        let shown = ShownToken("token", .dpop, proofs: proofs, method: "GET", address: address)
        let thumbprint = Base64URL.encode(try #require(JWK.thumbprint(key.publicJWK)))
        do throws(ShownProof.Problem) {
            let proof = try ShownProof.checked(shown, boundTo: thumbprint, now: now)
            #expect(proof.thumbprint == thumbprint && proof.id == "p-1")
            return nil
        } catch { return error }
    }

    @Test("C82: a proof is of this request, this token and this moment, by the key that the token is bound to")
    func proofs() throws {
        let seconds = now.seconds
        #expect(try problem([proof()]) == nil)
        let rows: [([(String, JSON?)], ShownProof.Problem?)] = [
            ([("htu", "https://purser.example:443/v1/accounts")], nil),
            ([("htu", "https://PURSER.example/v1/accounts")], nil), ([("iat", .int(seconds - 60))], nil),
            ([("iat", .int(seconds + 60))], nil), ([("nonce", "n")], nil),
            ([("htu", "https://purser.example/v1/links")], .address), ([("htu", nil)], .address),
            ([("htu", "http://purser.example/v1/accounts")], .address),
            ([("htu", "https://other.example/v1/accounts")], .address), ([("htu", "/v1/accounts")], .address),
            ([("htu", "https://purser.example/v1/accounts/")], .address),
            ([("htm", "POST")], .method), ([("htm", "get")], .method), ([("htm", nil)], .method),
            ([("ath", nil)], .accessToken), ([("ath", "")], .accessToken),
            ([("ath", .string(Base64URL.encode(Hash.sha256(Array("other".utf8)))))], .accessToken),
            ([("iat", .int(seconds - 61))], .age), ([("iat", .int(seconds + 61))], .age), ([("iat", nil)], .age),
            ([("jti", nil)], .identifier), ([("jti", "")], .identifier), ([("jti", 1)], .identifier),
        ]
        for (changes, wanted) in rows { #expect(try problem([proof(changes)]) == wanted, "\(changes)") }
        #expect(try problem([]) == .count)
        #expect(try problem([proof(), proof()]) == .count)
        #expect(try problem([proof(type: "jwt")]) == .signature)
        #expect(try problem([proof(showsKey: false)]) == .signature)
        #expect(try problem([proof(with: SigningKey.generate(.es256))]) == .key)
        #expect(try problem([proof(with: SigningKey.generate(.rs256, bits: 2048))]) == .signature)
        #expect(try problem(["a.b.c"]) == .signature)
        #expect(try problem([proof()], address: "https://purser.example/v1/accounts?limit=5") == nil)
    }

    /// One use of a proof of RFC 9449, judged at the moment that the proof names.
    private func verdict(
        _ file: JSON, of proof: JSON, as use: JSON, later: Int64 = 0, boundTo thumbprint: String? = nil
    ) throws -> ShownProof.Problem? {
        let token = try #require(use["access_token"]?.string ?? file["access_token"]?.string)
        let shown = ShownToken(
            token, .dpop, proofs: [try #require(proof["proof"]?.string)], method: try #require(use["htm"]?.string),
            address: try #require(use["htu"]?.string))
        let moment = Instant(seconds: Int64(try #require(proof["iat"]?.int)) + later)
        let key = try #require(thumbprint ?? file["jkt"]?.string)
        do throws(ShownProof.Problem) {
            _ = try ShownProof.checked(shown, boundTo: key, now: moment)
            return nil
        } catch { return error }
    }

    @Test("C82: the proofs of RFC 9449 and what each may be used for", .enabled(if: Vectors.arePresent))
    func published() throws {
        let file = try Vectors.json("rfc/rfc9449-dpop.json")
        let proofs = try #require(file["vectors"]?.array)
        func named(_ name: JSON?) throws -> JSON { try #require(proofs.first { $0["id"] == name }) }
        // One for the token endpoint names no access token: everything else of it holds.
        let rows: [(JSON, ShownProof.Problem?)] = [("token-request", .accessToken), ("resource-request", nil)]
        for (name, problem) in rows {
            let proof = try named(name)
            #expect(try verdict(file, of: proof, as: proof) == problem, "\(name)")
            #expect(try verdict(file, of: proof, as: proof, later: 61) == problem ?? .age)
            #expect(try verdict(file, of: proof, as: proof, boundTo: "another") == problem ?? .key)
        }
        let token = try #require(file["access_token"]?.string)
        #expect(Base64URL.encode(Hash.sha256(Array(token.utf8))) == file["ath"]?.string)
        let uses = try #require(file["negative_uses"]?.array)
        #expect(uses.count == 5)
        let problems: [ShownProof.Problem?] = [.method, .address, .method, .accessToken, nil]
        for (use, problem) in zip(uses, problems) {
            let found = try verdict(file, of: named(use["proof"]), as: #require(use["as"]))
            #expect(found == problem && (found == nil) == (use["result"] == "valid"), "\(use)")
        }
    }

    @Test("C82: a proof is taken once while it would be taken at all, and no more are taken than can be remembered")
    func replay() async {
        let seen = SeenProofs()
        let first = ShownProof(id: "a", thumbprint: "k")
        #expect(await seen.take(first, now: now) == .taken)
        #expect(await seen.take(first, now: now) == .seen)
        #expect(await seen.take(first, now: now.adding(seconds: 2 * Limits.clockSkewSeconds)) == .seen)
        #expect(await seen.take(ShownProof(id: "a", thumbprint: "l"), now: now) == .taken)
        for number in 2..<Limits.proofsKept {
            #expect(await seen.take(ShownProof(id: "\(number)", thumbprint: "k"), now: now) == .taken)
        }
        #expect(await seen.take(ShownProof(id: "b", thumbprint: "k"), now: now) == .full)
        let later = now.adding(seconds: 2 * Limits.clockSkewSeconds + 2)
        #expect(await seen.take(ShownProof(id: "b", thumbprint: "k"), now: later) == .taken)
    }

    // Files

    @Test("a file that names an issuer is read whole, and everything that is wrong with it is said")
    func files() throws {
        let whole = try trusted([("discovery", "oauth"), ("audience", "urn:purser"), ("caFile", "ca.pem")])
        #expect(whole.audience == "urn:purser" && whole.authorities == [1] && whole.discovery == .oauth)
        #expect(whole.publisher.location?.text == "https://id.example/.well-known/oauth-authorization-server")
        #expect(try trusted().publisher.location?.text == "https://id.example/.well-known/openid-configuration")
        #expect(try trusted([("algorithm", nil)]).algorithm == .rs256)
        let rows: [([(String, JSON?)], String)] = [
            ([("issuer", nil)], "/issuer"), ([("issuer", "http://id.example")], "/issuer"),
            ([("issuer", "https://id.example?a=1")], "/issuer"), ([("issuer", 1)], "/issuer"),
            ([("subjects", nil)], "/subjects"), ([("subjects", [])], "/subjects"), ([("subjects", "ada")], "/subjects"),
            ([("scopes", nil)], "/scopes"), ([("scopes", [])], "/scopes"), ([("scopes", ["admin"])], "/scopes"),
            ([("scopes", ["links:manage"])], "/scopes"), ([("scopes", ["balances"])], "/scopes"),
            ([("algorithm", "HS256")], "/algorithm"), ([("algorithm", "none")], "/algorithm"),
            ([("discovery", "none")], "/discovery"), ([("caFile", "other.pem")], "/caFile"),
            ([("audiences", "x")], "/audiences"), ([("audience", "")], "/audience"),
        ]
        for (changes, place) in rows {
            var object = JSONObject([
                ("issuer", .string(Self.issuer)), ("subjects", ["ada"]), ("scopes", ["balances:read"]),
            ])
            for (name, value) in changes { object[name] = value }
            let found = TrustedIssuer.read("id.json", JSON.object(object).bytes, other: { _ in nil })
            #expect(found.issuer == nil && found.problems.map(\.place) == [place], "\(changes): \(found.problems)")
        }
        #expect(TrustedIssuer.read("id.json", [123], other: { _ in nil }).problems.count == 1)
    }
}
