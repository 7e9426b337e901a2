internal import Wire

/// One kind of thing that happens to an account again and again.
struct Move: Sendable {
    let type: String
    let days: ClosedRange<Int>
    /// In the smallest step: `decimals` says where the point stands.
    let amount: ClosedRange<Int>
    let decimals: Int
    let isSpending: Bool
    let texts: [String]
    /// Moves of different accounts that happen at the same times carry the same word here.
    let together: String?

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(
            json, at: place, knows: ["type", "everyDays", "amount", "decimals", "spends", "texts", "together"])
        type = try shape.text("type")
        days = try Self.range(shape, "everyDays", atLeast: 1)
        amount = try Self.range(shape, "amount", atLeast: 0)
        decimals = try shape.int("decimals", in: 0...9) ?? 0
        isSpending = try shape.bool("spends", default: false)
        texts = try shape.texts("texts") ?? []
        if texts.isEmpty { throw shape.problem("texts", "at least one is needed") }
        together = try shape.optionalText("together")
    }

    private static func range(_ shape: Shape, _ name: String, atLeast least: Int) throws(MockProblem) -> ClosedRange<
        Int
    > {
        let ends = try shape.list(name).compactMap(\.int)
        guard ends.count == 2, ends[0] >= least, ends[1] >= ends[0], ends[1] < 1 << 40 else {
            throw shape.problem(name, "two whole numbers, from and to")
        }
        return ends[0]...ends[1]
    }
}

/// How one account began and how it moves.
struct AccountPlan: Sendable {
    /// Something that happened at noon of a day before day 0.
    struct Past: Sendable {
        let day: Int
        let type: String
        /// Negative where something was spent.
        let amount: ExactDecimal
        let text: String
    }

    /// What earned lots end by: so many months after, at the end of that month.
    struct Expiry: Sendable {
        let months: Int
        let type: String
        let text: String
    }

    let name: String
    let refPrefix: String
    let history: [Past]
    let moves: [Move]
    /// The day, counted from day 0, from which moves happen.
    let movesFrom: Int
    let expiry: Expiry?
    /// Members shown otherwise than they are: hidden, null.
    private let shown: JSONObject
    /// Members that are not shown at all.
    private let absent: [String]

    static func all(
        _ json: JSON?, at place: String, _ catalogue: [String: [Move]], _ prefix: String
    ) throws(MockProblem) -> [AccountPlan] {
        guard let object = json?.object else { throw MockProblem(place: place, words: "an object is needed here") }
        var out: [AccountPlan] = []
        for member in object.members {
            out.append(try AccountPlan(member.name, member.value, at: place + "/" + member.name, catalogue, prefix))
        }
        return out
    }

    private init(
        _ name: String, _ json: JSON, at place: String, _ catalogue: [String: [Move]], _ prefix: String
    ) throws(MockProblem) {
        let shape = try Shape(
            json, at: place, knows: ["history", "moves", "movesFrom", "expiry", "shown", "absent"])
        self.name = name
        refPrefix = prefix
        var history: [Past] = []
        for (index, item) in try shape.list("history").enumerated() {
            let past = try Shape(item, at: place + "/history/\(index)", knows: ["day", "type", "amount", "text"])
            guard let day = try past.int("day", in: -20_000...(-1)), let amount = ExactDecimal(try past.text("amount"))
            else {
                throw past.problem("", "a day before day 0 and an amount as text are needed")
            }
            history.append(Past(day: day, type: try past.text("type"), amount: amount, text: try past.text("text")))
        }
        self.history = history
        var moves: [Move] = []
        for group in try shape.texts("moves") ?? [] {
            guard let more = catalogue[group] else {
                throw shape.problem("moves", "there are no moves called \(group)")
            }
            moves += more
        }
        self.moves = moves
        movesFrom = try shape.int("movesFrom", in: -3660...3660) ?? 0
        if let expiry = shape["expiry"] {
            let inner = try Shape(expiry, at: place + "/expiry", knows: ["months", "type", "text"])
            guard let months = try inner.int("months", in: 1...600) else { throw inner.problem("months", "needed") }
            self.expiry = Expiry(months: months, type: try inner.text("type"), text: try inner.text("text"))
        } else {
            expiry = nil
        }
        shown = JSONObject(try shape.members("shown").map { ($0.name, $0.value) })
        absent = try shape.texts("absent") ?? []
    }

    /// A state as the templates see it.
    func shown(_ state: AccountState) -> JSON {
        var out = state.json(of: name)
        for member in shown.members { out[member.name] = member.value }
        for name in absent { out[name] = nil }
        return .object(out)
    }
}
