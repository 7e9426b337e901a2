import Wire

/// The forms of a date that a mapping may name. All give `yyyy-MM-dd` or an RFC 3339 time in UTC.
enum DateFormat: String, Sendable, CaseIterable {
    case rfc3339
    case day = "yyyy-MM-dd"
    case month = "yyyy-MM"
    case german = "dd.MM.yyyy"
    case epoch
    case epochMilliseconds = "epoch-ms"
    case isoWeek = "iso-week"

    /// How long what it names lasts, in seconds; 0: it names a moment.
    var spanSeconds: Int64 {
        switch self {
        case .rfc3339, .epoch, .epochMilliseconds: 0
        case .day, .german: 86_400
        case .isoWeek: 7 * 86_400
        case .month: 31 * 86_400
        }
    }

    func read(_ json: JSON, zone: Zone?, last: Bool) -> String? {
        guard let text = FieldText.of(json) else { return nil }
        switch self {
        case .rfc3339: return Instant(rfc3339: text)?.rfc3339
        case .epoch: return seconds(text).map { Instant(seconds: $0).rfc3339 }
        case .epochMilliseconds: return seconds(text).map { Instant(milliseconds: $0).rfc3339 }
        case .day: return CivilDate(iso: text)?.iso
        case .month:
            guard let first = CivilDate(iso: text + "-01") else { return nil }
            guard last else { return first.iso }
            return CivilDate(
                year: first.year, month: first.month, day: CivilDate.days(inMonth: first.month, of: first.year))?.iso
        case .german:
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].count == 2, parts[1].count == 2, parts[2].count == 4 else { return nil }
            return CivilDate(iso: "\(parts[2])-\(parts[1])-\(parts[0])")?.iso
        case .isoWeek: return CivilDate(isoWeek: text, last: last)?.iso
        }
    }

    private func seconds(_ text: String) -> Int64? {
        // 1.7e9 is a number of seconds too.
        guard let plain = ExactDecimal(text)?.text, let whole = Int64(plain.prefix { $0 != "." }),
            whole.magnitude < 1 << 52
        else { return nil }
        return whole
    }
}

/// A date that a field gave, as a moment or a day, seen in the provider's zone.
enum FieldDate {
    /// Midnight in the zone where only a day is known.
    static func instant(_ text: String, _ zone: Zone?) -> Instant? {
        if let instant = Instant(rfc3339: text) { return instant }
        guard let day = CivilDate(iso: text) else { return nil }
        return zone?.midnight(of: day) ?? Instant(day)
    }

    static func day(_ text: String, _ zone: Zone?) -> CivilDate? {
        if let day = CivilDate(iso: text) { return day }
        guard let instant = Instant(rfc3339: text) else { return nil }
        return instant.adding(seconds: zone?.offsetSeconds(at: instant) ?? 0).date
    }
}
