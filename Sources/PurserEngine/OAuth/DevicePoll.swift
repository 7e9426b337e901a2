import Wire

/// What a token endpoint's answer to a device code means (RFC 8628 3.5): one pure table.
enum DevicePoll: Sendable {
    case tokens(TokenResponse)
    /// The person has not answered yet. A server may say when it wants to be asked again.
    case pending(notBefore: Instant?)
    /// The same, and it was asked too often: five seconds more between two questions, for good.
    case slower(notBefore: Instant?)
    /// It asks us to wait.
    case throttled(until: Instant?)
    case notSent(String)
    /// The server or something before it failed, and gave nothing out.
    case failed(String)
    /// Nothing came, or something that is no token response: tokens may have been given out.
    case unclear(String)
    /// The person said no.
    case denied
    /// The code was not entered in time.
    case expired
    case refused(OAuthError)

    static func decide(_ answer: Result<HTTPResponse, TransportError>, now: Instant) -> DevicePoll {
        if case .success(let response) = answer, let error = OAuthError(response) {
            let until = RetryAfter.until(response.headers, now: now)
            switch error.code {
            case "authorization_pending": return .pending(notBefore: until)
            case "slow_down": return .slower(notBefore: until)
            case "access_denied": return .denied
            case "expired_token": return .expired
            default: break
            }
        }
        // What was given out with an answer that failed in the middle is gone: a device code is used up like any code.
        switch TokenOutcome.decide(answer, now: now, endsOnceSpent: true) {
        case .tokens(let tokens): return .tokens(tokens)
        case .refused(let error), .misconfigured(let error): return .refused(error)
        case .throttled(let until): return .throttled(until: until)
        case .failed(let why): return .failed(why)
        case .notSent(let why): return .notSent(why)
        case .unclear(let why): return .unclear(why)
        }
    }

    /// Whether the answer is a mere "not yet": it holds nothing, and is not kept.
    static func isNotYet(_ answer: Result<HTTPResponse, TransportError>) -> Bool {
        guard case .success(let response) = answer, let error = OAuthError(response) else { return false }
        return error.code == "authorization_pending" || error.code == "slow_down"
    }
}

/// What is done next about a device code that brought no tokens: a pure table.
enum DeviceStep: Sendable, Hashable {
    /// Asked again then, and so often from then on. `why`: what is the matter; nil: nothing is.
    case again(at: Instant, pollSeconds: Int64, failures: Int, why: LinkCondition?)
    case fail(FailureReason, String)

    /// - Parameters:
    ///   - pollSeconds: the pause between two questions up to now.
    ///   - failures: questions without an answer, in a row.
    ///   - isRepeat: whether an answer to an earlier question was lost, in which the tokens may have been.
    static func decide(
        _ poll: DevicePoll, pollSeconds: Int64, failures: Int, isRepeat: Bool, now: Instant
    ) -> DeviceStep {
        func again(
            _ pause: Int64, notBefore: Instant? = nil, failures: Int = 0, _ why: LinkCondition? = nil
        ) -> DeviceStep {
            let at = now.adding(seconds: pause)
            return .again(at: max(at, notBefore ?? at), pollSeconds: pause, failures: failures, why: why)
        }
        switch poll {
        case .tokens: return again(pollSeconds)
        case .pending(let until): return again(pollSeconds, notBefore: until)
        case .slower(let until): return again(pollSeconds + Limits.slowerSeconds, notBefore: until)
        case .throttled(let until):
            let why = LinkCondition(.rateLimited, cause: "the token endpoint asked us to wait", until: until)
            return again(pollSeconds, notBefore: until, why)
        case .notSent(let why), .failed(let why), .unclear(let why):
            return .again(
                at: now.adding(seconds: backOff(pollSeconds, failures: failures + 1)), pollSeconds: pollSeconds,
                failures: failures + 1, why: LinkCondition(.degraded, cause: why))
        case .denied: return .fail(.denied, "the answer at the provider was no")
        case .expired: return .fail(.expired, expired)
        case .refused(let error) where isRepeat:
            return .fail(
                .codeLost,
                "an answer of the provider was lost on its way, and it no longer takes the code (\(error.words)); "
                    + "link again")
        case .refused(let error): return .fail(.exchangeRefused, error.words)
        }
    }

    static let expired = "the code was not entered at the provider in time"

    /// Doubled with each question that got no answer (RFC 8628 3.5), and a minute at most where the provider did not ask
    /// for more.
    static func backOff(_ pollSeconds: Int64, failures: Int) -> Int64 {
        min(pollSeconds << Int64(min(failures, 8)), max(pollSeconds, Limits.longestPollSeconds))
    }
}
