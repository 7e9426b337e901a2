import PurserEngine
import PurserSimulation
import Testing
import Wire

/// A day at one of the providers that ship: a stage, what a test does there, and what it can see.
struct Day {
    let name: String
    let stage: Stage

    init(_ name: String, seed: Int) {
        self.init(Shipped.provider(name), seed: seed)
    }

    /// - Parameter people: so many members beside the folder's own.
    init(_ provider: SimulatedProvider, seed: Int, people: Int = 3) {
        name = provider.folder.name
        stage = Stage(seed: UInt64(seed), providers: [provider], runner: MemoryRunner(), people: people)
        stage.run(seconds: 1)
    }

    private final class Kept: @unchecked Sendable {
        // Ownership: the one thread of the stage.
        var form = Form()
    }

    /// A response to the first member's link that was kept back on its way, after so long.
    func keptBack(seconds: Int64) -> Form {
        let kept = Kept()
        stage.link(
            member: 0,
            tamper: { form in
                kept.form = form
                return []
            })
        stage.run(seconds: seconds)
        return kept.form
    }

    /// How many starts found an answer that had been kept, and made something of it.
    var settledAtStart: Int {
        stage.logLines.count { $0.contains("unfinished spends") && $0.contains("settled=1") }
    }

    // What this provider is like

    private var authorization: Manifest.Authorization { stage.manifest().authorization }
    /// How often a link is pulled; in truth a tenth more or less.
    var every: Int64 { stage.manifest().schedule.everySeconds }
    var rotates: Bool { authorization.rotation != .none }
    /// Where ID tokens come from is what says who was linked; elsewhere a request is.
    var hasIDToken: Bool { authorization.scopes.contains("openid") }
    /// Whether endpoints are looked up, or stand in the manifest.
    var isDiscovered: Bool { if case .none = authorization.discovery { false } else { true } }

    /// The answer that everything hangs on, and where in it the first spendable balance stands.
    var essential: (path: String, amount: String) {
        switch name {
        case "grandstay": ("/api/v1/guest", "/programmes/0/accounts/0/wallet/0/available")
        case "brewhaus": ("/v1/card", "/money/amount")
        case "marketplus": ("/v3/household", "/cards/0/cashback/cents")
        default: ("/v2/me", "/memberships/0/miles")
        }
    }

    /// The first member's ledger, the list in its answers, and what says which page.
    var ledger: (path: String, list: String, page: String) {
        switch name {
        case "grandstay": ("/api/v1/accounts/a-88120/ledger", "/lines", "after")
        case "brewhaus": ("/v1/activity", "/rows", "page")
        case "marketplus": ("/v3/cards/MP-448-2210-7/receipts", "", "before")
        default: ("/v2/members/4402917765001234/activity", "/items", "cursor")
        }
    }

    /// What is asked to learn who was linked.
    var identity: JSON {
        switch name {
        case "grandstay": ["endpoint": "api", "path": "/api/v1/guest"]
        case "brewhaus": ["endpoint": "api", "path": "/v1/whoami"]
        default: ["endpoint": "jwks"]
        }
    }

    // What a person does

    /// Links as a member and waits; how it ended. Not watched: an answer that brings tokens nobody can use is dropped.
    @discardableResult
    func link(
        _ member: Int = 0, allows: Bool = true, pause: Int64 = 500, callback: String? = nil, isWatched: Bool = true,
        tamper: @escaping @Sendable (Form) -> [Form] = { [$0] }
    ) -> [LinkEnding] {
        let endings = Endings()
        stage.link(
            member: member, allows: allows, pauseMilliseconds: pause, callback: callback, tamper: tamper,
            done: { endings.all.append($0) })
        stage.run(seconds: 60 + pause / 1000)
        #expect(stage.violations().isEmpty)
        if isWatched { #expect(stage.watchViolations.isEmpty) }
        return endings.all
    }

    private final class Endings: @unchecked Sendable {
        // Ownership: the stage's one thread.
        var all: [LinkEnding] = []
    }

    /// Asks for a pull and waits for it.
    func pull(seconds: Int64 = 200) {
        let id = first?.id
        stage.act { door in if let id { _ = try? await door.requestPull(.first, id) } }
        stage.run(seconds: seconds)
    }

    // What can be seen

    var first: Link? { stage.links().first }
    var only: Link? { stage.links().count == 1 ? stage.links().first : nil }
    /// How often an endpoint was called.
    func calls(_ endpoint: String) -> Int { stage.calls(endpoint) }
    /// How often the answer that everything hangs on was given, or something in its stead but a gateway's.
    var asked: Int {
        stage.requests.count { $0.contains("GET \(essential.path) ") && !$0.hasSuffix(" 502") }
    }

    /// How often it was given whole, or confirmed.
    var answered: Int {
        stage.requests.count { $0.hasSuffix("GET \(essential.path) 200") || $0.hasSuffix("GET \(essential.path) 304") }
    }

    func events(_ what: String, _ kind: String) -> Int {
        stage.mockLedger["events"]?.array?.count { $0["what"]?.string == what && $0["kind"]?.string == kind } ?? 0
    }

    /// The first spendable balance.
    var balance: JSON? {
        stage.accounts()?["accounts"]?.array?.first { $0["balance"]?["type"]?.string == "redeemable" }?["balance"]
    }

    var amount: String? { balance?["amount"]?.string }
    var grant: TokenVersion? {
        first.flatMap { link in try? stage.read { reads throws(StoreError) in try reads.grant(.first, link.id) } }
            ?? nil
    }

    /// The link's accounts as they are kept.
    var accounts: [Account] {
        guard let id = first?.id else { return [] }
        let found = try? stage.read { reads throws(StoreError) in try reads.ledger(.first, id).accounts }
        return found ?? []
    }

    var spendable: [Account] { accounts.filter { $0.type == "redeemable" && $0.amount.amount != nil } }

    func entries(_ account: Account) -> [Entry] {
        let found = try? stage.read { reads throws(StoreError) in
            try reads.entries(.first, account.id, before: nil, limit: 10_000)
        }
        return found ?? []
    }

    func open() -> UnfinishedSpend? {
        (try? stage.read { reads throws(StoreError) in try reads.unfinishedSpends() })?.first
    }

    var receipts: [Receipt] {
        (try? stage.read { reads throws(StoreError) in try reads.receipts(.first) }) ?? []
    }

    /// Nothing that must hold is broken, now or on the way.
    func expectSound(_ comment: Comment? = nil, _ place: SourceLocation = #_sourceLocation) {
        #expect(stage.violations().isEmpty, comment, sourceLocation: place)
        #expect(stage.watchViolations.isEmpty, comment, sourceLocation: place)
    }
}

/// A provider's name and a number: what a crowd of cases is made of.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let number: Int
    var testDescription: String { "\(name) \(number)" }

    static func all(_ numbers: ClosedRange<Int>, at names: [String] = Shipped.names) -> [Case] {
        names.flatMap { name in numbers.map { Case(name: name, number: $0) } }
    }
}
