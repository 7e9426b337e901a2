/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Wall time; no zone.
public struct Instant: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    /// What is too far away to be told in milliseconds becomes the furthest moment.
    public init(seconds: Int64) {
        milliseconds = Self.saturated(seconds.multipliedReportingOverflow(by: 1000), seconds)
    }
    /// Midnight UTC of a day.
    public init(_ date: CivilDate) { milliseconds = Int64(date.epochDay) * 86_400_000 }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 { floorDivided(1000) }
    /// As far as there are moments: a server may say anything.
    public func adding(seconds: Int64) -> Instant { adding(milliseconds: Instant(seconds: seconds).milliseconds) }
    public func adding(milliseconds more: Int64) -> Instant {
        Instant(milliseconds: Self.saturated(milliseconds.addingReportingOverflow(more), more))
    }
    public func milliseconds(since other: Instant) -> Int64 {
        Self.saturated(milliseconds.subtractingReportingOverflow(other.milliseconds), milliseconds)
    }

    private static func saturated(_ outcome: (partialValue: Int64, overflow: Bool), _ sign: Int64) -> Int64 {
        outcome.overflow ? (sign < 0 ? .min : .max) : outcome.partialValue
    }

    /// The day in UTC.
    public var date: CivilDate { CivilDate(epochDay: Int(floorDivided(86_400_000))) }

    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    private func floorDivided(_ by: Int64) -> Int64 {
        let whole = milliseconds / by
        return milliseconds % by < 0 ? whole - 1 : whole
    }

    private var secondOfDay: Int { Int(seconds - Int64(date.epochDay) * 86_400) }

    private var clockText: String {
        let second = secondOfDay
        return [second / 3600, second / 60 % 60, second % 60].map { DigitText.padded($0, 2) }.joined(separator: ":")
    }

    /// `2026-11-23T09:30:00Z`; milliseconds only where there are any.
    public var rfc3339: String {
        let part = Int(milliseconds - seconds * 1000)
        return date.iso + "T" + clockText + (part == 0 ? "" : "." + DigitText.padded(part, 3)) + "Z"
    }

    public var description: String { rfc3339 }

    /// `2026-11-23T09:30:00Z` with any offset and fraction (RFC 3339 5.6); finer than a millisecond is cut. A leap
    /// second counts as the second before it.
    public init?(rfc3339 text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count >= 20, utf8.count <= 40,
            let day = CivilDate(iso: String(decoding: utf8[0..<10], as: UTF8.self)),
            [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(utf8[10]),
            utf8[13] == UInt8(ascii: ":"), utf8[16] == UInt8(ascii: ":"),
            let hour = DigitText.number(utf8[11..<13]), let minute = DigitText.number(utf8[14..<16]),
            let second = DigitText.number(utf8[17..<19]), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = utf8[19...]
        var part: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            let three = Array(digits.prefix(3)) + Array(repeating: 0x30, count: max(0, 3 - digits.count))
            part = Int64(DigitText.number(three[...]) ?? 0)
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = Instant.offsetMinutes(rest) else { return nil }
        let seconds = Int64(day.epochDay) * 86_400 + Int64(hour * 3600 + minute * 60 + min(second, 59) - offset * 60)
        milliseconds = seconds * 1000 + part
    }

    /// `Z`, `+02:00`, `-0530`.
    public static func offsetMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.count == 1, bytes.first == UInt8(ascii: "Z") || bytes.first == UInt8(ascii: "z") { return 0 }
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = Array(bytes.dropFirst())
        guard digits.count == 5 ? digits[2] == UInt8(ascii: ":") : digits.count == 4,
            let hours = DigitText.number(digits[0..<2]), let minutes = DigitText.number(digits[(digits.count - 2)...]),
            hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }
}
