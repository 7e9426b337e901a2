public import Wire

/// The stream of a provider's signals, as its row holds it: of no person and no wallet, like a feed. There is a row for each
/// provider whose folder names a transmitter; `made` is the stream itself, while there is one.
public struct SignalStream: Sendable, Equatable {
    /// What a transmitter says of a stream (Shared Signals Framework 1.0 8.1.2).
    public enum Status: String, Sendable, Hashable, CaseIterable {
        case enabled
        /// Events are held.
        case paused
        /// Events are dropped.
        case disabled
    }

    /// A stream at its transmitter.
    public struct Made: Sendable, Hashable {
        public let id: String
        public let pollEndpoint: String
        /// Whom its tokens are for (`aud`).
        public let audience: [String]
        /// Who made it: another client, or another transmitter, has nothing to do with it.
        public let clientID: String
        public let transmitter: String
        public let madeAt: Instant
        /// What was asked to be told, and what is.
        public var requested: [String]
        public var delivered: [String]
        public var status = Status.enabled
        public var statusReason: String?
        /// When the transmitter was last asked how the stream is; nil: never yet.
        public var statusAt: Instant?
        /// What goes with a wish for a verification that has not come; nil: none is waited for.
        public var state: String?
        public var askedAt: Instant?
        public var verifiedAt: Instant?
        public var polledAt: Instant?
        /// Links whose people were named to it, where it tells of nobody else.
        public var named: [String] = []

        public init(
            id: String, pollEndpoint: String, audience: [String], clientID: String, transmitter: String,
            madeAt: Instant, requested: [String], delivered: [String]
        ) {
            self.id = id
            self.pollEndpoint = pollEndpoint
            self.audience = audience
            self.clientID = clientID
            self.transmitter = transmitter
            self.madeAt = madeAt
            self.requested = requested
            self.delivered = delivered
        }
    }

    /// The provider's folder name.
    public let provider: String
    public let createdAt: Instant
    public var turn: ProviderTurn
    public var made: Made?

    public init(provider: String, createdAt: Instant, turn: ProviderTurn, made: Made? = nil) {
        self.provider = provider
        self.createdAt = createdAt
        self.turn = turn
        self.made = made
    }

    /// A row of which there is no stream yet, due at once.
    public init(provider: String, now: Instant) {
        self.init(
            provider: provider, createdAt: now, turn: ProviderTurn(dueAt: now, fence: now.milliseconds))
    }
}

// What verbs do to a row, the same in every store.
extension SignalStream {
    /// There is no stream any more, and whoever works on it has lost it.
    public mutating func lose(now: Instant) {
        made = nil
        turn.fence += 1
        (turn.dueAt, turn.isLeased) = (now, false)
        (turn.failures, turn.trouble) = (0, nil)
    }
}

/// How a provider's signals stand, as shown.
public struct SignalFacts: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Nobody is linked: there is nothing to be told of.
        case resting
        /// There is no stream yet.
        case making
        /// The provider tells what happens.
        case active
        /// It holds back what it would tell, or drops it.
        case paused, disabled
    }

    public let state: State
    /// Why the provider paused it, or why the last attempt at something failed, in words.
    public let trouble: String?
    public let since: Instant?
    /// When it was last asked.
    public let polledAt: Instant?
    /// Whether the provider has shown that its events come through.
    public let isVerified: Bool
    /// The events that are told of, by name.
    public let events: [String]

    /// - Parameter hasPeople: whether anybody is linked.
    public init(_ stream: SignalStream, hasPeople: Bool) {
        let made = stream.made
        state =
            switch made?.status {
            case nil: hasPeople ? .making : .resting
            case .enabled?: .active
            case .paused?: .paused
            case .disabled?: .disabled
            }
        let status = made.flatMap { $0.status == .enabled ? nil : $0.statusReason }
        trouble = stream.turn.trouble ?? status
        since = made?.madeAt
        polledAt = made?.polledAt
        isVerified = made?.verifiedAt != nil
        events = (made?.delivered ?? []).compactMap { SignalKind(rawValue: $0)?.name }
    }
}
