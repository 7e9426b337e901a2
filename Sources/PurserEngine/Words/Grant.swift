public import Wire

/// One generation of a link's tokens, sealed. Append-only; the one before stays until this one has worked once.
public struct TokenVersion: Sendable, Equatable {
    public let generation: Int
    /// Sealed under the link's data key; the plaintext begins with the consent fingerprint.
    public let sealedAccess: [UInt8]
    /// Nil when the provider gave none, now or before.
    public let sealedRefresh: [UInt8]?
    /// The ID token until the person is identified; from then on what it said of the sign-in (`SignIn`).
    public let sealedIDToken: [UInt8]?
    public let scopes: [String]
    /// Send time + expires_in - max(60 s, 10 %); nil: lifetime unknown, refreshed on 401 only.
    public let accessEndsAt: Instant?
    /// The point drawn once per token at which it is refreshed ahead; nil: only when a pull needs it.
    public let refreshAheadAt: Instant?
    public let receivedAt: Instant
    /// When the access token of this generation first worked.
    public var confirmedAt: Instant?
    /// What its provider says of when it ends, by the time it was sent.
    public let ends: GrantEnds
    /// `accessEndsAt` by the clock that only counts on; nil: not known, and the wall clock must do.
    public var endsUp: Uptime?

    public init(
        generation: Int, sealedAccess: [UInt8], sealedRefresh: [UInt8]?, sealedIDToken: [UInt8]?, scopes: [String],
        accessEndsAt: Instant?, refreshAheadAt: Instant?, receivedAt: Instant, confirmedAt: Instant? = nil,
        endsUp: Uptime? = nil, ends: GrantEnds = .untold
    ) {
        self.endsUp = endsUp
        self.ends = ends
        self.generation = generation
        self.sealedAccess = sealedAccess
        self.sealedRefresh = sealedRefresh
        self.sealedIDToken = sealedIDToken
        self.scopes = scopes
        self.accessEndsAt = accessEndsAt
        self.refreshAheadAt = refreshAheadAt
        self.receivedAt = receivedAt
        self.confirmedAt = confirmedAt
    }
}

extension TokenVersion {
    /// `refreshAheadAt` of a generation that may be a dead one: before any time there is, so that no short lifetime is
    /// taken for it.
    static let atOnce = Instant(milliseconds: 0)

    /// Whether its refresh token may be a dead one, and is to be spent at once while the provider may still take it
    /// (RELIABILITY.md A.3, "Grace pitfalls").
    var isAtRisk: Bool { sealedRefresh != nil && refreshAheadAt.map { $0 <= Self.atOnce } ?? false }

    /// Whether an access token may still be good (RELIABILITY.md A.5).
    public enum Life: Sendable, Hashable {
        case good, ended
        /// The provider named no lifetime, or the machine was started anew since: it is used, and a 401 will tell.
        case unknown
    }

    public func life(at moment: Moment) -> Life {
        guard let accessEndsAt else { return .unknown }
        guard let endsUp else { return accessEndsAt <= moment.wall ? .ended : .good }
        guard let left = endsUp.milliseconds(since: moment.up) else { return .unknown }
        return left <= 0 ? .ended : .good
    }
}

/// The note "about to spend generation g", durable before anything is sent. One per link: the single flight.
public struct Intent: Sendable, Hashable {
    public enum Purpose: String, Sendable, Hashable {
        case exchange, refresh
        /// One more question whether the person has answered (RFC 8628 3.4): the same code again and again.
        case device
    }

    public let wallet: WalletID
    public let link: LinkID
    public let purpose: Purpose
    /// The generation being spent: 0 for an authorization code.
    public let generation: Int
    public let fence: Int64
    public let sentAt: Instant
    /// After this no answer can still arrive.
    public let deadline: Instant
    /// How often this generation has been sent, this time included.
    public let attempt: Int
    /// `sentAt` by the clock that only counts on.
    public let sentUp: Uptime?

    public init(
        wallet: WalletID, link: LinkID, purpose: Purpose, generation: Int, fence: Int64, sentAt: Instant,
        deadline: Instant, attempt: Int = 1, sentUp: Uptime? = nil
    ) {
        self.attempt = attempt
        self.sentUp = sentUp
        self.wallet = wallet
        self.link = link
        self.purpose = purpose
        self.generation = generation
        self.fence = fence
        self.sentAt = sentAt
        self.deadline = deadline
    }
}

extension Intent {
    /// Whether this is the next attempt at the very spend that `other` stands for. A code works once and is never sent
    /// again.
    public func repeats(_ other: Intent) -> Bool {
        purpose != .exchange && purpose == other.purpose && generation == other.generation
            && attempt == other.attempt + 1
    }

    /// As it is after the wall clock was set back: nothing was sent later than now.
    public func settled(earlierBy milliseconds: Int64, now: Instant) -> Intent {
        guard sentAt > now else { return self }
        let ahead = max(milliseconds, sentAt.milliseconds(since: now))
        return Intent(
            wallet: wallet, link: link, purpose: purpose, generation: generation, fence: fence,
            sentAt: sentAt.adding(milliseconds: -ahead), deadline: deadline.adding(milliseconds: -ahead),
            attempt: attempt, sentUp: sentUp)
    }

    /// How the custody story tells it. A device code is asked about every few seconds: that is told once, when it was
    /// given out, and where an answer was lost.
    public var event: CustodyEvent? {
        if attempt > 1 {
            return CustodyEvent(at: sentAt, kind: "resent", generation: generation, detail: "attempt \(attempt)")
        }
        guard purpose != .device else { return nil }
        return CustodyEvent(at: sentAt, kind: "intent", generation: generation, detail: purpose.rawValue)
    }
}

/// What a token endpoint answered, sealed and made durable before it is parsed.
///
/// One that came in part is kept for the story and never parsed: it is sealed for a place of its own (`Seat.answerPlace`), so that
/// it does not even open as an answer.
public struct RawAnswer: Sendable, Equatable {
    public let wallet: WalletID
    public let link: LinkID
    public let generation: Int
    public let fence: Int64
    /// Which sending of the intent it answers, counted from 1.
    public let attempt: Int
    public let status: Int
    public let sealedBody: [UInt8]
    public let receivedAt: Instant
    /// Whether it was cut on its way.
    public let isPart: Bool

    public init(
        wallet: WalletID, link: LinkID, generation: Int, fence: Int64, attempt: Int = 1, status: Int,
        sealedBody: [UInt8], receivedAt: Instant, isPart: Bool = false
    ) {
        self.attempt = attempt
        self.isPart = isPart
        self.wallet = wallet
        self.link = link
        self.generation = generation
        self.fence = fence
        self.status = status
        self.sealedBody = sealedBody
        self.receivedAt = receivedAt
    }
}

extension RawAnswer {
    /// How the custody story tells it.
    public var event: CustodyEvent {
        CustodyEvent(
            at: receivedAt, kind: isPart ? "answerCut" : "answer", generation: generation, detail: "HTTP \(status)")
    }
}

/// Tokens received by a worker that had lost its claim: kept, never dropped.
public struct Orphan: Sendable, Equatable {
    public let number: Int
    /// The generation that was spent for them.
    public let parent: Int
    public let fence: Int64
    /// Sealed for the link's generation `parent + 1`.
    public let token: TokenVersion

    public init(number: Int, parent: Int, fence: Int64, token: TokenVersion) {
        self.number = number
        self.parent = parent
        self.fence = fence
        self.token = token
    }
}

/// A grant that the provider refused (`invalid_grant`): not believed until it was asked again.
public struct Suspicion: Sendable, Hashable {
    /// Of which generation.
    public let generation: Int
    public let firstAt: Instant
    public let lastAt: Instant
    /// How often it was refused, those of a mass event not counted.
    public let refusals: Int
    /// When an answer to this generation's refresh had been lost before; nil: none was.
    public let lostAt: Instant?

    public init(generation: Int, firstAt: Instant, lastAt: Instant, refusals: Int, lostAt: Instant?) {
        self.generation = generation
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.refusals = refusals
        self.lostAt = lostAt
    }
}

extension Suspicion {
    /// As it is once the wall clock was set back by so much.
    public func moved(earlierBy milliseconds: Int64) -> Suspicion {
        Suspicion(
            generation: generation, firstAt: firstAt.adding(milliseconds: -milliseconds),
            lastAt: lastAt.adding(milliseconds: -milliseconds), refusals: refusals, lostAt: lostAt)
    }

    /// One more refusal. That of another generation begins anew.
    public init(after before: Suspicion?, generation: Int, counts: Bool, lostAt: Instant?, at: Instant) {
        let same = before.flatMap { $0.generation == generation ? $0 : nil }
        self.init(
            generation: generation, firstAt: same?.firstAt ?? at, lastAt: at,
            refusals: (same?.refusals ?? 0) + (counts ? 1 : 0), lostAt: same?.lostAt ?? lostAt)
    }
}

/// What earlier work on a link's grant has left behind, of its present generation.
public struct CustodyPast: Sendable, Equatable {
    /// A spend that was begun and never settled.
    public var intent: Intent?
    /// Answers that were kept and never settled, newest first.
    public var answers: [RawAnswer]
    /// Tokens that came too late, newest first.
    public var orphans: [Orphan]
    public var suspicion: Suspicion?

    public init(
        intent: Intent? = nil, answers: [RawAnswer] = [], orphans: [Orphan] = [], suspicion: Suspicion? = nil
    ) {
        self.intent = intent
        self.answers = answers
        self.orphans = orphans
        self.suspicion = suspicion
    }

    /// Whether the generation that is there is the newest one that was given out, as far as anybody can know.
    public var isSettled: Bool { intent == nil && answers.isEmpty && orphans.isEmpty }
    public var isClear: Bool { isSettled && suspicion == nil }
}

/// One line of a link's custody story: what happened, never what was in it.
public struct CustodyEvent: Sendable, Hashable {
    public let at: Instant
    /// The raw value of a `Kind`.
    public let kind: String
    public let generation: Int
    public let detail: String?

    public init(at: Instant, kind: String, generation: Int, detail: String? = nil) {
        self.at = at
        self.kind = kind
        self.generation = generation
        self.detail = detail
    }
}

/// A link's data key as stored: wrapped under an epoch, with a commitment to the key itself (PROTOCOL.md E 1-5).
public struct WrappedDataKey: Sendable, Hashable {
    public let id: UInt32
    public let epoch: UInt32
    public let wrapped: [UInt8]
    public let commitment: [UInt8]

    public init(id: UInt32, epoch: UInt32, wrapped: [UInt8], commitment: [UInt8]) {
        self.id = id
        self.epoch = epoch
        self.wrapped = wrapped
        self.commitment = commitment
    }
}

/// A key-encryption-key epoch as stored: wrapped under the root.
public struct WrappedEpoch: Sendable, Hashable {
    public let id: UInt32
    public let wrapped: [UInt8]
    public let createdAt: Instant

    public init(id: UInt32, wrapped: [UInt8], createdAt: Instant) {
        self.id = id
        self.wrapped = wrapped
        self.createdAt = createdAt
    }
}
