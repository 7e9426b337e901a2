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
    func truth(epoch: Instant, now: Instant, seed: UInt64) -> JSON {
        [
            "subject": .string(subject), "first": .string(first), "last": .string(last), "name": .string(name),
            "email": .string(email), "now": .string(now.rfc3339), "today": .string(now.date.iso),
            "memberships": .array(memberships.map { $0.truth(epoch: epoch, now: now, seed: seed) }),
        ]
    }
}

/// One membership: its number, plain facts for the templates (tier, joined, …), and accounts that move.
struct Membership: Sendable {
    let number: String
    let facts: JSONObject
    let accounts: [AccountPlan]

    init(number: String, facts: JSONObject, accounts: [AccountPlan]) {
        self.number = number
        self.facts = facts
        self.accounts = accounts
    }

    init(
        _ json: JSON, at place: String, _ catalogue: [String: [Move]], _ prefix: String
    ) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["number", "facts", "accounts"])
        var facts = JSONObject()
        for fact in try shape.members("facts") {
            guard fact.name != "number", fact.name != "accounts" else {
                throw shape.problem("facts", "number and accounts are taken")
            }
            facts[fact.name] = fact.value
        }
        self.init(
            number: try shape.text("number"), facts: facts,
            accounts: try AccountPlan.all(shape["accounts"], at: place + "/accounts", catalogue, prefix))
    }

    func truth(epoch: Instant, now: Instant, seed: UInt64) -> JSON {
        var out = facts
        out["number"] = .string(number)
        out["accounts"] = .object(
            JSONObject(
                accounts.map { plan in
                    (plan.name, plan.shown(plan.state(of: number, epoch: epoch, now: now, seed: seed)))
                }))
        return .object(out)
    }
}
