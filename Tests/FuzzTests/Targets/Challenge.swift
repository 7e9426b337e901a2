import Wire

@testable import PurserEngine

/// What a server says in its header fields: challenges, waits, limits, links. It only ever slows us down.
enum ChallengeTarget {
    private static let now = Instant(seconds: 1_800_000_000)

    static func run(_ bytes: [UInt8]) throws {
        let value = String(decoding: bytes.filter { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        if let all = HeaderGrammar.challenges(value) {
            try demand(!all.isEmpty, "a list of nothing")
            try demand(HeaderGrammar.challenges(written(all)) == all, "written and read it is another")
            try demand(
                HeaderGrammar.challenges(value + ", Tail a=b")?.count == all.count + 1, "one more is not one more")
        }
        let answer = HTTPResponse(
            status: 401, headers: ["WWW-Authenticate": value, "DPoP-Nonce": value], body: Array(value.utf8))
        if NonceChallenge.isForResource(answer) {
            try demand(value.lowercased().contains("dpop") && value.contains("use_dpop_nonce"), "nobody asked")
        }
        if let nonce = NonceChallenge.nonce(answer) {
            try demand(nonce == value && nonce.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "a nonce is none")
        }
        try stepUp(answer, value)
        try waits(value)
    }

    /// What an API asks of the sign-in (RFC 9470), as it comes and as a link's note keeps it.
    private static func stepUp(_ answer: HTTPResponse, _ value: String) throws {
        let asked = StepUp(answer)
        let bare = StepUp(
            HTTPResponse(
                status: 401, headers: ["WWW-Authenticate": "Bearer error=\"insufficient_user_authentication\""]))
        try demand(asked == nil || value.contains("insufficient_user_authentication"), "nobody asked for a sign-in")
        for step in [asked, StepUp(note: value), StepUp(note: (bare?.note ?? "") + value)].compactMap({ $0 }) {
            try demand(StepUp(note: step.note) == step, "a note says another sign-in than was asked for")
            try demand(step.contexts.count <= 8 && step.maxAge ?? 0 >= 0, "without bounds")
            for context in step.contexts {
                try demand((1...200).contains(context.utf8.count), "a context of \(context.utf8.count) bytes")
                let isPlain = context.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
                try demand(isPlain, "a context leaves its parameter")
            }
        }
    }

    private static func written(_ all: [HeaderGrammar.Challenge]) -> String {
        all.map { challenge in
            if let token = challenge.token68 { return challenge.scheme + " " + token }
            let parameters = challenge.parameters.sorted { $0.key < $1.key }.map { name, value in
                name + "=\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            }
            return challenge.scheme + (parameters.isEmpty ? "" : " ") + parameters.joined(separator: ", ")
        }.joined(separator: ", ")
    }

    private static func waits(_ value: String) throws {
        let day = now.adding(seconds: 86_400)
        if let until = RetryAfter.until(["Retry-After": value, "Date": value], now: now) {
            try demand(until >= now && until <= day, "a wait until \(until)")
        }
        for name in ["RateLimit", "RateLimit-Policy", "X-RateLimit-Remaining"] {
            let hints = RateHints([name: value, "X-RateLimit-Reset": value], now: now)
            for left in hints.left.values { try demand(left.until >= now && left.until <= day, "a wait for ever") }
            for policy in hints.policies.values { try demand(policy.calls > 0 && policy.seconds > 0, "a limit of 0") }
        }
        for link in HeaderGrammar.links(value) {
            let target = Array(link.target.utf8)
            try demand(target.isEmpty || Array(value.utf8).firstRange(of: target) != nil, "a link that is not there")
        }
        if let at = Instant(httpDate: value, now: now) { try demand(at.rfc3339.hasSuffix("Z"), "a date is none") }
        let life = Freshness.milliseconds(["Cache-Control": value, "Age": value])
        try demand(life >= 60_000 && life <= 86_400_000, "kept for \(life) ms")
    }
}
