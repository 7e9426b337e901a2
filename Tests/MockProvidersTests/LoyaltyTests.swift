import Testing
import Wire

@testable import MockProviders

@Suite("The loyalty API of a mock")
struct LoyaltyTests {
    @Test(
        "balance, ledger and lots agree for everybody on every day", arguments: [0, 1, 30, 59, 60, 200, 365, 800, 1500])
    func invariant(_ day: Int64) throws {
        let desk = try Desk(people: 25, daysLater: day)
        #expect(desk.provider.people.count == 30)
        for person in desk.provider.people {
            for membership in person.memberships {
                for plan in membership.accounts {
                    let state = plan.state(of: membership.number, epoch: desk.provider.epoch, now: desk.now, seed: 7)
                    let lines = state.lines.reduce(ExactDecimal.zero) { $0.adding($1.amount)! }
                    let lots = state.lots.reduce(ExactDecimal.zero) { $0.adding($1.left)! }
                    #expect(state.balance == lines, "\(person.name)")
                    #expect(state.balance == lots, "\(person.name)")
                    #expect(!state.balance.isNegative)
                    #expect(state.lines.map(\.posted) == state.lines.map(\.posted).sorted())
                    #expect(Set(state.lines.map(\.ref)).count == state.lines.count)
                    #expect(state.lots.allSatisfy { $0.until.map { $0 >= desk.now.date } ?? true })
                }
            }
        }
    }

    @Test("a ledger only ever grows at its end")
    func appendOnly() throws {
        let desk = try Desk(people: 5)
        for person in desk.provider.people {
            let membership = person.memberships[0]
            let plan = membership.accounts[0]
            var before: [LedgerLine] = []
            for day in stride(from: Int64(0), through: 900, by: 17) {
                let now = desk.provider.epoch.adding(seconds: day * 86_400)
                let lines = plan.state(of: membership.number, epoch: desk.provider.epoch, now: now, seed: 7).lines
                #expect(lines.starts(with: before))
                before = lines
            }
            #expect(before.count > 20)
        }
    }

    @Test("the truth is a function of seed, member and time")
    func pure() throws {
        let desk = try Desk(people: 2, daysLater: 300)
        let (ada, epoch) = (desk.provider.people[0], desk.provider.epoch)
        #expect(ada.truth(epoch: epoch, now: desk.now, seed: 7) == ada.truth(epoch: epoch, now: desk.now, seed: 7))
        #expect(ada.truth(epoch: epoch, now: desk.now, seed: 7) != ada.truth(epoch: epoch, now: desk.now, seed: 8))
    }

    @Test("seeded people are the same however many there are")
    func crowd() throws {
        let (few, many) = (try Desk(people: 3), try Desk(people: 50))
        #expect(few.provider.people[7].name == many.provider.people[7].name)
        #expect(few.provider.people[7].memberships[0].number == many.provider.people[7].memberships[0].number)
        #expect(Set(many.provider.people.flatMap { $0.memberships.map(\.number) }).count == 56)
    }

    @Test("on day zero Ada has what was written of her, with every line of her past")
    func dayZero() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let me = try desk.get("/v2/me", bearer: tokens.access).json()
        let membership = try #require(me["memberships"]?[0])
        #expect(me["last"] == "Lindqvist")
        #expect(membership["number"] == "4402917765001234")
        #expect(membership["miles"] == 61200)
        #expect(membership["status"] == "SLV")
        #expect(membership["statusUntil"] == "2027-03-31")
        #expect(membership["tierPoints"] == 410)
        #expect(membership["alliance"]?["status"] == "RBY")
        #expect(membership["lots"]?[0]?["valid"] == "2026-02-28")
        #expect(membership["lots"]?[0]?["miles"] == 4000)
    }

    @Test(
        "the ways a balance is shown: exact beyond 2^53, hidden, null",
        arguments: [
            ("sw-1005", "9007199254752193"), ("sw-1003", "\"***\""), ("sw-1004", "null"),
        ])
    func shown(_ member: String, _ text: String) throws {
        var desk = try Desk()
        let tokens = try desk.link(member: member)
        let me = try desk.get("/v2/me", bearer: tokens.access).json()
        #expect(me["memberships"]?[0]?["miles"]?.text == text)
    }

    @Test("one login may hold two memberships, each with its own ledger")
    func two() throws {
        var desk = try Desk(daysLater: 100)
        let tokens = try desk.link(member: "sw-1002")
        let numbers = try desk.get("/v2/me", bearer: tokens.access).json()["memberships"]?.array?.compactMap {
            $0["number"]?.string
        }
        #expect(numbers == ["9007199254740993", "9007199254740995"])
        let ledgers = try #require(numbers).map { desk.get("/v2/members/\($0)/activity", bearer: tokens.access) }
        #expect(ledgers.map(\.status) == [200, 200])
        #expect(ledgers[0].body != ledgers[1].body)
    }

    @Test("walking the pages gives the whole ledger once, newest first, and it sums to the balance")
    func paging() throws {
        var desk = try Desk(daysLater: 700)
        var tokens = try desk.link()
        let balance = try desk.get("/v2/me", bearer: tokens.access).json()["memberships"]?[0]?["miles"]?.decimal
        var items: [JSON] = []
        var cursor: String?
        var pages = 0
        repeat {
            let query = cursor.map { "?cursor=" + URI.percentEncode($0) } ?? ""
            let page = try desk.get("/v2/members/4402917765001234/activity" + query, bearer: tokens.access).json()
            let more = try #require(page["items"]?.array)
            #expect(more.count <= 20)
            items += more
            cursor = page["page"]?["next"]?.string
            pages += 1
            // What comes in meanwhile stands before the pages still to come and shifts nothing.
            desk.wait(1)
            if pages == 2 {
                desk.wait(40 * 86_400)
                tokens = try desk.link()
            }
        } while cursor != nil && pages < 50
        #expect(pages >= 3)
        #expect(Set(items.compactMap { $0["ref"]?.string }).count == items.count)
        let posted = items.compactMap { $0["posted"]?.string.flatMap { Instant(rfc3339: $0) } }
        #expect(posted == posted.sorted(by: >))
        let sum = items.reduce(ExactDecimal.zero) { sum, item in
            let amount = item["miles"]?.decimal ?? .zero
            return sum.adding(["RED", "EXP"].contains(item["type"]?.string) ? amount.negated : amount) ?? .zero
        }
        #expect(sum == balance)
    }

    @Test("since cuts the ledger by date or time, and nonsense is a 400")
    func since() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let path = "/v2/members/4402917765001234/activity"
        func count(_ query: String) throws -> Int {
            try desk.get(path + query, bearer: tokens.access).json()["items"]?.array?.count ?? -1
        }
        #expect(try count("") == 10)
        #expect(try count("?since=2025-11-01") == 2)
        #expect(try count("?since=2025-11-02T10:00:00Z") == 1)
        #expect(try count("?since=2026-01-01") == 0)
        for query in ["?since=yesterday", "?cursor=!", "?cursor=bm9ib2R5", "?cursor=%zz"] {
            #expect(desk.get(path + query, bearer: tokens.access).status == 400, "\(query)")
        }
    }

    @Test("no token is 401 without an error, a dead one 401 invalid_token, a narrow one 403 with the scope named")
    func bearer() throws {
        var desk = try Desk()
        let bare = desk.get("/v2/me")
        #expect(bare.status == 401)
        #expect(bare.headers["WWW-Authenticate"] == "Bearer realm=\"skyways\"")
        let dead = desk.get("/v2/me", bearer: "at_made-up")
        #expect(dead.status == 401)
        let challenge = HeaderGrammar.challenges(dead.headers["WWW-Authenticate"] ?? "")?.first
        #expect(challenge?.parameters["error"] == "invalid_token")
        let narrow = try desk.link(Desk.request([("scope", "openid")]))
        let refused = desk.get("/v2/me", bearer: narrow.access)
        #expect(refused.status == 403)
        let named = HeaderGrammar.challenges(refused.headers["WWW-Authenticate"] ?? "")?.first
        #expect(named?.parameters["error"] == "insufficient_scope")
        #expect(named?.parameters["scope"] == "loyalty.read")
        let tokens = try desk.link()
        #expect(desk.get("/v2/me", bearer: tokens.refresh).status == 401)
        #expect(desk.get("/v2/me?access_token=" + tokens.access).status == 401)
    }

    @Test(
        "another member's ledger, an unknown path and another method are refused",
        arguments: [
            ("GET", "/v2/members/9007199254740993/activity", 404), ("GET", "/v2/members/1/activity", 404),
            ("GET", "/v2/nothing", 404), ("GET", "/elsewhere", 404), ("DELETE", "/v2/me", 405),
        ])
    func elsewhere(_ method: String, _ path: String, _ status: Int) throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let request = HTTPRequest(method, path, headers: ["Authorization": "Bearer " + tokens.access])
        #expect(desk.send(request).response.status == status)
    }
}
