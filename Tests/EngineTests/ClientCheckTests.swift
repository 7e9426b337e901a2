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
        let provider = Fixture.provider(Fixture.manifest().with(member: "identity", ["from": "idToken"]))
        #expect(ClientCheck.problem(Self.setting(scopes: ["openid", "read", "a:b/c"]), provider) == nil)
        #expect(ClientCheck.problem(Self.setting(scopes: ["read"]), provider)?.contains("openid") == true)
        #expect(ClientCheck.problem(Self.setting(scopes: ["read"]), Fixture.provider()) == nil)
        for scope in ["", "a b", "a\"b", "a\\b", "ä"] {
            #expect(ClientCheck.problem(Self.setting(scopes: ["openid", scope]), provider) != nil, "\(scope)")
        }
    }

    @Test("An id and a secret may be 4 KiB long and no longer")
    func long() {
        let (most, more) = (String(repeating: "a", count: 4096), String(repeating: "a", count: 4097))
        let provider = Fixture.provider("client_secret_basic", id: "purser", secret: "s")
        #expect(ClientCheck.problem(Self.setting(id: most, secret: most), provider) == nil)
        #expect(ClientCheck.problem(Self.setting(id: more), provider)?.contains("client id") == true)
        #expect(ClientCheck.problem(Self.setting(secret: more), provider)?.contains("client secret") == true)
    }

    @Test("A client id with a colon cannot stand in a Basic header as it is, so nobody takes it for that")
    func colon() throws {
        let encoded = Fixture.manifest(
            authentication: "client_secret_basic", client: ["id": "a", "secretFile": "secret"])
        let raw = encoded.with(member: "quirks", ["raw-basic"])
        let problem = ClientCheck.problem(Self.setting(id: "a:b"), Fixture.provider(raw, secret: "s"))
        #expect(problem?.contains("raw-basic") == true)
        #expect(ClientCheck.problem(Self.setting(id: "a:b"), Fixture.provider(encoded, secret: "s")) == nil)
    }

    @Test("A provider that nobody is sent to takes no redirect URI")
    func feed() throws {
        var files: [String: [UInt8]] = [:]
        for name in ["manifest.json", "mapping.json", "client-secret"] {
            files[name] = Array(try #require(Fixture.shipped("pointsbourse/" + name)).utf8)
        }
        let catalogue = Catalogue([ProviderFolder(name: "pointsbourse", source: "test", files: files)])
        let provider = try #require(catalogue["pointsbourse"])
        let back = Self.setting(redirect: "http://127.0.0.1:9000/cb")
        #expect(ClientCheck.problem(back, provider)?.contains("sends nobody back") == true)
        #expect(ClientCheck.problem(Self.setting(), provider) == nil)
    }

    static let keyed: [(method: String, file: String, shipped: String, lack: String)] = [
        ("private_key_jwt", "keyFile", "railpass/client-keys.json", "keygen"),
        ("tls_client_auth", "certificateFile", "metrorent/client-certificate.pem", "a certificate"),
        ("self_signed_tls_client_auth", "certificateFile", "metrorent/client-certificate.pem", "a certificate"),
    ]

    @Test("A key is taken where the provider wants one, of the kind it wants", arguments: keyed)
    func keys(_ method: String, _ file: String, _ shipped: String, _ lack: String) throws {
        let text = try #require(Fixture.shipped(shipped))
        let preset = JSON.object(JSONObject([("id", "purser"), (file, "secret")]))
        let provider = Fixture.provider(Fixture.manifest(authentication: method, client: preset), secret: text)
        func problem(_ key: String, _ provider: Provider) -> String? {
            ClientCheck.problem(
                ClientSetting(clientID: "abc", secret: nil, key: Secret(key), redirectURI: nil, scopes: nil), provider)
        }
        #expect(problem(text, provider) == nil)
        let wanted = method == "private_key_jwt" ? "JWK set" : "no certificate"
        for wrong in Self.keyed where (wrong.file != file) {
            #expect(problem(try #require(Fixture.shipped(wrong.shipped)), provider)?.contains(wanted) == true)
        }
        #expect(problem("", provider)?.contains(wanted) == true)
        #expect(problem(text, Fixture.provider())?.contains("takes no key") == true)
        #expect(ClientCheck.problem(Self.setting(secret: "s"), provider)?.contains("no client secret") == true)
        #expect(ClientCheck.lack(of: provider.manifest.authorization, "testair")?.contains(lack) == true)
    }

    @Test("What a client cannot be without is said; a public one needs nothing")
    func lacks() {
        func lack(_ provider: Provider) -> String? { ClientCheck.lack(of: provider.manifest.authorization, "testair") }
        #expect(lack(Fixture.provider()) == nil)
        for method in ["client_secret_basic", "client_secret_post"] {
            let provider = Fixture.provider(method, id: "purser", secret: "s")
            #expect(lack(provider)?.contains("a client secret (\(method))") == true)
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

extension JSON {
    /// A manifest with one thing of its authorization changed.
    fileprivate func with(member name: String, _ value: JSON) -> JSON {
        var manifest = object ?? JSONObject([])
        var authorization = manifest["authorization"]?.object ?? JSONObject([])
        authorization[name] = value
        manifest["authorization"] = .object(authorization)
        return .object(manifest)
    }
}
