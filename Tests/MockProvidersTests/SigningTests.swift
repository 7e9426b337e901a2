import Crypto
import Testing
import Wire

@testable import MockProviders

/// What a pretended OpenID provider signs with, how it publishes its keys and how it changes them.
@Suite("A mock's signatures and keys")
struct SigningTests {
    private func desk(_ signing: JSON) throws -> Desk {
        var desk = try Desk()
        let folder = try Desk.folder(
            authorization: [("signing", signing)],
            keys: Desk.file("keys", of: "suite", in: "mock/", below: "conformance"))
        desk.provider = MockProvider(folder: folder, issuer: Desk.issuer, epoch: folder.dayZero, seed: 7)
        return desk
    }

    private func header(_ compact: String) throws -> JSON {
        let part = try #require(compact.split(separator: ".", omittingEmptySubsequences: false).first)
        return try JSON.parse(try #require(Base64URL.decode(String(part))))
    }

    private func keys(_ desk: inout Desk) throws -> [JSON] { try #require(try desk.get("/jwks").json()["keys"]?.array) }

    private func verified(
        _ compact: String, _ desk: inout Desk, _ algorithm: SignatureAlgorithm
    ) throws -> JSON {
        let set = try JWKSet(try desk.get("/jwks").json())
        return try JSON.parse(try JWS.verify(compact, keys: set, allowed: [algorithm]).payload)
    }

    private func idToken(_ desk: inout Desk) throws -> String { try #require(try desk.link().json["id_token"]?.string) }

    @Test(
        "C95: ID tokens are signed with what the folder names, the metadata says so, and at_hash is by that algorithm's hash",
        arguments: [(nil, "RS256"), ("RS256", "RS256"), ("PS256", "PS256"), ("ES256", "ES256"), ("EdDSA", "EdDSA")]
            as [(String?, String)])
    func algorithms(_ named: String?, _ used: String) throws {
        var desk = try desk(named.map { ["idToken": .string($0)] } ?? [:])
        let tokens = try desk.link()
        let compact = try #require(tokens.json["id_token"]?.string)
        let algorithm = try #require(SignatureAlgorithm(rawValue: used))
        let claims = try verified(compact, &desk, algorithm)
        #expect(claims["at_hash"] == .string(Base64URL.encode(algorithm.halfHash(Array(tokens.access.utf8)))))
        #expect(claims["c_hash"] == nil)
        #expect(try header(compact)["alg"] == .string(used))
        let metadata = try desk.get("/.well-known/openid-configuration").json()
        #expect(metadata["id_token_signing_alg_values_supported"] == [.string(used)])
        #expect(metadata["userinfo_signing_alg_values_supported"] == nil)
        #expect(try keys(&desk).map { $0["alg"] } == [.string(used)])
    }

    @Test("UserInfo is signed where the folder says so, for the client that asks")
    func userinfo() throws {
        var desk = try desk(["userinfo": "ES256"])
        let tokens = try desk.link()
        let answer = desk.get("/userinfo", bearer: tokens.access)
        #expect(answer.headers["Content-Type"] == "application/jwt")
        let claims = try verified(answer.body.text, &desk, .es256)
        #expect(claims["iss"] == .string(Desk.issuer) && claims["aud"] == "purser" && claims["sub"] == "sw-1001")
        let metadata = try desk.get("/.well-known/openid-configuration").json()
        #expect(metadata["userinfo_signing_alg_values_supported"] == ["ES256"])
        #expect(try keys(&desk).map { $0["kid"] } == ["rs-1", "es-1"])
    }

    @Test(
        "C95: Decoys carry the kid of the key that signs, before it and of every other kind; the token still verifies")
    func decoys() throws {
        for algorithm in [SignatureAlgorithm.rs256, .ps256, .es256, .edDSA] {
            var desk = try desk(["idToken": .string(algorithm.rawValue), "decoys": true])
            let compact = try idToken(&desk)
            let shown = try keys(&desk)
            let kid = try header(compact)["kid"]
            #expect(shown.count >= 5 && shown.allSatisfy { $0["kid"] == kid })
            #expect(shown.last?["alg"] == .string(algorithm.rawValue))
            #expect(Set(shown.compactMap { $0["kty"]?.string }).count >= 2)
            #expect(shown.contains { $0["use"] == "enc" })
            #expect(try verified(compact, &desk, algorithm)["sub"] == "sw-1001")
            // Each of them is a key in itself: a reader that took the first would have one.
            #expect(shown.count { $0["use"] == "sig" && JWK.thumbprint($0) != nil } >= 2)
        }
    }

    @Test("C95: Keys change: announced, then signed with beside the one before; or in place, under the same kid")
    func rotation() throws {
        var desk = try desk([:])
        func change(_ how: JSON) throws {
            try desk.provider.addFault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": how])
        }
        func kids() throws -> [JSON?] { try keys(&desk).map { $0["kid"] } }
        try change("announce")
        #expect(try header(try idToken(&desk))["kid"] == "rs-1")
        #expect(try kids() == ["rs-1", "rs-2"])
        try change(true)
        let second = try idToken(&desk)
        #expect(try header(second)["kid"] == "rs-2")
        #expect(try kids() == ["rs-2", "rs-1"])
        _ = try verified(second, &desk, .rs256)
        try change("inPlace")
        let third = try idToken(&desk)
        #expect(try header(third)["kid"] == "rs-2")
        #expect(try kids() == ["rs-2"])
        _ = try verified(third, &desk, .rs256)
        #expect(throws: JWSError.badSignature) { try verified(second, &desk, .rs256) }
        // The next change ends the borrowed name.
        try change("next")
        #expect(try header(try idToken(&desk))["kid"] == "rs-1")
    }

    @Test("The key set and the metadata say how long they may be kept, where the folder says it")
    func caching() throws {
        var plain = try desk([:])
        #expect(plain.get("/jwks").headers["Cache-Control"] == nil)
        var desk = try desk(["keysCache": "max-age=120", "metadataCache": "no-store"])
        #expect(desk.get("/jwks").headers["Cache-Control"] == "max-age=120")
        #expect(desk.get("/.well-known/openid-configuration").headers["Cache-Control"] == "no-store")
        try desk.provider.addFault(["match": ["endpoint": "jwks"], "headers": ["Cache-Control": nil, "ETag": "x"]])
        let answer = desk.get("/jwks")
        #expect(answer.headers["Cache-Control"] == nil && answer.headers["ETag"] == "x")
    }

    @Test("c_hash, where the folder says so, is of the code, and not there at a refresh")
    func codeHash() throws {
        var desk = try Desk(authorization: [("signing", ["codeHash": true]), ("idTokenOnRefresh", true)])
        let code = try desk.code()
        let tokens = try Tokens(desk.exchange(code))
        let first = try verified(try #require(tokens.json["id_token"]?.string), &desk, .rs256)
        #expect(first["c_hash"] == .string(Base64URL.encode(SignatureAlgorithm.rs256.halfHash(Array(code.utf8)))))
        let refreshed = try Tokens(desk.refresh(try #require(tokens.refresh)))
        #expect(try verified(try #require(refreshed.json["id_token"]?.string), &desk, .rs256)["c_hash"] == nil)
    }

    @Test("An ID token is twisted as asked: claims, times, header, and what it is signed with")
    func twists() throws {
        var desk = try desk([:])
        func twisted(_ twist: JSON) throws -> String {
            try desk.provider.addFault(["match": ["endpoint": "token"], "times": 1, "idToken": twist])
            return try idToken(&desk)
        }
        let good = try verified(try idToken(&desk), &desk, .rs256)
        let moved = try verified(
            try twisted(["shift": ["exp": -900, "auth_time": -5, "nbf": 60], "list": ["aud": ["other"]]]), &desk, .rs256
        )
        let (before, after) = (try #require(good["exp"]?.int), try #require(moved["exp"]?.int))
        #expect(after == before - 900 && moved["aud"] == ["purser", "other"])
        #expect(moved["nbf"] == .int(desk.now.seconds + 60))
        #expect(try header(try twisted(["removeHeader": ["kid"], "header": ["typ": "at+jwt"]]))["kid"] == nil)
        let unsigned = try twisted(["unsigned": true])
        #expect(try header(unsigned)["alg"] == "none" && unsigned.hasSuffix("."))
        #expect(try header(try twisted(["hmac": true]))["alg"] == "HS256")
        let other = try twisted(["algorithm": "ES256"])
        #expect(try header(other)["alg"] == "ES256" && header(other)["kid"] == "rs-1")
        let stranger = try twisted(["stranger": true])
        #expect(try header(stranger) == header(try idToken(&desk)))
        #expect(throws: JWSError.badSignature) { try verified(stranger, &desk, .rs256) }
        #expect(try twisted(["whole": "a.b.c.d.e"]) == "a.b.c.d.e")
    }

    @Test(
        "A twist, a change of keys or a folder that says something unknown is refused with its place",
        arguments: [
            (#"{"idToken": {"claim": {}}}"#, "fault/idToken/claim"),
            (#"{"idToken": {"unsigned": true, "hmac": true}}"#, "fault/idToken/"),
            (#"{"idToken": {"algorithm": "HS256"}}"#, "fault/idToken/algorithm"),
            (#"{"userinfo": {"shift": {"exp": "soon"}}}"#, "fault/userinfo/shift"),
            (#"{"idToken": {"list": {"aud": "x"}}}"#, "fault/idToken/list"),
            (#"{"rotateKeys": "sideways"}"#, "fault/rotateKeys"), (#"{"headers": {"ETag": 1}}"#, "fault/headers"),
        ])
    func refused(_ text: String, _ place: String) throws {
        var desk = try Desk()
        let problem = #expect(throws: MockProblem.self) { try desk.provider.addFault(JSON.parse(text)) }
        #expect(problem?.place == place)
    }

    @Test("A folder whose keys cannot sign what it names does not load")
    func unable() {
        for (signing, place) in [
            (["idToken": "ES256"], "keys.json/keys"), (["userinfo": "EdDSA"], "keys.json/keys"),
            (["idToken": "none"], "authorization.json/signing/idToken"),
            (["alg": "RS256"], "authorization.json/signing/alg"),
        ] as [(JSON, String)] {
            let problem = #expect(throws: MockProblem.self) {
                try Desk.folder(authorization: [("signing", signing)])
            }
            #expect(problem?.place == place)
        }
    }
}
