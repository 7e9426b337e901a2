import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("What a token does not see")
struct WallTests {
    private let desk = Desk()
    private static let other = WalletID(rawValue: "wal_other")

    /// A token of another wallet of the same store.
    private func stranger(_ scopes: Set<Scope> = [.admin]) -> String {
        let catalogue = desk.stage.catalogue
        let made = desk.stage.perform { _, world in
            try? await Tokens(world, catalogue).make(NewToken(scopes: scopes), in: Self.other, with: nil).text
        }
        return (made ?? nil) ?? ""
    }

    private func first(_ list: String, _ target: String) -> String {
        desk.json(desk.socket("GET", target))[list]?[0]?["id"]?.string ?? ""
    }

    @Test("C84: another wallet's accounts, links and tokens are not there; neither to read nor to change")
    func wallets() {
        let link = desk.linked()
        let account = first("accounts", "/v1/accounts")
        _ = desk.token("admin")
        let token = first("tokens", "/v1/tokens")
        #expect(desk.socket("DELETE", "/v1/links/\(desk.linked(1))").status == 200)
        let receipt = first("receipts", "/v1/receipts")
        let stranger = stranger()
        #expect(desk.tcp("GET", "/v1/status", token: stranger).status == 200)
        for (method, target) in [
            ("GET", "/v1/accounts/\(account)"), ("GET", "/v1/accounts/\(account)/entries"),
            ("GET", "/v1/links/\(link)"),
            ("DELETE", "/v1/links/\(link)"), ("POST", "/v1/links/\(link)/sync"), ("DELETE", "/v1/tokens/\(token)"),
            ("GET", "/v1/receipts/\(receipt)"),
        ] {
            let response = desk.tcp(method, target, token: stranger)
            #expect(response.status == 404, "\(method) \(target)")
            // Exactly as for one that never was.
            let never = target.replacing(account, with: "acc_never").replacing(link, with: "lnk_never")
                .replacing(token, with: "tok_never").replacing(receipt, with: "rcp_never")
            let other = Problem(desk.json(desk.tcp(method, never, token: stranger)))
            #expect(
                Problem(desk.json(response))?.kind == other?.kind
                    && other?.detail == Problem(desk.json(response))?.detail)
        }
        #expect(desk.json(desk.tcp("GET", "/v1/accounts", token: stranger))["accounts"] == [])
        #expect(desk.json(desk.tcp("GET", "/v1/links", token: stranger))["links"] == [])
        #expect(desk.json(desk.tcp("GET", "/v1/receipts", token: stranger))["receipts"] == [])
        #expect(desk.json(desk.tcp("POST", "/v1/sync", token: stranger))["links"] == [])
        #expect(desk.json(desk.tcp("GET", "/v1/tokens", token: stranger))["tokens"]?.array?.count == 1)
        #expect(desk.json(desk.tcp("GET", "/v1/status", token: stranger))["links"] == [:])
        #expect(desk.json(desk.tcp("GET", "/v1/status", token: stranger))["nextDue"] == nil)
        #expect(desk.json(desk.socket("GET", "/v1/tokens"))["tokens"]?.array?.count == 1)
        #expect(desk.stage.links().map(\.state) == [.active])
    }

    /// A token restricted to providers, which need not be there any more.
    private func restricted(_ scopes: Set<Scope>, to providers: [String]) -> String {
        let text =
            APIToken.prefix
            + Base32.encode(
                providers.reduce([UInt8](repeating: 0, count: 32)) { bytes, name in
                    zip(bytes, APIToken.hash(of: name)).map { $0 ^ $1 }
                })
        let saved = desk.stage.perform { _, world in
            let token = APIToken(
                wallet: .first, id: TokenID.drawn(from: world.randomness), hash: APIToken.hash(of: text), name: nil,
                scopes: scopes, providers: providers, createdAt: world.clock.now, expiresAt: nil, madeBy: nil)
            return try? await world.store.write { verbs throws(StoreError) in
                try verbs.saveToken(token, limit: 9, forgettingBefore: token.createdAt)
            }
        }
        #expect(saved == true)
        return text
    }

    @Test("a token restricted to another programme: nothing of this one is there, and nothing of it can be begun")
    func restriction() {
        let link = desk.linked()
        let account = first("accounts", "/v1/accounts")
        let free = desk.made(["admin"])?.shown.id ?? ""
        let token = restricted([.admin], to: ["grandstay"])
        for (method, target) in [
            ("GET", "/v1/accounts/\(account)"), ("GET", "/v1/accounts/\(account)/entries"),
            ("GET", "/v1/links/\(link)"),
            ("DELETE", "/v1/links/\(link)"), ("POST", "/v1/links/\(link)/sync"), ("POST", "/v1/links/\(link)/relink"),
            ("POST", "/v1/links/\(link)/pause"), ("POST", "/v1/links/\(link)/resume"), ("DELETE", "/v1/tokens/\(free)"),
        ] { #expect(desk.tcp(method, target, token: token).status == 404, "\(method) \(target)") }
        let view = desk.json(desk.tcp("GET", "/v1/accounts", token: token))
        #expect(view["accounts"] == [] && view["links"] == [])
        #expect(desk.json(desk.tcp("GET", "/v1/links", token: token))["links"] == [])
        #expect(desk.json(desk.tcp("POST", "/v1/sync", token: token))["links"] == [])
        #expect(desk.json(desk.tcp("GET", "/v1/providers", token: token))["providers"] == [])
        let status = StatusShown(desk.json(desk.tcp("GET", "/v1/status", token: token)))
        #expect(status?.links.isEmpty == true && status?.providers == 0 && status?.nextDue == nil)
        #expect(desk.json(desk.tcp("GET", "/v1/tokens", token: token))["tokens"]?.array?.count == 1)
        let refused = desk.tcp("POST", "/v1/links", token: token, body: ["provider": "skyways"])
        #expect(refused.status == 404 && Problem(desk.json(refused))?.kind == .unknownProvider)
        #expect(!String(decoding: refused.body, as: UTF8.self).contains("skyways"))
        #expect(desk.stage.links().map(\.state) == [.active])
    }

    @Test(
        "C85: what is not yours is answered byte for byte like what never was: with no token, a weak one, and another's"
    )
    func uniform() {
        let link = desk.linked()
        let account = first("accounts", "/v1/accounts")
        let refused: [(String?, Int)] = [
            (nil, 401), ("purser_wrong", 401), (desk.token("balances:read"), 403), (stranger(), 404),
            (restricted([.admin], to: ["grandstay"]), 404),
        ]
        var asked = 0
        for (token, status) in refused {
            for (method, target) in [
                ("GET", "/v1/links/ID"), ("DELETE", "/v1/links/ID"), ("GET", "/v1/links/ID/story"),
                ("POST", "/v1/links/ID/sync"), ("POST", "/v1/links/ID/relink"), ("POST", "/v1/links/ID/pause"),
                ("POST", "/v1/links/ID/resume"), ("GET", "/v1/accounts/ID"), ("GET", "/v1/accounts/ID/entries"),
            ] where status != 403 || method != "GET" {
                let isAccount = target.contains("accounts")
                let answers = [isAccount ? account : link, isAccount ? "acc_never" : "lnk_never"].map { id in
                    asked += 1
                    // Wrong tokens are counted by whom they come from.
                    let answer = desk.tcp(
                        method, target.replacing("ID", with: id), token: token, from: "127.0.1.\(asked)")
                    let text = String(decoding: answer.body, as: UTF8.self).replacing(id, with: "ID")
                    return (answer.status, text, answer.headers["WWW-Authenticate"])
                }
                #expect(answers[0] == answers[1] && answers[0].0 == status, "\(method) \(target) \(answers)")
            }
        }
        #expect(desk.stage.links().map(\.state) == [.active])
    }

    @Test("a token restricted to this programme reaches it as if it were free, and makes none that is not restricted")
    func withinRestriction() {
        let link = desk.linked()
        let free = desk.token("admin")
        let token = restricted([.admin], to: ["skyways", "grandstay"])
        for target in ["/v1/accounts", "/v1/links", "/v1/links/\(link)", "/v1/providers"] {
            let (a, b) = (desk.tcp("GET", target, token: token), desk.tcp("GET", target, token: free))
            #expect(a.status == 200 && a.body == b.body, "\(target)")
        }
        let plain = desk.tcp("POST", "/v1/tokens", token: token, body: ["scopes": ["balances:read"]])
        #expect(plain.status == 403 && Problem(desk.json(plain))?.kind == .tooStrong)
        let within = desk.tcp(
            "POST", "/v1/tokens", token: token, body: ["scopes": ["balances:read"], "programmes": ["skyways"]])
        #expect(TokenMade(desk.json(within))?.shown.madeBy?.hasPrefix("tok_") == true)
        // It sees itself and what it made; not the free one.
        #expect(desk.json(desk.tcp("GET", "/v1/tokens", token: token))["tokens"]?.array?.count == 2)
        #expect(desk.json(desk.socket("GET", "/v1/tokens"))["tokens"]?.array?.count == 3)
    }

    @Test("the tags of two wallets differ, although both may have the same version")
    func tags() {
        let (mine, theirs) = (desk.token("admin"), stranger())
        let tag = desk.tcp("GET", "/v1/accounts", token: mine).headers["ETag"] ?? ""
        let response = desk.tcp("GET", "/v1/accounts", token: theirs, headers: ["If-None-Match": tag])
        #expect(response.status == 200)
    }

    @Test("C37: a link that a token begins is its wallet's, and that token is its starter")
    func starts() throws {
        let stranger = stranger([.linksManage])
        let started = LinkStarted(
            desk.json(desk.tcp("POST", "/v1/links", token: stranger, body: ["provider": "skyways"])))
        let link = LinkID(rawValue: try #require(started?.link))
        let pending = try desk.stage.read { reads throws(StoreError) in
            (try reads.pendingLink(Self.other, link), try reads.tokens(Self.other).first?.id)
        }
        #expect(pending.0?.starter == pending.1.map { .token($0) })
        #expect(desk.tcp("GET", "/v1/links/\(link)", token: stranger).status == 200)
        #expect(desk.socket("GET", "/v1/links/\(link)").status == 404)
    }

    @Test("whoever may manage links sees them and not what is in them")
    func managing() {
        let link = desk.linked()
        let token = desk.token("links:manage")
        #expect(desk.tcp("GET", "/v1/links/\(link)", token: token).status == 200)
        #expect(desk.tcp("GET", "/v1/accounts", token: token).status == 403)
        desk.stage.run(seconds: 70)
        #expect(desk.tcp("POST", "/v1/links/\(link)/sync", token: token).status == 202)
        #expect(desk.tcp("DELETE", "/v1/links/\(link)", token: token).status == 200)
    }

    @Test("what is for the socket only is refused to the strongest token, and changes nothing")
    func socketOnly() {
        let walk = Walk(desk)
        let routes = walk.document.operations.filter { $0.json["x-socket-only"] == true }
        #expect(!routes.isEmpty)
        for route in routes {
            let response = desk.tcp(
                route.method, route.example, token: walk.admin, body: route.takesBody ? ["clientId": "x"] : nil)
            #expect(response.status == 403 && Problem(desk.json(response))?.kind == .socketOnly, "\(route.id)")
        }
    }

    @Test("where things lie is told on the socket only, also while it is sealed")
    func paths() {
        for desk in [desk, Desk(sealed: "the key file /home/ada/root.key is not there")] {
            let token = desk.admin
            for target in ["/v1/status", "/v1/providers", "/v1/accounts", "/readyz", "/openapi.json"] {
                let text = String(decoding: desk.tcp("GET", target, token: token).body, as: UTF8.self)
                #expect(!text.contains("/data") && !text.contains("/rootkey") && !text.contains("/home"), "\(target)")
                #expect(!text.contains("providers/skyways"), "\(target)")
            }
        }
        #expect(desk.json(desk.socket("GET", "/v1/status"))["data"] == "/data")
    }
}
