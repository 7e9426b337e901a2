import Crypto
import Wire

@testable import PurserEngine

/// The answers of token, device authorization and pushed request endpoints, under every kind of status.
enum TokenResponseTarget {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let statuses = [200, 201, 302, 400, 401, 429, 500, 503]

    static func run(_ bytes: [UInt8]) throws {
        let json = try? JSON.parse(bytes, limits: .token)
        for status in statuses {
            for endsOnceSpent in [true, false] {
                let outcome = TokenOutcome.decide(
                    status: status, headers: ["Retry-After": "120"], body: bytes, now: now,
                    endsOnceSpent: endsOnceSpent)
                try check(outcome, status, json)
            }
            try device(status, bytes)
            if case .taken(let reference, let seconds) = PushedRequest.decide(HTTPResponse(status: status, body: bytes))
            {
                try demand(status == 201 && json?["request_uri"] == .string(reference), "a push was not taken")
                try demand((1...86_400).contains(seconds) && json?["error"]?.string == nil, "a push holds for ever")
            }
        }
        if let json, let bound = TokenResponse(json, .dpop) {
            try demand(TokenResponse(json, .bearer) == nil, "a token is of two types")
            try usable(bound, json, "dpop")
        }
    }

    private static func check(_ outcome: TokenOutcome, _ status: Int, _ json: JSON?) throws {
        switch outcome {
        case .tokens(let tokens):
            try demand((200...299).contains(status), "HTTP \(status) brings tokens")
            guard let json, json["error"]?.string?.isEmpty ?? true else {
                throw Broken(description: "an error brings tokens")
            }
            try usable(tokens, json, "bearer")
        case .refused(let error):
            try demand(json?["error"] == "invalid_grant", "another error than invalid_grant refuses the grant")
            try harmless(error.words)
        case .misconfigured(let error): try harmless(error.words)
        case .throttled(let until): try demand(until == now.adding(seconds: 120), "another wait than was asked for")
        case .failed(let why), .unclear(let why): try harmless(why)
        case .notSent: throw Broken(description: "what was answered was not sent")
        }
    }

    private static func usable(_ tokens: TokenResponse, _ json: JSON, _ type: String) throws {
        try demand(json["access_token"]?.string == tokens.accessToken.text(), "another access token")
        try demand(tokens.accessToken.count > 0, "an empty access token")
        try demand(json["token_type"]?.string?.lowercased() == type, "a token of another type")
        let refresh = json["refresh_token"]?.string
        try demand(
            refresh?.isEmpty ?? true ? tokens.refreshToken == nil : tokens.refreshToken?.text() == refresh, "kept")
        if let life = tokens.expiresIn {
            try demand((1...315_360_000).contains(life), "a life of \(life) seconds")
            guard let ends = tokens.accessEnds(sentAt: now) else { throw Broken(description: "a life has no end") }
            try demand(ends > now && ends <= now.adding(seconds: life), "it ends after it has ended")
        }
        _ = GrantReach.words(json)
    }

    private static func device(_ status: Int, _ bytes: [UInt8]) throws {
        if case .given(let given) = DeviceAuthorization.decide(status: status, body: bytes, by: "https://as.example") {
            try demand((200...299).contains(status), "HTTP \(status) brings a device code")
            try harmless(given.prompt.userCode)
            for case let uri? in [given.prompt.verificationURI, given.prompt.verificationURIComplete] {
                try demand(uri.scheme == "https" && uri.userinfo == nil, "\(uri) is shown to a person")
            }
            try demand(given.life > 0 && given.pollSeconds > 0, "it is asked about for ever, or without a pause")
        }
        let poll = DevicePoll.decide(.success(HTTPResponse(status: status, body: bytes)), now: now)
        let step = DeviceStep.decide(poll, pollSeconds: 5, failures: 3, isRepeat: false, now: now)
        if case .again(let at, let pause, _, _) = step {
            try demand(at >= now.adding(seconds: 5) && pause >= 5, "it is asked about too soon")
        }
    }

    private static func harmless(_ words: String) throws {
        try demand(!words.unicodeScalars.contains { $0.isHidden }, "something hidden is told")
        try demand(words.unicodeScalars.count <= 400, "too many words")
    }
}
