public import Wire

/// When something of a grant ends, by its provider's word.
public struct ToldEnd: Sendable, Hashable {
    public let at: Instant
    /// Whether refreshing moves it: nil before the first refresh has shown that.
    public let moves: Bool?

    public init(at: Instant, moves: Bool? = nil) {
        self.at = at
        self.moves = moves
    }
}

/// What a provider says of the end of a grant (draft-ietf-oauth-refresh-token-expiration): its word, and no verdict. A
/// grant is over when the token endpoint says so.
public struct GrantEnds: Sendable, Hashable {
    /// When the refresh token ends, if it is not used before; nil: nothing was said.
    public let refresh: ToldEnd?
    /// When the authorization ends, whatever is refreshed; nil: nothing was said.
    public let authorization: ToldEnd?

    public static let untold = GrantEnds()

    public init(refresh: ToldEnd? = nil, authorization: ToldEnd? = nil) {
        self.refresh = refresh
        self.authorization = authorization
    }

    /// When the person is asked for consent again, as far as is said.
    public var consent: ToldEnd? { authorization ?? refresh }

    /// The moments that were named.
    var moments: [Instant] { [refresh, authorization].compactMap { $0?.at } }

    /// Whether one of the two is past.
    func isPast(at now: Instant) -> Bool { moments.contains { $0 <= now } }
}

extension GrantEnds {
    /// What a token response makes of it. A refresh that says nothing and brings no other refresh token leaves that
    /// one's end where it was; of another one nothing is known. An authorization goes on with whatever tokens, so its
    /// end stays until another is told.
    ///
    /// - Parameter before: the generation that was spent; nil: a code was, and nothing goes on.
    static func told(by tokens: TokenResponse, sentAt: Instant, after before: TokenVersion?) -> GrantEnds {
        func next(_ seconds: Int64?, _ old: ToldEnd?, stays: Bool) -> ToldEnd? {
            guard let seconds else { return stays ? old.map { ToldEnd(at: $0.at, moves: false) } : nil }
            let at = sentAt.adding(seconds: seconds)
            guard let before, let old else { return ToldEnd(at: at) }
            return ToldEnd(at: at, moves: moves(from: old, to: at, in: sentAt.milliseconds(since: before.receivedAt)))
        }
        return GrantEnds(
            refresh: next(tokens.refreshExpiresIn, before?.ends.refresh, stays: tokens.refreshToken == nil),
            authorization: next(tokens.authorizationExpiresIn, before?.ends.authorization, stays: true))
    }

    /// Whether an end has moved on with the time that passed: by half of it at least, since what is said is rounded and
    /// takes its time to arrive. Of two refreshes that follow at once nothing can be told.
    private static func moves(from old: ToldEnd, to at: Instant, in elapsed: Int64) -> Bool? {
        guard elapsed >= Limits.endMovesSeconds * 1000 else { return old.moves }
        return at.milliseconds(since: old.at) >= elapsed / 2
    }
}
