/// A day of the Gregorian calendar, without a place or a time.
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int

    /// Nil when there is no such day in the years 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.days(inMonth: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// `2027-05-03`, exactly.
    public init?(iso text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count == 10, utf8[4] == UInt8(ascii: "-"), utf8[7] == UInt8(ascii: "-"),
            let year = DigitText.number(utf8[0..<4]), let month = DigitText.number(utf8[5..<7]),
            let day = DigitText.number(utf8[8..<10])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// The first or last day of an ISO week, `2027-W05` or `2027W05`; Monday is the first.
    public init?(isoWeek text: String, last: Bool) {
        var utf8 = Array(text.utf8)
        if utf8.count == 8, utf8[4] == UInt8(ascii: "-") { utf8.remove(at: 4) }
        guard utf8.count == 7, utf8[4] == UInt8(ascii: "W"), let year = DigitText.number(utf8[0..<4]),
            let week = DigitText.number(utf8[5..<7]), (1...53).contains(week),
            let fourth = CivilDate(year: year, month: 1, day: 4)
        else { return nil }
        // Week 1 is the one with January 4th in it.
        let monday = fourth.epochDay - fourth.weekday + (week - 1) * 7
        let thursday = CivilDate(epochDay: monday + 3)
        guard thursday.year == year else { return nil }
        self.init(epochDay: monday + (last ? 6 : 0))
    }

    /// Days since 1970-01-01.
    public init(epochDay: Int) {
        // Years that begin in March: the leap day comes last.
        let shifted = epochDay + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * ofYear + 2) / 153
        day = ofYear - (153 * march + 2) / 5 + 1
        month = march < 10 ? march + 3 : march - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    public var epochDay: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }

    /// 0 is Monday.
    public var weekday: Int { ((epochDay + 3) % 7 + 7) % 7 }

    public func adding(days: Int) -> CivilDate { CivilDate(epochDay: epochDay + days) }

    public static func days(inMonth month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// `2027-05-03`.
    public var iso: String {
        DigitText.padded(year, 4) + "-" + DigitText.padded(month, 2) + "-" + DigitText.padded(day, 2)
    }

    public var description: String { iso }

    public static func < (a: Self, b: Self) -> Bool { (a.year, a.month, a.day) < (b.year, b.month, b.day) }
}

/// Numbers of fixed width in dates.
enum DigitText {
    static func number(_ text: String) -> Int? { number(Array(text.utf8)[...]) }

    static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 9 else { return nil }
        var value = 0
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
