internal import Wire

/// A resource owner at a pretended provider, with every membership behind that login.
struct Person: Sendable {
    let subject: String
    let first: String
    let last: String
    let email: String
    let memberships: [Membership]

    var name: String { last.isEmpty ? first : "\(first) \(last)" }

    init(subject: String, first: String, last: String, email: String, memberships: [Membership]) {
        self.subject = subject
        self.first = first
        self.last = last
        self.email = email
        self.memberships = memberships
    }

    init(
        _ json: JSON, at place: String, _ catalogue: [String: [Move]], _ prefix: String
    ) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["subject", "first", "last", "email", "memberships"])
        var memberships: [Membership] = []
        for (index, item) in try shape.list("memberships").enumerated() {
            memberships.append(try Membership(item, at: place + "/memberships/\(index)", catalogue, prefix))
        }
        self.init(
            subject: try shape.text("subject"), first: try shape.text("first"),
            last: try shape.optionalText("last") ?? "", email: try shape.optionalText("email") ?? "",
            memberships: memberships)
    }

    /// All that is true of the member at a time: what the routes' templates are filled from.
    func truth(epoch: Instant, now: Instant, seed: UInt64) -> Truth {
        let parts = memberships.map { $0.truth(epoch: epoch, now: now, seed: seed) }
        let lasting = JSONObject([
            ("subject", .string(subject)), ("first", .string(first)), ("last", .string(last)), ("name", .string(name)),
            ("email", .string(email)), ("today", .string(now.date.iso)), ("memberships", .array(parts.map(\.json))),
        ])
        return Truth(lasting: lasting, until: parts.map(\.until).min() ?? Instant(now.date.adding(days: 1)))
    }
}

/// What is true of a member, and until when nothing of it changes but the time.
struct Truth: Sendable, Hashable {
    private let lasting: JSONObject
    let until: Instant

    fileprivate init(lasting: JSONObject, until: Instant) {
        self.lasting = lasting
        self.until = until
    }

    func json(at now: Instant) -> JSON {
        var out = lasting
        out["now"] = .string(now.rfc3339)
        return .object(out)
    }
}

/// One membership: its number, plain facts for the templates (tier, joined, …), and accounts that move.
struct Membership: Sendable {
    let number: String
    let facts: JSONObject
    let accounts: [AccountPlan]
    let vouchers: [MockVoucher]

    init(number: String, facts: JSONObject, accounts: [AccountPlan], vouchers: [MockVoucher]) {
        self.number = number
        self.facts = facts
        self.accounts = accounts
        self.vouchers = vouchers
    }

    init(
        _ json: JSON, at place: String, _ catalogue: [String: [Move]], _ prefix: String
    ) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["number", "facts", "accounts", "vouchers"])
        var facts = JSONObject()
        for fact in try shape.members("facts") {
            guard !["number", "accounts", "vouchers"].contains(fact.name) else {
                throw shape.problem("facts", "number, accounts and vouchers are taken")
            }
            facts[fact.name] = fact.value
        }
        self.init(
            number: try shape.text("number"), facts: facts,
            accounts: try AccountPlan.all(shape["accounts"], at: place + "/accounts", catalogue, prefix),
            vouchers: try MockVoucher.all(shape))
    }

    fileprivate func truth(epoch: Instant, now: Instant, seed: UInt64) -> (json: JSON, until: Instant) {
        var out = facts
        out["number"] = .string(number)
        // Lots and vouchers end with a day.
        var until = Instant(now.date.adding(days: 1))
        var shown = JSONObject()
        for plan in accounts {
            let state = plan.state(of: number, epoch: epoch, now: now, seed: seed)
            until = min(until, state.nextWish ?? until)
            shown[plan.name] = plan.shown(state)
        }
        out["accounts"] = .object(shown)
        out["vouchers"] = .array(vouchers.compactMap { $0.truth(dayZero: epoch.date, today: now.date) })
        return (.object(out), until)
    }
}
