import Crypto
import Testing
import Wire

@testable import MockProviders

/// What the hotel and the coffee card are like, as their clients see it.
@Suite("The other mocks that ship")
struct ShippedTests {
    /// A client at one provider's desk.
    private struct Client {
        var provider: MockProvider
        var now: Instant
        let name: String
        let paths: (authorize: String, token: String)
        private let authorization: String?
        private let fields: [(String, String)]
        private var drawn = 0

        init(_ name: String, secret: String? = nil) throws {
            let folder = try Desk.shipped(name)
            self.name = name
            let issuer = folder.issuer(at: "http://127.0.0.1:\(folder.port)")
            provider = MockProvider(folder: folder, issuer: issuer, epoch: folder.dayZero, seed: 7)
            now = folder.dayZero
            let client = folder.traits.clients[0]
            let secret = secret ?? client.secret ?? ""
            let isBasic = client.authentication == .basic
            let pair = Form.encodeComponent(client.id) + ":" + Form.encodeComponent(secret)
            authorization = isBasic ? "Basic " + Base64.encode(Array(pair.utf8)) : nil
            fields = isBasic ? [] : [("client_id", client.id), ("client_secret", secret)]
            let prefix = URI(issuer)!.path == "/" ? "" : URI(issuer)!.path
            paths = (prefix + folder.traits.paths.authorize, prefix + folder.traits.paths.token)
        }

        mutating func send(_ request: HTTPRequest) -> HTTPResponse {
            var counter = drawn
            let answer = provider.answer(request, now: now) { count in
                counter += 1
                return Array(Hash.sha256(Array("draw \(counter)".utf8)).prefix(count))
            }
            drawn = counter
            return answer.response
        }

        mutating func post(_ path: String, _ pairs: [(String, String)]) -> HTTPResponse {
            var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
            if path == paths.token { headers["Authorization"] = authorization }
            let form = Form(pairs + (path == paths.token ? fields : []))
            return send(HTTPRequest("POST", path, headers: headers, body: Array(form.encoded.utf8)))
        }

        /// Consents as the first member and exchanges the code.
        mutating func tokens() throws -> HTTPResponse {
            let redirect = "http://127.0.0.1:7878/callback/\(name)"
            let traits = provider.traits
            let query = Form([
                ("response_type", "code"), ("client_id", traits.clients[0].id), ("redirect_uri", redirect),
                ("state", "s"), ("scope", traits.scopes.map(\.name).joined(separator: " ")),
                ("code_challenge", Desk.challenge), ("code_challenge_method", "S256"),
            ])
            let page = send(HTTPRequest("GET", paths.authorize + "?" + query.encoded))
            let first = try #require(HTMLForm.forms(in: page.body.text).first)
            let chosen = provider.people[0].subject
            let second = post(first.action, [("ticket", first.value("ticket")), ("member", chosen)])
            let form = try #require(HTMLForm.forms(in: second.body.text).first)
            let back = post(form.action, [("ticket", form.value("ticket")), ("decision", "allow")])
            #expect(back.location["iss"] == nil, "it does not say that it sends one")
            return post(
                paths.token,
                [
                    ("grant_type", "authorization_code"), ("code", back.location["code"] ?? ""),
                    ("redirect_uri", redirect), ("code_verifier", Desk.verifier),
                ])
        }

        mutating func get(_ path: String, _ access: String) -> HTTPResponse {
            send(HTTPRequest("GET", path, headers: ["Authorization": "Bearer " + access]))
        }
    }

    @Test("grandstay: metadata stands before the issuer's path (RFC 8414 3.1), and there is no OpenID Connect")
    func metadata() throws {
        var client = try Client("grandstay")
        let place = "/.well-known/oauth-authorization-server/identity"
        let json = try client.send(HTTPRequest("GET", place)).json()
        #expect(json["issuer"] == "http://127.0.0.1:7902/identity")
        #expect(json["token_endpoint"] == "http://127.0.0.1:7902/identity/oauth/token")
        #expect(json["token_endpoint_auth_methods_supported"] == ["client_secret_basic"])
        #expect(json["authorization_response_iss_parameter_supported"] == false)
        #expect(json["jwks_uri"] == nil && json["userinfo_endpoint"] == nil)
        #expect(client.send(HTTPRequest("GET", "/identity/.well-known/openid-configuration")).status == 404)
    }

    @Test(
        "a client with a secret: the right one buys tokens, a wrong one nothing", arguments: ["grandstay", "brewhaus"])
    func secrets(_ name: String) throws {
        var good = try Client(name)
        let tokens = try Tokens(good.tokens())
        #expect(tokens.refresh != nil && tokens.json["id_token"] == nil)
        var bad = try Client(name, secret: "nobody told me")
        let refused = try bad.tokens()
        #expect(refused.status == 401)
        #expect(try refused.json()["error"] == "invalid_client")
    }

    @Test("grandstay: the refresh token stays good and none comes again")
    func stays() throws {
        var client = try Client("grandstay")
        let tokens = try Tokens(client.tokens())
        #expect(tokens.json["expires_in"] == 1800)
        for _ in 0..<3 {
            client.now = client.now.adding(seconds: 86_400)
            let next = try Tokens(
                client.post(
                    client.paths.token,
                    [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh ?? "")]))
            #expect(next.refresh == nil)
            #expect(client.get("/api/v1/guest", next.access).status == 200)
        }
    }

    @Test("brewhaus: access tokens end, and nobody says when")
    func untold() throws {
        var client = try Client("brewhaus")
        let tokens = try Tokens(client.tokens())
        #expect(tokens.json["expires_in"] == nil)
        #expect(client.get("/v1/card", tokens.access).status == 200)
        client.now = client.now.adding(seconds: 5399)
        #expect(client.get("/v1/card", tokens.access).status == 200)
        client.now = client.now.adding(seconds: 1)
        let refused = client.get("/v1/card", tokens.access)
        #expect(refused.status == 401)
        let challenge = HeaderGrammar.challenges(refused.headers["WWW-Authenticate"] ?? "")?.first
        #expect(challenge?.parameters["error"] == "invalid_token")
    }

    @Test("brewhaus: every seventh request meets a gateway's page, and whoever asks again is served")
    func stumbles() throws {
        var client = try Client("brewhaus")
        let access = try Tokens(client.tokens()).access
        let answers = (1...21).map { _ in client.get("/v1/card", access) }
        #expect(answers.map(\.status) == (1...21).map { $0 % 7 == 0 ? 502 : 200 })
        #expect(answers[6].headers["Content-Type"] == "text/html")
        #expect(answers[6].body.text.contains("502 Bad Gateway"))
        // Only the API stands behind it.
        #expect(client.send(HTTPRequest("GET", client.paths.token)).status == 405)
    }

    @Test("a member's vouchers come, end and are used")
    func vouchers() throws {
        let folder = try Desk.shipped("grandstay")
        func held(_ day: Int64) -> [String] {
            let now = folder.dayZero.adding(seconds: day * 86_400 + 3600)
            let truth = folder.cast.people[0].truth(epoch: folder.dayZero, now: now, seed: 7).json(at: now)
            return truth["memberships"]?[0]?["vouchers"]?.array?.compactMap { $0["id"]?.string } ?? []
        }
        #expect(held(-61) == [])
        #expect(held(-60) == ["UP-0120"])
        #expect(held(-30) == ["FN-7731", "UP-0120"])
        #expect(held(274) == ["FN-7731", "UP-0120"])
        #expect(held(275) == ["FN-7731"])
        #expect(held(1430) == ["FN-7731"])
        #expect(held(1431) == [])
    }

    @Test("moves that belong together happen together: a stay brings points and nights at one moment")
    func together() throws {
        let folder = try Desk.shipped("grandstay")
        let ada = folder.cast.people[0].memberships[0]
        let now = folder.dayZero.adding(seconds: 200 * 86_400)
        let stays = ada.accounts.map { plan in
            plan.state(of: ada.number, epoch: folder.dayZero, now: now, seed: 7).lines
                .filter { $0.type == "STY" && $0.posted > folder.dayZero }
        }
        #expect(stays[0].count > 4)
        #expect(stays[0].map(\.posted) == stays[1].map(\.posted))
        #expect(stays[0].map(\.text) == stays[1].map(\.text))
        #expect(Set(stays[0].map(\.ref)).isDisjoint(with: stays[1].map(\.ref)))
    }

    @Test(
        "what was worked out of a member is used again only while it is true",
        arguments: ["brewhaus", "grandstay", "skyways"])
    func truths(_ name: String) throws {
        let folder = try Desk.shipped(name)
        var provider = MockProvider(folder: folder, issuer: "http://127.0.0.1:1", epoch: folder.dayZero, seed: 7)
        let person = folder.cast.people[0]
        var now = folder.dayZero
        for step in 0..<400 {
            now = now.adding(seconds: Int64(step % 7) * 3613 + 1)
            #expect(
                provider.truth(of: person, now: now)
                    == person.truth(epoch: folder.dayZero, now: now, seed: 7).json(at: now))
        }
        // A clock that goes back is no reason to tell the future.
        let before = folder.dayZero.adding(seconds: 5)
        #expect(
            provider.truth(of: person, now: before)
                == person.truth(epoch: folder.dayZero, now: before, seed: 7).json(at: before))
    }
}
