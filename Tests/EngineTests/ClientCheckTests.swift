import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite struct ClientCheckTests {
    private static func setting(
        id: String = "abc", secret: String? = nil, redirect: String? = nil, scopes: [String]? = nil
    ) -> ClientSetting {
        ClientSetting(clientID: id, secret: secret.map { Secret($0) }, redirectURI: redirect, scopes: scopes)
    }

    static let good: [String] = [
        "http://127.0.0.1:9000/cb", "http://localhost:1/x/y?z=1", "http://[::1]:8/cb", "https://wallet.example/cb",
        "http://box.lan:9000/cb",
    ]
    static let bad: [String] = [
        "", "cb", "/cb", "app:/cb", "com.example.app://cb", "javascript:alert(1)", "https://x.example/cb#part",
        "https://me@x.example/cb", "https:///cb", "https://x.example/" + String(repeating: "a", count: 5000),
    ]

    @Test("Any absolute http or https address can be a redirect URI", arguments: good)
    func redirects(_ uri: String) {
        #expect(ClientCheck.problem(Self.setting(redirect: uri), Fixture.provider()) == nil)
    }

    @Test("What no browser could come back to, or no portal takes, is refused in words", arguments: bad)
    func badRedirects(_ uri: String) {
        #expect(ClientCheck.problem(Self.setting(redirect: uri), Fixture.provider())?.contains("redirect URI") == true)
    }

    @Test("A client id and a secret are visible ASCII", arguments: ["", "a\nb", "ä", "\u{7f}", "a\0"])
    func characters(_ text: String) {
        #expect(ClientCheck.problem(Self.setting(id: text), Fixture.provider())?.contains("client id") == true)
        let provider = Fixture.provider("client_secret_basic", id: "purser", secret: "s")
        #expect(ClientCheck.problem(Self.setting(secret: text), provider)?.contains("client secret") == true)
        #expect(ClientCheck.problem(Self.setting(secret: "a b:c%"), provider) == nil)
    }

    @Test("A public client takes no secret: one that is given is a mistake that must not be stored")
    func noSecret() {
        #expect(
            ClientCheck.problem(Self.setting(secret: "s"), Fixture.provider())?.contains("no client secret") == true)
    }

    @Test("C41: Scopes are scopes, and keep openid where an ID token says who was linked")
    func scopes() throws {
        var manifest = try #require(Fixture.manifest().object)
        var authorization = try #require(manifest["authorization"]?.object)
        authorization["identity"] = ["from": "idToken"]
        manifest["authorization"] = .object(authorization)
        let provider = Fixture.provider(.object(manifest))
        #expect(ClientCheck.problem(Self.setting(scopes: ["openid", "read", "a:b/c"]), provider) == nil)
        #expect(ClientCheck.problem(Self.setting(scopes: ["read"]), provider)?.contains("openid") == true)
        #expect(ClientCheck.problem(Self.setting(scopes: ["read"]), Fixture.provider()) == nil)
        for scope in ["", "a b", "a\"b", "a\\b", "ä"] {
            #expect(ClientCheck.problem(Self.setting(scopes: ["openid", scope]), provider) != nil, "\(scope)")
        }
    }

    @Test("Another id, redirect URI or scope is another client to the provider; another secret is not")
    func differs() async throws {
        let keyring = try await Keyring.open(.test(KeyStore()))
        let provider = Fixture.provider("client_secret_basic", id: "purser", secret: "s")
        let old = try #require(ClientRegistration(provider))
        func stored(_ id: String, redirect: String? = nil, scopes: [String]? = nil) -> ClientRegistration? {
            let row = RegisteredClient(
                provider: "testair", clientID: id, redirectURI: redirect, scopes: scopes, sealedSecret: nil,
                dataKey: nil, createdAt: Fixture.now, changedAt: Fixture.now)
            return ClientRegistration(row, provider, keyring)
        }
        #expect(try #require(stored("purser")).differs(from: old) == false)
        #expect(try #require(stored("purser2")).differs(from: old))
        #expect(try #require(stored("purser", redirect: "http://127.0.0.1:9/cb")).differs(from: old))
        #expect(try #require(stored("purser", scopes: ["openid"])).differs(from: old))
    }
}
