import Wire

/// A time zone of a mapping: a fixed offset, or the rules of a place from the system's zone files (TZif, RFC 8536).
///
/// The engine reads no file: whoever loads the catalogue hands in the bytes of the names that are asked for.
struct Zone: Sendable, Hashable {
    /// From when on (seconds since 1970) which offset (seconds east of UTC) holds; in order.
    private let changes: [(from: Int64, offset: Int64)]
    private let first: Int64

    /// `+02:00`, `-0530`, `Z`.
    init?(offset text: String) {
        guard let minutes = Instant.offsetMinutes(Array(text.utf8)[...]) else { return nil }
        changes = []
        first = Int64(minutes) * 60
    }

    /// The 64-bit block of a TZif file. Its last rule is spread out to the year 2100.
    init?(tzif bytes: [UInt8]) {
        guard let first = TZifBlock(bytes, at: 0, width: 4), bytes[4] >= UInt8(ascii: "2"),
            let block = TZifBlock(bytes, at: first.end, width: 8)
        else { return nil }
        var changes = block.changes
        self.first = block.offsets.first ?? 0
        let footer = String(decoding: bytes[block.end...].filter { $0 != 0x0A }, as: UTF8.self)
        let last = changes.last?.from ?? Int64.min
        if let rule = POSIXZone(footer) {
            let year = last == Int64.min ? 1970 : Instant(seconds: last).date.year
            if year < 2100 { changes += (year...2100).flatMap(rule.changes).filter { $0.from > last } }
            if changes.isEmpty { changes = [(Int64.min, rule.standard)] }
        }
        self.changes = changes
    }

    func offsetSeconds(at instant: Instant) -> Int64 {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].from <= instant.seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : changes[low - 1].offset
    }

    /// The moment a day begins there; where that clock time does not exist, the moment after the jump.
    func midnight(of day: CivilDate) -> Instant {
        let guess = Instant(day)
        let offset = offsetSeconds(at: guess.adding(seconds: -offsetSeconds(at: guess)))
        return guess.adding(seconds: -offset)
    }

    static func == (a: Self, b: Self) -> Bool {
        a.first == b.first && a.changes.elementsEqual(b.changes) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(first)
        hasher.combine(changes.count)
    }
}

/// One data block of a TZif file.
private struct TZifBlock {
    var changes: [(from: Int64, offset: Int64)] = []
    var offsets: [Int64] = []
    let end: Int

    init?(_ bytes: [UInt8], at start: Int, width: Int) {
        func number(_ at: Int, _ count: Int) -> Int64? {
            guard at >= 0, at + count <= bytes.count else { return nil }
            var value: Int64 = bytes[at] & 0x80 == 0 ? 0 : -1
            for byte in bytes[at..<(at + count)] { value = value << 8 | Int64(byte) }
            return value
        }
        guard bytes.count >= start + 44, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
        let counts = (0..<6).compactMap { number(start + 20 + $0 * 4, 4).map { Int($0) } }
        guard counts.count == 6, counts.allSatisfy({ (0...1 << 16).contains($0) }) else { return nil }
        let (utc, wall, leaps, times, types, names) = (counts[0], counts[1], counts[2], counts[3], counts[4], counts[5])
        let indices = start + 44 + times * width
        let kinds = indices + times
        end = kinds + types * 6 + names + leaps * (width + 4) + wall + utc
        guard end <= bytes.count else { return nil }
        for type in 0..<types {
            guard let offset = number(kinds + type * 6, 4) else { return nil }
            offsets.append(offset)
        }
        for time in 0..<times {
            guard let from = number(start + 44 + time * width, width), Int(bytes[indices + time]) < types else {
                return nil
            }
            changes.append((from, offsets[Int(bytes[indices + time])]))
        }
    }
}

/// The rule after a zone's last listed change: `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct POSIXZone {
    let standard: Int64
    private let summer: (offset: Int64, from: Rule, until: Rule)?

    private struct Rule {
        let month: Int
        let week: Int
        let weekday: Int
        let second: Int64

        init?(_ text: Substring) {
            let halves = text.split(separator: "/")
            let numbers = halves.first?.dropFirst().split(separator: ".").compactMap { Int($0) } ?? []
            guard text.first == "M", numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]),
                (0...6).contains(numbers[2])
            else { return nil }
            month = numbers[0]
            week = numbers[1]
            weekday = numbers[2]
            second = halves.count == 2 ? POSIXZone.seconds(halves[1]) ?? 7200 : 7200
        }

        /// Clock time of the change, in seconds since 1970 as if it were UTC.
        func moment(in year: Int) -> Int64? {
            guard let first = CivilDate(year: year, month: month, day: 1) else { return nil }
            let ahead = (weekday + 6 - first.weekday + 7) % 7
            var day = 1 + ahead + (week - 1) * 7
            if day > CivilDate.days(inMonth: month, of: year) { day -= 7 }
            return CivilDate(year: year, month: month, day: day).map { Instant($0).seconds + second }
        }
    }

    init?(_ text: String) {
        let parts = text.split(separator: ",")
        guard let names = parts.first, let (standard, rest) = Self.offset(names) else { return nil }
        self.standard = standard
        if rest.isEmpty {
            summer = nil
            return
        }
        guard parts.count == 3, let from = Rule(parts[1]), let until = Rule(parts[2]) else { return nil }
        let named = rest.drop { $0.isLetter || $0 == "<" || $0 == ">" }
        summer = (named.isEmpty ? standard + 3600 : -(Self.seconds(named) ?? -standard - 3600), from, until)
    }

    func changes(in year: Int) -> [(from: Int64, offset: Int64)] {
        guard let summer, let from = summer.from.moment(in: year), let until = summer.until.moment(in: year) else {
            return []
        }
        return [(from - standard, summer.offset), (until - summer.offset, standard)].sorted { $0.0 < $1.0 }
    }

    /// A name and its offset; POSIX counts west of UTC as positive.
    private static func offset(_ text: Substring) -> (Int64, Substring)? {
        let name = text.first == "<" ? text.prefix { $0 != ">" } + ">" : text.prefix { $0.isLetter }
        let rest = text.dropFirst(name.count)
        let number = rest.prefix { $0.isNumber || $0 == ":" || $0 == "-" || $0 == "+" }
        guard !number.isEmpty, let west = seconds(number) else { return nil }
        return (-west, rest.dropFirst(number.count))
    }

    private static func seconds(_ text: Substring) -> Int64? {
        let isNegative = text.first == "-"
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ":").compactMap { Int64($0) }
        guard (1...3).contains(parts.count) else { return nil }
        let total = parts[0] * 3600 + (parts.count > 1 ? parts[1] * 60 : 0) + (parts.count > 2 ? parts[2] : 0)
        return isNegative ? -total : total
    }
}
