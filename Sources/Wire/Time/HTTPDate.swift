// HTTP's dates (RFC 9110 5.6.7): one form is written, three are read.

extension Instant {
    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Mon, 23 Nov 2026 09:30:00 GMT`.
    public var httpDate: String {
        let day = date
        let clock = rfc3339.dropFirst(11).prefix(8)
        return "\(Self.weekdays[day.weekday]), \(DigitText.padded(day.day, 2)) \(Self.months[day.month - 1]) "
            + "\(DigitText.padded(day.year, 4)) \(clock) GMT"
    }

    /// IMF-fixdate, the obsolete RFC 850 form, or asctime.
    public init?(httpDate text: String, now: Instant) {
        let parts = text.split(separator: " ").map(String.init)
        switch parts.count {
        case 6 where parts[5] == "GMT" && parts[0].hasSuffix(","):
            self.init(day: parts[1], month: parts[2], year: parts[3], clock: parts[4])
        case 4 where parts[3] == "GMT" && parts[0].hasSuffix(","):
            let date = parts[1].split(separator: "-").map(String.init)
            guard date.count == 3, let short = DigitText.number(date[2]), date[2].utf8.count == 2 else { return nil }
            // A two-digit year more than 50 years ahead is of the past.
            let century = now.date.year / 100 * 100
            let year = century + short > now.date.year + 50 ? century - 100 + short : century + short
            self.init(day: date[0], month: date[1], year: String(year), clock: parts[2])
        case 5: self.init(day: parts[2], month: parts[1], year: parts[4], clock: parts[3])
        default: return nil
        }
    }

    private init?(day: String, month: String, year: String, clock: String) {
        guard let number = Self.months.firstIndex(of: month), let day = DigitText.number(day),
            let year = DigitText.number(year), let date = CivilDate(year: year, month: number + 1, day: day),
            let instant = Instant(rfc3339: date.iso + "T" + clock + "Z")
        else { return nil }
        self = instant
    }
}
