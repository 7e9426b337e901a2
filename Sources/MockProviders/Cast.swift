internal import Wire

/// The people of one pretended provider: `mock/members.json`.
struct Cast: Sendable {
    let dayZero: CivilDate
    let people: [Person]
    private let crowd: Crowd?

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(json, at: "members.json", knows: ["dayZero", "refPrefix", "moves", "people", "seeded"])
        guard let day = CivilDate(iso: try shape.text("dayZero")) else { throw shape.problem("dayZero", "a date") }
        dayZero = day
        var catalogue: [String: [Move]] = [:]
        for group in try shape.members("moves") {
            guard let items = group.value.array else { throw shape.problem("moves", "each is a list of moves") }
            var moves: [Move] = []
            for (index, item) in items.enumerated() {
                moves.append(try Move(item, at: "members.json/moves/\(group.name)/\(index)"))
            }
            catalogue[group.name] = moves
        }
        let prefix = try shape.optionalText("refPrefix") ?? ""
        var people: [Person] = []
        for (index, item) in try shape.list("people").enumerated() {
            people.append(try Person(item, at: "members.json/people/\(index)", catalogue, prefix))
        }
        guard Set(people.map(\.subject)).count == people.count else {
            throw shape.problem("people", "two people share a subject")
        }
        self.people = people
        crowd = try shape["seeded"].map { json throws(MockProblem) in
            try Crowd(json, at: "members.json/seeded", catalogue, prefix)
        }
    }

    /// More people than the hand-written ones; the n-th is the same for the same seed, however many there are.
    func seededPeople(_ count: Int, seed: UInt64) -> [Person] {
        guard let crowd, count > 0 else { return [] }
        return (1...count).map { crowd.person($0, seed: seed) }
    }
}

/// How people are made that nobody wrote by hand.
private struct Crowd: Sendable {
    private let subjectPrefix: String
    private let first: [String]
    private let last: [String]
    private let numberPrefix: String
    private let facts: [JSONObject]
    private let accounts: [AccountPlan]
    private let vouchers: [MockVoucher]

    init(_ json: JSON, at place: String, _ catalogue: [String: [Move]], _ prefix: String) throws(MockProblem) {
        let shape = try Shape(
            json, at: place, knows: ["subjectPrefix", "first", "last", "numberPrefix", "facts", "accounts", "vouchers"])
        subjectPrefix = try shape.text("subjectPrefix")
        first = try shape.texts("first") ?? []
        last = try shape.texts("last") ?? []
        numberPrefix = try shape.text("numberPrefix")
        facts = try shape.list("facts").compactMap(\.object)
        guard !first.isEmpty, !last.isEmpty, !facts.isEmpty else {
            throw shape.problem("", "first, last and facts need at least one each")
        }
        accounts = try AccountPlan.all(shape["accounts"], at: place + "/accounts", catalogue, prefix)
        vouchers = try MockVoucher.all(shape)
    }

    func person(_ number: Int, seed: UInt64) -> Person {
        var draw = Seeded("\(subjectPrefix)\(number)", seed: seed)
        // The running number stands at the end, so that no two are alike.
        let digits = String(number)
        let tail = String(repeating: "0", count: max(0, 7 - digits.utf8.count)) + digits
        let membership = Membership(
            number: numberPrefix + String(draw.number(in: 10000...99999)) + tail, facts: draw.one(of: facts),
            accounts: accounts, vouchers: vouchers)
        let (first, last) = (draw.one(of: first), draw.one(of: last))
        let subject = subjectPrefix + digits
        return Person(
            subject: subject, first: first, last: "\(last) \(digits)", email: "\(subject)@members.example",
            memberships: [membership])
    }
}
