internal import Wire

/// How a value of the truth is written in an answer, where a provider writes it otherwise than the truth does: the
/// `form` of a template's hole. Moments and days as text or number, amounts as text; what does not fit stays as it is.
struct WrittenForm: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        case epoch
        case epochMilliseconds = "epoch-ms"
        case day = "yyyy-MM-dd"
        case month = "yyyy-MM"
        case german = "dd.MM.yyyy"
        /// `2026-W09` (ISO 8601).
        case isoWeek = "iso-week"
        /// `12.50`, as text.
        case text
        /// `12,50`, as text.
        case comma
        /// `1250`: whole smallest steps, as a number.
        case minor
    }

    /// Members of a template's hole that say how.
    static let names = ["form", "offset", "decimals", "group"]

    private let kind: Kind
    /// What is added to a moment before its day is told: days begin somewhere.
    private let offsetSeconds: Int64
    private let decimals: Int
    private let group: String

    /// Nil when the hole says nothing of the kind, or something that is not understood.
    init?(_ hole: JSONObject) {
        guard let kind = hole["form"]?.string.flatMap(Kind.init) else { return nil }
        self.kind = kind
        let offset = hole["offset"]?.string ?? "Z"
        guard let minutes = Instant.offsetMinutes(Array(offset.utf8)[...]) else { return nil }
        offsetSeconds = Int64(minutes) * 60
        decimals = hole["decimals"]?.int ?? 0
        group = hole["group"]?.string ?? ""
        guard (0...9).contains(decimals) else { return nil }
    }

    func written(_ value: JSON) -> JSON {
        if let amount = value.decimal { return written(amount) ?? value }
        guard let text = value.string else { return value }
        if let moment = Instant(rfc3339: text) { return written(moment, moment.adding(seconds: offsetSeconds).date) }
        return CivilDate(iso: text).map { written(Instant($0), $0) } ?? value
    }

    private func written(_ moment: Instant, _ day: CivilDate) -> JSON {
        let parts = day.iso.split(separator: "-")
        switch kind {
        case .epoch: return .int(moment.seconds)
        case .epochMilliseconds: return .int(moment.milliseconds)
        case .month: return .string("\(parts[0])-\(parts[1])")
        case .isoWeek: return .string(Self.week(of: day))
        case .german: return .string("\(parts[2]).\(parts[1]).\(parts[0])")
        case .day, .text, .comma, .minor: return .string(day.iso)
        }
    }

    /// A week belongs to the year that has its Thursday.
    private static func week(of day: CivilDate) -> String {
        let thursday = day.adding(days: 3 - day.weekday)
        guard let first = CivilDate(year: thursday.year, month: 1, day: 1) else { return day.iso }
        let number = (thursday.epochDay - first.epochDay) / 7 + 1
        return "\(thursday.year)-W" + (number < 10 ? "0" : "") + "\(number)"
    }

    private func written(_ amount: ExactDecimal) -> JSON? {
        switch kind {
        case .text: return .string(grouped(amount, point: "."))
        case .comma: return .string(grouped(amount, point: ","))
        case .minor: return amount.scaled(decimals).map { .number(JSONNumber($0)) }
        case .epoch, .epochMilliseconds, .day, .month, .german, .isoWeek: return nil
        }
    }

    private func grouped(_ amount: ExactDecimal, point: String) -> String {
        let parts = amount.magnitude.text(fractionDigits: decimals).split(separator: ".")
        var whole = ""
        for (index, digit) in parts[0].enumerated() {
            if index > 0, (parts[0].count - index) % 3 == 0 { whole += group }
            whole.append(digit)
        }
        return (amount.isNegative ? "-" : "") + whole + (parts.count == 2 ? point + parts[1] : "")
    }
}
