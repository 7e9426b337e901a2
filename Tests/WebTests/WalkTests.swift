import PurserAPI
import PurserSimulation
import PurserWeb
import Testing
import Wire

/// `/openapi.json` is true: whatever any route answers, it allows.
@Suite("Every route answers what /openapi.json says")
struct WalkTests {
    /// For each route, calls that succeed, by its name in the table. A new route needs one, or this suite fails.
    private static let good: [String: @Sendable (Walk) -> Void] = [
        "getProtectedResource": { walk in walk.tcp("GET", "/.well-known/oauth-protected-resource", token: nil) },
        "getDocument": { walk in
            walk.tcp("GET", "/openapi.json", token: nil)
            walk.socket("GET", "/openapi.json")
        },
        "getStatus": { both($0, "GET", "/v1/status") },
        "getKeys": { walk in walk.socket("GET", "/v1/keys") },
        "rotateKeys": { walk in walk.socket("POST", "/v1/keys/rotate") },
        "replaceRoot": { walk in
            for body: JSON in [[:], ["keyFile": "/key"], ["passphrase": "correct horse"]] {
                walk.socket("POST", "/v1/keys/reroot", body: body)
            }
            for bad: JSON in [["keyFile": "key"], ["keyFile": "/k", "passphrase": "p"], ["passphrase": ""], ["x": 1]] {
                walk.socket("POST", "/v1/keys/reroot", body: bad)
            }
        },
        "seal": { walk in walk.socket("POST", "/v1/keys/seal") },
        "unseal": { walk in
            walk.socket("POST", "/v1/keys/unseal")
            walk.socket("POST", "/v1/keys/unseal", body: ["passphrase": "correct horse"])
            walk.socket("POST", "/v1/keys/unseal", body: ["passphrase": "wrong"])
        },
        "listProviders": { both($0, "GET", "/v1/providers") },
        "listAccounts": { walk in
            let sights = [walk.admin, walk.desk.token("balances:read"), walk.desk.token("numbers:read")]
            for token in sights {
                let tag = walk.desk.tcp("GET", "/v1/accounts", token: token).headers["ETag"] ?? ""
                walk.tcp("GET", "/v1/accounts", token: token)
                walk.tcp("GET", "/v1/accounts", token: token, headers: ["If-None-Match": tag])
            }
            walk.socket("GET", "/v1/accounts")
        },
        "getAccount": { walk in for id in accounts(walk) { both(walk, "GET", "/v1/accounts/\(id)") } },
        "listEntries": { walk in
            for id in accounts(walk) {
                let page = walk.tcp("GET", "/v1/accounts/\(id)/entries?limit=3", token: walk.admin)
                let next = page["next"]?.string ?? ""
                both(walk, "GET", "/v1/accounts/\(id)/entries" + (next.isEmpty ? "" : "?before=\(next)"))
                for bad in ["limit=0", "limit=x", "limit=201", "before=x", "limit=1&limit=2"] {
                    walk.tcp("GET", "/v1/accounts/\(id)/entries?\(bad)", token: walk.admin)
                }
            }
        },
        "listValues": { walk in
            both(walk, "GET", "/v1/values")
            walk.desk.stage.run(seconds: 60)
            both(walk, "GET", "/v1/values")
        },
        "syncValues": { walk in
            both(walk, "POST", "/v1/values/sync")
            walk.desk.stage.run(seconds: 70)
            both(walk, "POST", "/v1/values/sync")
        },
        "listLinks": { both($0, "GET", "/v1/links") },
        "startLink": { walk in
            both(walk, "POST", "/v1/links", ["provider": "skyways"])
            both(walk, "POST", "/v1/links", ["provider": "marketplus", "device": true])
            both(walk, "POST", "/v1/links", ["provider": "marketplus", "device": false])
            both(walk, "POST", "/v1/links", ["provider": "skyways", "paste": true])
            for bad: JSON in [
                ["provider": "skyways", "device": true], ["provider": "marketplus", "device": "yes"],
                ["provider": "skyways", "paste": 1], ["provider": "marketplus", "paste": true, "device": true],
                ["provider": "hogwarts"], ["provider": 1], [:], ["provider": "skyways", "password": "x"],
            ] {
                both(walk, "POST", "/v1/links", bad)
            }
        },
        "getLink": { walk in
            for id in links(walk) {
                both(walk, "GET", "/v1/links/\(id)?wait=1s")
                walk.tcp("GET", "/v1/links/\(id)?wait=9", token: walk.admin)
            }
        },
        "getStory": { walk in for id in links(walk) { both(walk, "GET", "/v1/links/\(id)/story") } },
        "unlink": { walk in
            walk.tcp("DELETE", "/v1/links/\(walk.desk.linked(1))", token: walk.admin)
            walk.socket("DELETE", "/v1/links/\(walk.desk.linked(2))?logout=true")
            walk.socket("DELETE", "/v1/links/\(walk.desk.linked(1))?logout=perhaps")
        },
        "listReceipts": { both($0, "GET", "/v1/receipts") },
        "getReceipt": { walk in
            walk.socket("DELETE", "/v1/links/\(walk.desk.linked(2))")
            let all = walk.socket("GET", "/v1/receipts")["receipts"]?.array ?? []
            for id in all.compactMap({ $0["id"]?.string }) + ["rcp_nobody", "1"] {
                both(walk, "GET", "/v1/receipts/\(id)")
            }
        },
        "syncLink": { walk in
            for id in links(walk) {
                both(walk, "POST", "/v1/links/\(id)/sync")
                walk.desk.stage.run(seconds: 70)
                both(walk, "POST", "/v1/links/\(id)/sync")
            }
        },
        "relink": { walk in
            for id in links(walk) {
                both(walk, "POST", "/v1/links/\(id)/relink")
                both(walk, "POST", "/v1/links/\(id)/relink", ["device": false])
                for bad: JSON in [["device": true], ["device": 1], ["paste": "no"], ["provider": "skyways"]] {
                    both(walk, "POST", "/v1/links/\(id)/relink", bad)
                }
            }
        },
        "pasteLink": { walk in
            let started = walk.socket("POST", "/v1/links", body: ["provider": "skyways"])
            let query = (started["authorizationUri"]?.string).flatMap { URI($0)?.query }.flatMap { Form(parsing: $0) }
            let path = "/v1/links/\(started["link"]?.string ?? "")/response"
            let denied = Form([("error", "access_denied"), ("state", query?["state"] ?? "")]).encoded
            let address = (query?["redirect_uri"] ?? "") + "?" + denied
            for bad: JSON in [[:], ["address": 1], ["address": ""], ["address": "x"], ["code": "x"]] {
                walk.socket("POST", path, body: bad)
            }
            both(walk, "POST", path, ["address": .string(address)])
            walk.socket("POST", path, body: ["address": .string(address)])
            walk.socket("POST", "/v1/links/lnk_nobody/response", body: ["address": .string(address)])
        },
        "pauseLink": { walk in
            for id in links(walk) {
                both(walk, "POST", "/v1/links/\(id)/pause")
                both(walk, "POST", "/v1/links/\(id)/resume")
            }
        },
        "resumeLink": { walk in
            for id in links(walk) { both(walk, "POST", "/v1/links/\(id)/resume") }
        },
        "listClients": { both($0, "GET", "/v1/clients") },
        "makeClientKey": { walk in
            for body in [["algorithm": "none"], ["algorithm": 1], ["activate": true], [:], ["algorithm": "EdDSA"]]
                as [JSON]
            {
                both(walk, "POST", "/v1/clients/railpass/keys", body)
            }
            both(walk, "POST", "/v1/clients/skyways/keys", [:])
            both(walk, "POST", "/v1/clients/nobody/keys", [:])
        },
        "setClient": { walk in
            let client = "/v1/clients/skyways"
            both(
                walk, "PUT", client,
                ["clientId": "purser", "redirectUri": "http://127.0.0.1:9/cb", "scopes": ["openid"]])
            let bad: [JSON] = [
                [:], ["clientId": 1], ["clientId": ""], ["clientId": "x", "clientSecret": "s"],
                ["clientId": "x", "redirectUri": "cb"], ["clientId": "x", "scopes": "openid"],
                ["clientId": "x", "scopes": [1]], ["clientId": "x", "password": "x"],
            ]
            for body in bad { both(walk, "PUT", client, body) }
            walk.socket("PUT", "/v1/clients/hogwarts", body: ["clientId": "x"])
        },
        "registerClient": { walk in
            let client = "/v1/clients/grandstay/registration"
            for body in [["initialToken": 1], ["initialToken": ""], ["initialToken": "a b"], ["token": "x"]] as [JSON] {
                both(walk, "POST", client, body)
            }
            both(walk, "POST", client, [:])
            walk.socket("POST", client, body: ["initialToken": "it"])
            walk.socket("GET", "/v1/clients")
            walk.socket("PUT", "/v1/clients/grandstay", body: ["clientId": "x"])
            walk.socket("POST", "/v1/clients/skyways/registration", body: [:])
            walk.socket("POST", "/v1/clients/hogwarts/registration", body: [:])
            walk.socket("DELETE", "/v1/clients/grandstay")
        },
        "removeClient": { walk in
            walk.socket("PUT", "/v1/clients/skyways", body: ["clientId": "purser"])
            both(walk, "DELETE", "/v1/clients/skyways")
            both(walk, "DELETE", "/v1/clients/skyways")
        },
        "checkFolder": { walk in
            for path in ["/folders/skyways", "/folders/broken", "/nowhere"] {
                both(walk, "POST", "/v1/folders/check", ["path": .string(path)])
            }
            walk.socket("POST", "/v1/folders/check", body: ["path": "folders"])
        },
        "tryFolder": { walk in
            for path in ["/folders/skyways", "/folders/broken", "/nowhere"] {
                both(walk, "POST", "/v1/folders/try", ["path": .string(path)])
                walk.socket("POST", "/v1/folders/try", body: ["path": .string(path), "showAll": true])
            }
            for link: JSON in ["lnk_nobody", 1] {
                walk.socket("POST", "/v1/folders/try", body: ["path": "/folders/skyways", "link": link])
            }
        },
        "syncAll": { walk in
            walk.desk.stage.run(seconds: 70)
            both(walk, "POST", "/v1/sync")
        },
        "confirmRestored": { both($0, "POST", "/v1/restored") },
        "listTokens": { both($0, "GET", "/v1/tokens") },
        "makeToken": { walk in
            let whole: JSON = [
                "scopes": ["balances:read", "links:manage"], "programmes": ["skyways"], "expires": "30d",
                "name": "the fridge",
            ]
            for body: JSON in [whole, ["scopes": ["admin"]]] { both(walk, "POST", "/v1/tokens", body) }
            let bad: [JSON] = [
                ["scopes": []], ["scopes": ["root"]], ["scopes": "admin"], ["scopes": ["admin", "admin"]], [:],
                ["scopes": ["admin"], "expires": "soon"], ["scopes": ["admin"], "expires": "2001-01-01"],
                ["scopes": ["admin"], "name": ""], ["scopes": ["admin"], "name": "\u{1b}[2J"],
                ["scopes": ["admin"], "programmes": []], ["scopes": ["admin"], "programmes": ["hogwarts"]],
            ]
            for body in bad { both(walk, "POST", "/v1/tokens", body) }
            let short = walk.desk.token("admin", expires: "1h")
            walk.tcp("POST", "/v1/tokens", token: short, body: ["scopes": ["admin"], "expires": "2h"])
        },
        "revokeToken": { walk in
            walk.tcp("DELETE", "/v1/tokens/\(walk.desk.made(["admin"])?.shown.id ?? "")", token: walk.admin)
            walk.socket("DELETE", "/v1/tokens/\(walk.desk.made(["admin"])?.shown.id ?? "")")
        },
    ]

    private static func both(_ walk: Walk, _ method: String, _ target: String, _ body: JSON? = nil) {
        walk.tcp(method, target, token: walk.admin, body: body)
        walk.socket(method, target, body: body)
    }

    private static func accounts(_ walk: Walk) -> [String] {
        walk.tcp("GET", "/v1/accounts", token: walk.admin)["accounts"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    private static func links(_ walk: Walk) -> [String] {
        walk.tcp("GET", "/v1/links", token: walk.admin)["links"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    /// What this walk does not bring about: sizes and times are the HTTP server's (`OverHTTPTests`), a full disk the
    /// system's; the others have tests of their own.
    private static let elsewhere: Set<Int> = [408, 409, 413, 414, 429, 431, 502, 503, 507]

    @Test("good calls and bad ones, on TCP and on the socket: status, type, header and body are as documented")
    func walk() throws {
        let desk = Desk(more: ["marketplus", "railpass", "pointsbourse", "grandstay"])
        _ = desk.linked(0)
        let walk = Walk(desk)
        try #require(!walk.document.operations.isEmpty)
        for operation in walk.document.operations {
            let call = try #require(Self.good[operation.id], "WalkTests.good has no call for \(operation.id)")
            call(walk)
        }
        walk.askEverything()
        #expect(walk.problems == [])
        for operation in walk.document.operations {
            let missing = Set(operation.statuses).subtracting(Self.elsewhere)
                .subtracting(walk.seen[operation.id] ?? [])
            #expect(missing.isEmpty, "\(operation.id) was never seen to answer \(missing.sorted())")
        }
        try SecondOpinion.expect(walk.document.json, allows: walk.answers)
    }

    /// What README says answers: how the daemon is, what belongs to no person, and what takes access away.
    private static let answersSealed: Set<String> = [
        "getDocument", "getProtectedResource", "getStatus", "getKeys", "seal", "unseal", "listProviders", "checkFolder",
        "listTokens", "revokeToken",
    ]

    @Test("while it is sealed: what answers and what says why")
    func sealed() {
        let walk = Walk(Desk(sealed: "the key file is not there"))
        for operation in walk.document.operations {
            let body: JSON? = operation.takesBody ? ["provider": "skyways"] : nil
            walk.tcp(operation.method, operation.example, token: walk.admin, body: body)
            walk.socket(operation.method, operation.example, body: body)
        }
        #expect(walk.problems == [])
        for operation in walk.document.operations {
            let seen = walk.seen[operation.id] ?? []
            if Self.answersSealed.contains(operation.id) {
                #expect(!seen.contains(503) && !seen.isEmpty, "\(operation.id) \(seen)")
            } else {
                // What only the socket may ask is 403 elsewhere.
                #expect(seen.contains(503) && seen.subtracting([403, 503]).isEmpty, "\(operation.id) \(seen)")
            }
        }
    }

    @Test("a token is taken back while it is sealed, and none is made")
    func tokensSealed() {
        let desk = Desk(sealed: "the key file is not there")
        let token = desk.admin
        let body: JSON = ["scopes": ["balances:read"]]
        let refused = Problem(desk.json(desk.socket("POST", "/v1/tokens", body: body)))
        #expect(refused?.kind == .sealed && refused?.title.contains("the key file is not there") == true)
        #expect(desk.tcp("POST", "/v1/tokens", token: token, body: body).status == 503)
        let all = desk.json(desk.socket("GET", "/v1/tokens"))["tokens"]?.array ?? []
        #expect(all.count == 1)
        #expect(desk.socket("DELETE", "/v1/tokens/\(all.first?["id"]?.string ?? "")").status == 200)
        #expect(desk.tcp("GET", "/v1/status", token: token).status == 401)
    }

    @Test("a provider that cannot be asked is 502, and nothing of the link is left")
    func down() {
        let walk = Walk(Desk())
        walk.desk.stage.setDown(true)
        for _ in 0..<2 { walk.tcp("POST", "/v1/links", token: walk.admin, body: ["provider": "skyways"]) }
        #expect(walk.seen["startLink"] == [502])
        #expect(walk.problems == [])
        #expect(walk.desk.stage.links().isEmpty)
    }

    @Test("every row of the table is in the document, and nothing else is")
    func table() {
        let document = Walk(Desk()).document
        let told = document.operations.map { "\($0.method) \($0.path) \($0.id)" }.sorted()
        #expect(told == RouteTable.all.map { "\($0.method) \($0.path) \($0.name)" }.sorted())
        #expect(Set(RouteTable.all.map(\.name)).count == RouteTable.all.count)
    }

    @Test("an answer the document does not allow is found", arguments: Wrong.answers)
    func wrong(_ response: HTTPResponse) {
        let document = Walk(Desk()).document
        #expect(!document.problems(response, to: "GET", "/v1/links").isEmpty)
    }
}

private enum Wrong {
    static let answers: [HTTPResponse] = [
        .json(["links": []], status: 201), .json(["links": [], "more": 1]), .json([:]), .json(["links": [[:]]]),
        .json(["links": []], type: "text/html"), HTTPResponse(status: 200), .text("{}", status: 401),
        Problem(.badRequest, "x").response.changed { $0.status = 401 }, Problem(.notFound, "x").response,
        Problem(.unauthorized, "without its field").response, HTTPResponse(status: 500),
    ]
}

extension HTTPResponse {
    fileprivate func changed(_ change: (inout HTTPResponse) -> Void) -> HTTPResponse {
        var copy = self
        change(&copy)
        return copy
    }
}
