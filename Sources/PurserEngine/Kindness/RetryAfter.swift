import Wire

/// When a server that asked us to wait may be asked again (RFC 9110 10.2.3).
enum RetryAfter {
    /// Nil: it named no time. Never before now, never more than a day away. A date counts from the answer's own `Date`
    /// where it has one: the server's clock may be another than ours.
    static func until(_ headers: HTTPHeaders, now: Instant) -> Instant? {
        guard let value = headers["Retry-After"] else { return nil }
        let theirs = headers["Date"].flatMap { Instant(httpDate: $0, now: now) } ?? now
        guard let named = HeaderGrammar.retryAfter(value, now: theirs) else { return nil }
        let wait = named.milliseconds(since: theirs)
        return now.adding(milliseconds: min(max(0, wait), Limits.retryAfterSeconds * 1000))
    }

    /// By how many seconds a server's clock is beside ours; nil: it does not say, or by so little that it means nothing.
    static func skewSeconds(_ headers: HTTPHeaders, now: Instant) -> Int64? {
        guard let theirs = headers["Date"].flatMap({ Instant(httpDate: $0, now: now) }) else { return nil }
        let skew = theirs.milliseconds(since: now) / 1000
        return abs(skew) > Limits.clockSkewSeconds ? skew : nil
    }
}
