import Crypto
import Testing
import Wire

@testable import MockProviders

/// A mock where clients get tokens in their own name (RFC 6749 4.4).
@Suite("Tokens in a client's own name")
struct OwnGrantTests {
    private static let secret = "bourse-71c0e5d2-pretended-and-public"
    private static let good = [("grant_type", "client_credentials"), ("scope", "market.read")]

    private struct Bourse {
        var provider: MockProvider
        var now: Instant
        private var drawn = 0

        init(clients: JSON? = nil) throws {
            var authorization = try Desk.file("authorization", of: "pointsbourse")
            if let clients, var object = authorization.object {
                object["clients"] = clients
                authorization = .object(object)
            }
            let folder = try MockFolder(
                name: "pointsbourse", manifest: Desk.file("manifest", of: "pointsbourse", in: ""),
                authorization: authorization, members: Desk.file("members", of: "pointsbourse"),
                routes: Desk.file("routes", of: "pointsbourse"), keys: Desk.file("keys", of: "pointsbourse"))
            provider = MockProvider(folder: folder, issuer: "http://127.0.0.1:7908", epoch: folder.dayZero)
            now = folder.dayZero
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

        mutating func token(
            _ fields: [(String, String)] = OwnGrantTests.good, id: String = "purser-desk",
            secret: String? = OwnGrantTests.secret
        ) -> HTTPResponse {
            var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
            if let secret { headers["Authorization"] = "Basic " + Base64.encode(Array("\(id):\(secret)".utf8)) }
            return send(HTTPRequest("POST", "/token", headers: headers, body: Array(Form(fields).encoded.utf8)))
        }

        mutating func quotes(_ token: String?) -> HTTPResponse {
            var headers = HTTPHeaders()
            if let token { headers["Authorization"] = "Bearer " + token }
            return send(HTTPRequest("GET", "/market/v1/quotes", headers: headers))
        }
    }

    @Test("a registered client gets an access token and no refresh token; it opens the API until it ends")
    func gives() throws {
        var bourse = try Bourse()
        let answer = bourse.token()
        let json = try answer.json()
        #expect(answer.status == 200 && answer.headers["Cache-Control"] == "no-store")
        #expect(json["refresh_token"] == nil && json["id_token"] == nil)
        #expect(json["expires_in"] == 900 && json["token_type"] == "Bearer" && json["scope"] == "market.read")
        let token = try #require(json["access_token"]?.string)
        #expect(try bourse.quotes(token).json()["quotes"]?.array?.count == 4)
        #expect(bourse.provider.events.map(\.what) == ["issued", "used"])
        #expect(bourse.provider.events[0].client == "purser-desk" && bourse.provider.events[0].subject == "market")
        bourse.now = bourse.now.adding(seconds: 900)
        #expect(bourse.quotes(token).status == 401)
        #expect(bourse.quotes(nil).status == 401)
    }

    @Test("each token is a grant of its own")
    func apart() throws {
        var bourse = try Bourse()
        let tokens = try (0..<2).map { _ in try bourse.token().json()["access_token"]?.string }
        #expect(tokens[0] != tokens[1])
        #expect(bourse.provider.events.map(\.family) == [0, 1])
    }

    static let refusals: [([(String, String)], String, String?, Int, String)] = [
        (good, "purser-desk", "wrong", 401, "invalid_client"),
        (good, "stranger", secret, 401, "invalid_client"),
        (good + [("client_id", "purser-desk"), ("client_secret", secret)], "", nil, 401, "invalid_client"),
        (good, "", nil, 401, "invalid_client"),
        (
            [("grant_type", "client_credentials"), ("scope", "market.read market.write")], "purser-desk", secret, 400,
            "invalid_scope"
        ),
        ([("grant_type", "authorization_code"), ("code", "x")], "purser-desk", secret, 400, "unsupported_grant_type"),
        (
            [("grant_type", "refresh_token"), ("refresh_token", "x")], "purser-desk", secret, 400,
            "unsupported_grant_type"
        ),
        ([("scope", "market.read")], "purser-desk", secret, 400, "invalid_request"),
    ]

    @Test("what is wrong is called by the name the RFC gives it", arguments: 0..<refusals.count)
    func refuses(_ number: Int) throws {
        let (fields, id, secret, status, error) = Self.refusals[number]
        var bourse = try Bourse()
        let answer = bourse.token(fields, id: id, secret: secret)
        #expect(answer.status == status)
        #expect(try answer.json()["error"] == .string(error))
        #expect(bourse.provider.events.isEmpty)
    }

    @Test("a client that proves nothing, or speaks for nobody, gets none (RFC 6749 4.4)")
    func unauthorized() throws {
        var open = try Bourse(clients: [["id": "open", "speaksFor": "market"]])
        #expect(
            try open.token(Self.good + [("client_id", "open")], secret: nil).json()["error"] == "unauthorized_client")
        let mute: JSON = ["id": "purser-desk", "authentication": "client_secret_basic", "secret": .string(Self.secret)]
        var bourse = try Bourse(clients: [mute])
        #expect(try bourse.token().json()["error"] == "unauthorized_client")
    }

    @Test("without a scope all there is; a fault works here as anywhere")
    func more() throws {
        var bourse = try Bourse()
        #expect(try bourse.token([("grant_type", "client_credentials")]).json()["scope"] == "market.read")
        try bourse.provider.addFault([
            "match": ["endpoint": "token", "grant": "client_credentials"], "times": 1,
            "replace": ["status": 503, "body": "no"],
        ])
        #expect(bourse.token().status == 503)
        #expect(bourse.token().status == 200)
    }

    @Test("there is no page where a person would consent, and the metadata name none")
    func noPage() throws {
        var bourse = try Bourse()
        #expect(bourse.send(HTTPRequest("GET", "/authorize?response_type=code&client_id=purser-desk")).status == 404)
        let metadata = try bourse.send(HTTPRequest("GET", "/.well-known/oauth-authorization-server")).json()
        #expect(metadata["authorization_endpoint"] == nil && metadata["response_types_supported"] == [])
        #expect(metadata["grant_types_supported"] == ["client_credentials"])
    }
}
