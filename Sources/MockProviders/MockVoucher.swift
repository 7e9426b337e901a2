internal import Wire

/// A certificate or coupon of a membership: there from one day, until another, or until it is used.
struct MockVoucher: Sendable {
    private let id: String
    private let title: String
    private let code: String?
    private let amount: JSON?
    /// Days from day 0: the first, the last one it is good on, and the one on which it is used.
    private let from: Int
    private let until: Int?
    private let used: Int?

    init(_ json: JSON, at place: String) throws(MockProblem) {
        let shape = try Shape(json, at: place, knows: ["id", "title", "code", "amount", "from", "until", "used"])
        id = try shape.text("id")
        title = try shape.text("title")
        code = try shape.optionalText("code")
        amount = try shape.optionalText("amount").map { text throws(MockProblem) in
            guard let amount = ExactDecimal(text) else { throw shape.problem("amount", "a decimal number as text") }
            return .number(JSONNumber(amount))
        }
        let days = -20_000...20_000
        from = try shape.int("from", in: days) ?? days.lowerBound
        until = try shape.int("until", in: days)
        used = try shape.int("used", in: days)
    }

    static func all(_ shape: Shape) throws(MockProblem) -> [MockVoucher] {
        var out: [MockVoucher] = []
        for (index, item) in try shape.list("vouchers").enumerated() {
            out.append(try MockVoucher(item, at: shape.place + "/vouchers/\(index)"))
        }
        return out
    }

    /// As the templates see it; nil on days when it is not there.
    func truth(dayZero: CivilDate, today: CivilDate) -> JSON? {
        let day = today.epochDay - dayZero.epochDay
        guard day >= from, until.map({ day <= $0 }) ?? true, used.map({ day < $0 }) ?? true else { return nil }
        var out = JSONObject([("id", .string(id)), ("title", .string(title))])
        out["code"] = code.map { .string($0) }
        out["amount"] = amount
        out["until"] = until.map { .string(dayZero.adding(days: $0).iso) } ?? .null
        return .object(out)
    }
}
