import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("The API on the socket")
struct SocketTests {
    private let desk = Desk()

    @Test("C94: only the daemon's own user and root are answered", arguments: [nil, 0, 1000, 1001, 65534] as [UInt32?])
    func peers(_ uid: UInt32?) {
        let status = desk.socket("GET", "/v1/status", uid: uid).status
        #expect(status == (uid == 0 || uid == 1000 ? 200 : 401))
    }

    @Test("status tells where it listens, what is linked and when the next pull is due")
    func status() {
        _ = desk.linked()
        let shown = StatusShown(desk.json(desk.socket("GET", "/v1/status")))
        #expect(shown?.listen == "http://127.0.0.1:7878")
        #expect(shown?.links.map(\.state) == ["active"])
        #expect(shown?.providers == 1)
        #expect(shown?.nextDue != nil)
    }

    @Test("linking: the address is the provider's, with everything that protects the response")
    func start() {
        let response = desk.socket("POST", "/v1/links", body: ["provider": "skyways"])
        #expect(response.status == 201)
        let started = LinkStarted(desk.json(response))
        let query = started.flatMap { URI($0.authorizationURI)?.query }.flatMap { Form(parsing: $0) }
        #expect(query?["response_type"] == "code")
        #expect(query?["code_challenge_method"] == "S256")
        #expect(query?["redirect_uri"] == "http://127.0.0.1:7878/callback/skyways")
        #expect((query?["state"]?.count ?? 0) >= 43 && (query?["nonce"]?.count ?? 0) >= 43)
        #expect(query?["client_secret"] == nil)
    }

    @Test(
        "a body that is not what it should be gets a clear error and starts nothing",
        arguments: [nil, "x", [], ["provider": 1], ["provider": "skyways", "password": "x"], [:]] as [JSON?])
    func badBodies(_ body: JSON?) {
        let response = desk.socket("POST", "/v1/links", body: body)
        #expect(response.status == 400)
        #expect(Problem(desk.json(response))?.kind == .badRequest)
        #expect(response.headers["Content-Type"] == Problem.mediaType)
        #expect(desk.stage.links().isEmpty)
    }

    @Test("an unknown provider is named as such, with those there are")
    func unknownProvider() {
        let problem = Problem(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "hogwarts"])))
        #expect(problem?.kind == .unknownProvider)
        #expect(problem?.detail?.contains("skyways") == true)
    }

    @Test("accounts: numbers in full for the owner, a version and a tag that a second asking matches")
    func accounts() {
        _ = desk.linked()
        let response = desk.socket("GET", "/v1/accounts")
        #expect(response.status == 200)
        let accounts = desk.json(response)["accounts"]?.array?.compactMap(AccountShown.init) ?? []
        #expect(accounts.count == 2)
        #expect(accounts.allSatisfy { !$0.number.contains("•") && $0.link?.state == "active" })
        let tag = response.headers["ETag"] ?? ""
        #expect(desk.socket("GET", "/v1/accounts", headers: ["If-None-Match": tag]).status == 304)
        _ = desk.linked(1)
        #expect(desk.socket("GET", "/v1/accounts", headers: ["If-None-Match": tag]).status == 200)
    }

    @Test("one account, and its entries page by page without one lost or doubled")
    func entries() {
        _ = desk.linked()
        let account = desk.json(desk.socket("GET", "/v1/accounts"))["accounts"]?.array?.compactMap(AccountShown.init)
            .first { $0.balanceType == "redeemable" }
        let id = account?.id ?? ""
        #expect(AccountShown(desk.json(desk.socket("GET", "/v1/accounts/\(id)")))?.amount == account?.amount)
        var ids: [String] = []
        var sum = ExactDecimal.zero
        var next: String? = ""
        while let place = next {
            let target = "/v1/accounts/\(id)/entries?limit=7" + (place.isEmpty ? "" : "&before=\(place)")
            let page = desk.json(desk.socket("GET", target))
            let entries = page["entries"]?.array ?? []
            #expect(entries.count <= 7)
            ids += entries.compactMap { $0["id"]?.string }
            for amount in entries.compactMap({ $0["amount"]?.string.flatMap { ExactDecimal($0) } }) {
                sum = sum.adding(amount) ?? sum
            }
            next = page["next"]?.string
            if next == nil {
                let opening = page["opening"]?.string.flatMap { ExactDecimal($0) } ?? .zero
                #expect(opening.adding(sum)?.text == account?.amount)
            }
        }
        #expect(ids.count > 7)
        #expect(Set(ids).count == ids.count)
    }

    @Test(
        "what is not there is not there, and says so",
        arguments: [
            ("GET", "/v1/accounts/acc_aaaa", 404), ("GET", "/v1/accounts/nonsense", 404),
            ("GET", "/v1/links/lnk_aaaa", 404), ("DELETE", "/v1/links/lnk_aaaa", 404),
            ("POST", "/v1/links/lnk_aaaa/sync", 404), ("GET", "/v1/nothing", 404), ("GET", "/v2/accounts", 404),
            ("GET", "/", 404), ("PUT", "/v1/links", 405), ("POST", "/v1/accounts", 405), ("GET", "/v1/sync", 405),
            ("POST", "/v1/status", 405), ("GET", "/v1/links/lnk_aaaa?wait=9", 400),
            ("GET", "/v1/links/lnk_aaaa?wait=61s", 400), ("GET", "/v1/accounts?a=%zz", 400),
            ("GET", "/v1/accounts/acc_aaaa/entries?limit=0", 400),
            ("GET", "/v1/accounts/acc_aaaa/entries?limit=201", 400),
            ("GET", "/v1/accounts/acc_aaaa/entries?before=x", 400),
        ])
    func errors(_ method: String, _ target: String, _ status: Int) {
        let response = desk.socket(method, target)
        #expect(response.status == status)
        #expect(Problem(desk.json(response)) != nil)
    }

    @Test("sync: due at once, and again only after a minute")
    func sync() {
        let link = desk.linked()
        desk.stage.run(seconds: 70)
        let first = SyncShown(desk.json(desk.socket("POST", "/v1/links/\(link)/sync")))
        #expect(first?.answer == .due)
        let waited = LinkShown(desk.json(desk.socket("GET", "/v1/links/\(link)?wait=30s")))
        #expect(waited?.isUnderWay == false)
        #expect(waited?.condition == "ok")
        let second = SyncShown(desk.json(desk.socket("POST", "/v1/links/\(link)/sync")))
        #expect(second?.answer == .tooSoon)
        #expect(second?.again != nil)
        let all = desk.json(desk.socket("POST", "/v1/sync"))["links"]?.array?.compactMap(SyncShown.init)
        #expect(all?.map(\.link) == [link])
    }

    @Test("waiting for a link that nobody answers ends when the time is up")
    func wait() {
        let started = LinkStarted(desk.json(desk.socket("POST", "/v1/links", body: ["provider": "skyways"])))
        let before = desk.stage.now
        let shown = LinkShown(desk.json(desk.socket("GET", "/v1/links/\(started?.link ?? "")?wait=5s")))
        #expect(shown?.state == "linking")
        #expect(desk.stage.now.milliseconds(since: before) >= 5000)
    }

    @Test("unlink: the receipt says what the provider answered, and the link is gone")
    func unlink() {
        let link = desk.linked()
        let receipt = ReceiptShown(desk.json(desk.socket("DELETE", "/v1/links/\(link)")))
        #expect(receipt?.answer == "revoked")
        #expect(desk.socket("GET", "/v1/links/\(link)").status == 404)
        #expect(desk.json(desk.socket("GET", "/v1/links"))["links"]?.array == [])
    }

    @Test("sealed: status answers, the rest says why and that nothing is lost")
    func sealed() {
        let desk = Desk(sealed: "the key file is not there")
        #expect(StatusShown(desk.json(desk.socket("GET", "/v1/status")))?.sealed == "the key file is not there")
        #expect(desk.socket("GET", "/v1/providers").status == 200)
        let response = desk.socket("GET", "/v1/accounts")
        #expect(response.status == 503)
        #expect(Problem(desk.json(response))?.kind == .sealed)
        #expect(Problem(desk.json(response))?.detail?.contains("nothing is lost") == true)
        #expect(desk.tcp("GET", "/readyz").status == 503)
        #expect(desk.tcp("GET", "/healthz").status == 200)
    }
}
