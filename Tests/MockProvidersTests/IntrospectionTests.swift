import Crypto
import Testing
import Wire

@testable import MockProviders

@Suite("The introspection endpoint of a mock")
struct IntrospectionTests {
    private static let secret: JSON = [
        "id": "purser", "authentication": "client_secret_post", "secret": "s",
        "redirectUris": ["http://127.0.0.1/callback/skyways"],
    ]
    private static let other: JSON = [
        "id": "other", "authentication": "client_secret_post", "secret": "o", "redirectUris": [],
    ]

    private static func desk(_ way: String = "honest", _ changes: [(String, JSON)] = []) throws -> Desk {
        try Desk(authorization: [("introspection", .string(way))] + changes)
    }

    private func about(
        _ token: String, at desk: inout Desk, as client: String = "purser", accept: String? = nil
    ) throws -> HTTPResponse {
        var headers = HTTPHeaders()
        headers["Accept"] = accept
        return desk.post("/introspect", [("token", token), ("client_id", client)], headers: headers)
    }

    private func said(_ token: String, at desk: inout Desk) throws -> JSON {
        let response = try about(token, at: &desk)
        try #require(response.status == 200)
        #expect(response.headers["Content-Type"]?.hasPrefix("application/json") == true)
        #expect(response.headers["Cache-Control"] == "no-store")
        return try JSON.parse(response.body)
    }

    @Test("tells a client of its own tokens what they are, and of all others nothing but that they are not active")
    func honest() throws {
        var desk = try Self.desk()
        let tokens = try desk.link()
        let refresh = try #require(tokens.refresh)
        let access = try said(tokens.access, at: &desk)
        #expect(access["active"] == true && access["client_id"] == "purser" && access["token_type"] == "Bearer")
        #expect(access["iss"]?.string == Desk.issuer && access["sub"] == "sw-1001" && access["exp"] != nil)
        #expect(try said(refresh, at: &desk)["active"] == true)
        #expect(try said("rt_nobody-knows", at: &desk) == ["active": false])
        // Strict rotation: what was spent is active no more.
        let next = try Tokens(desk.refresh(refresh))
        #expect(try said(refresh, at: &desk) == ["active": false])
        #expect(try said(try #require(next.refresh), at: &desk)["active"] == true)
        // Asking ends nothing.
        #expect(desk.get("/v2/me", bearer: next.access).status == 200)
        desk.wait(100_000)
        #expect(try said(next.access, at: &desk) == ["active": false])
    }

    @Test("wants the client authentication of the revocation endpoint, and keeps others' tokens to itself")
    func authentication() throws {
        var desk = try Self.desk("honest", [("clients", [Self.secret, Self.other])])
        let code = try desk.code()
        let answer = desk.post(
            "/token",
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Desk.redirect),
                ("client_id", "purser"), ("client_secret", "s"), ("code_verifier", Desk.verifier),
            ])
        let access = try Tokens(answer).access
        for fields in [[("client_id", "purser")], [("client_id", "purser"), ("client_secret", "x")], []] {
            #expect(desk.post("/introspect", [("token", access)] + fields).status == 401)
        }
        let ours = desk.post("/introspect", [("token", access), ("client_id", "purser"), ("client_secret", "s")])
        #expect(try JSON.parse(ours.body)["active"] == true)
        let theirs = desk.post("/introspect", [("token", access), ("client_id", "other"), ("client_secret", "o")])
        #expect(try JSON.parse(theirs.body) == ["active": false])
        #expect(desk.post("/introspect", [("client_id", "purser"), ("client_secret", "s")]).status == 400)
        #expect(desk.get("/introspect?token=\(access)").status == 405)
    }

    @Test("is there, and in the metadata, where the folder says so")
    func metadata() throws {
        var without = try Desk()
        #expect(try about("x", at: &without).status == 404)
        var desk = try Self.desk("honest", [("signing", ["introspection": "RS256"])])
        for (desk, endpoint, algorithms) in [
            (without, nil, nil), (desk, "http://127.0.0.1:7901/introspect", ["RS256"]),
        ] as [(Desk, JSON?, JSON?)] {
            #expect(desk.provider.metadata["introspection_endpoint"] == endpoint)
            #expect(desk.provider.metadata["introspection_signing_alg_values_supported"] == algorithms)
        }
        // Signed for whoever asks for it, and for nobody else.
        let tokens = try desk.link()
        #expect(try said(tokens.access, at: &desk)["active"] == true)
        let response = try about(tokens.access, at: &desk, accept: "application/token-introspection+jwt")
        #expect(response.headers["Content-Type"] == "application/token-introspection+jwt")
        let jws = try JWS.verify(
            response.body.text, keys: JWKSet(desk.provider.keySet), allowed: [.rs256],
            types: ["token-introspection+jwt"])
        let claims = try JSON.parse(jws.payload)
        #expect(claims["iss"]?.string == Desk.issuer && claims["aud"] == "purser" && claims["active"] == nil)
        #expect(claims["token_introspection"]?["active"] == true && claims["exp"] == nil)
    }

    @Test(
        "lies as it is told to",
        arguments: [("active", true), ("inactive", false), ("text", "true")] as [(String, JSON)])
    func lies(way: String, active: JSON) throws {
        var desk = try Self.desk(way)
        let tokens = try desk.link()
        #expect(try said(tokens.access, at: &desk)["active"] == active)
        _ = desk.refresh(try #require(tokens.refresh))
        #expect(
            try said(try #require(tokens.refresh), at: &desk)["active"] == (way == "text" ? "false" : active))
        var failing = try Self.desk("fails")
        #expect(try about("x", at: &failing).status == 500)
    }
}
