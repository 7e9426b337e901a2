import Wire

/// What a transmitter's endpoint answered: a pure table.
enum TransmitterAnswer: Sendable, Hashable {
    /// 2xx; with what is in it, if that is JSON.
    case done(JSON?)
    /// There is no such stream (any more).
    case gone
    /// Another one is in the way (409).
    case conflict
    /// It takes our token no longer; another one may do.
    case unauthorized
    case refused(String)
    /// Nothing was done there, or nobody knows; later it may be otherwise.
    case later(String, until: Instant?)

    static func decide(_ asked: Asked, now: Instant) -> TransmitterAnswer {
        switch asked {
        case .notNow(let delay): return .later(delay.words, until: delay.until)
        case .failed(let error): return .later(error.words, until: nil)
        case .answered(let response):
            let json = try? JSON.parse(response.body)
            switch response.status {
            case 200...299:
                if json == nil, !response.body.isEmpty {
                    return .later("the transmitter's answer is no JSON", until: nil)
                }
                return .done(json)
            case 401: return .unauthorized
            case 404, 410: return .gone
            case 409: return .conflict
            case 429, 503:
                return .later(
                    "the transmitter asked us to wait (HTTP \(response.status))",
                    until: RetryAfter.until(response.headers, now: now))
            case 408, 425, 500...599: return .later("the transmitter fails (HTTP \(response.status))", until: nil)
            default:
                let said = json?["err"]?.string ?? json?["error"]?.string ?? json?["description"]?.string
                return .refused("HTTP \(response.status)" + (said.map { ", \(Harmless.words($0))" } ?? ""))
            }
        }
    }
}

/// Why something about a stream did not come about.
struct SignalTrouble: Error, Sendable, Hashable {
    let words: String
    /// Asking again soon would bring the same.
    var isFirm = false
    var until: Instant?

    /// The claim is over: somebody else has the row, and nothing is to be written.
    static let lost = SignalTrouble(words: "another worker has it")

    /// What an answer is where it is none that was hoped for.
    init?(_ answer: TransmitterAnswer, to what: String) {
        switch answer {
        case .done: return nil
        case .gone: self.init(words: "the transmitter knows nothing of \(what) (HTTP 404)", isFirm: true)
        case .conflict: self.init(words: "the transmitter has another stream in the way of \(what)", isFirm: true)
        case .unauthorized: self.init(words: "the transmitter refuses the token it was just given")
        case .refused(let why): self.init(words: "the transmitter refuses \(what): \(why)", isFirm: true)
        case .later(let why, let until): self.init(words: why, until: until)
        }
    }

    init(words: String, isFirm: Bool = false, until: Instant? = nil) {
        self.words = words
        self.isFirm = isFirm
        self.until = until
    }
}
