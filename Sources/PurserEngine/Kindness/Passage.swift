import Wire

/// Endpoints of a provider that are counted, blocked and failing together.
public enum EndpointClass: String, Sendable, Hashable, CaseIterable {
    /// The authorization server's token and revocation endpoints. A quota a day is not theirs.
    case token
    /// The API, and UserInfo.
    case data
}

/// Who goes first where not everybody can.
enum Lane: Int, Sendable, Hashable, Comparable {
    /// It was due.
    case scheduled
    /// Somebody asked for it and waits; or a grant dies if nothing is done.
    case asked
    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// One request that wants to go to a provider.
struct Passage: Sendable {
    let provider: String
    let limits: Manifest.CallLimits
    let wallet: WalletID
    let link: LinkID
    let kind: EndpointClass
    let lane: Lane
    /// Requests this piece of work has made already, and about how many it makes in all: what is begun should end.
    let made: Int
    let cost: Int
    /// Whether it may be the one that finds out if a failing provider is back: never a refresh that replay would end.
    let mayProbe: Bool
    /// How long it may wait for its turn.
    let patienceMilliseconds: Int64
    /// A spend in doubt is sent again: while a provider's grace lasts every second counts. It waits for no rate, and only
    /// for what the provider asked for.
    var isReplay = false
    /// It is one of the first, and the grace may end with the next seconds: it goes where most requests fail, too.
    var isHurried = false
}

extension Passage {
    /// A request outside a pull that somebody waits for: a revocation, a trial.
    static func asked(
        _ kind: EndpointClass, _ manifest: Manifest, _ wallet: WalletID, _ link: LinkID
    ) -> Passage {
        Passage(
            provider: manifest.name, limits: manifest.api.limits, wallet: wallet, link: link, kind: kind, lane: .asked,
            made: 0, cost: 1, mayProbe: true, patienceMilliseconds: Limits.longPatienceMilliseconds)
    }
}

extension Seat {
    /// A request of this seat's work to its provider.
    func passage(
        _ kind: EndpointClass, made: Int = 0, isRefresh: Bool = false, isReplay: Bool = false, isHurried: Bool = false,
        now: Instant
    ) -> Passage {
        let lane: Lane = link.askedAt == nil && link.state == .active ? .scheduled : .asked
        let left = endsAt.milliseconds(since: now)
        let patience = made == 0 && lane == .scheduled ? Limits.patienceMilliseconds : Limits.longPatienceMilliseconds
        return Passage(
            provider: manifest.name, limits: manifest.api.limits, wallet: wallet, link: link.id, kind: kind,
            lane: lane, made: made, cost: max(1, manifest.api.requests.count),
            mayProbe: !(isRefresh && policy.losesOnReplay), patienceMilliseconds: min(patience, max(0, left)),
            isReplay: isReplay, isHurried: isHurried)
    }
}

/// Why a request does not go now, and when it may.
struct Delay: Sendable, Hashable {
    let kind: LinkCondition.Kind
    /// For the link's condition.
    let words: String
    let until: Instant
    /// Whether it holds for those who ask, too.
    let isFirm: Bool

    /// Its `until` keeps people from asking, so only a firm one has it; the words of another say it.
    var condition: LinkCondition { LinkCondition(kind, cause: words, until: isFirm ? until : nil) }
}

/// The right to send one request. Given back with how it ended.
struct Permit: Sendable {
    let number: Int
    let passage: Passage
    let isProbe: Bool
}

/// What wanting to go came to.
enum Admission: Sendable {
    case go(Permit)
    case notNow(Delay)
}

/// How a request ended, as far as the provider's traffic is concerned.
enum Heard: Sendable {
    case answered(status: Int, HTTPHeaders)
    case failed
    /// Nobody is there who proves to be the provider.
    case untrusted
    /// It was never sent.
    case unsent

    init(_ response: HTTPResponse) { self = .answered(status: response.status, response.headers) }

    /// What a provider asks for stands at the beginning of its answer: it counts though the rest was lost.
    init(_ error: TransportError) {
        switch error {
        case .cut(let part) where part.status == 429 || part.status == 503:
            self = .answered(status: part.status, part.headers)
        case .untrusted: self = .untrusted
        case .notSent, .noAnswer, .tooLarge, .cut: self = .failed
        }
    }
}

/// "Not before": what a provider asked for, to be made durable.
struct CallBlock: Sendable, Hashable {
    let provider: String
    let kind: EndpointClass
    /// By the wall clock.
    let until: Instant
}

/// What came of asking a provider.
enum Asked: Sendable {
    case answered(HTTPResponse)
    case failed(TransportError)
    case notNow(Delay)
}
