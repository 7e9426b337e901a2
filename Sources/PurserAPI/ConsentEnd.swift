public import Wire

/// What the end that a provider told of a link's consent comes to for its person.
public enum ConsentEnd: Sendable, Hashable {
    /// It lies ahead, and each refresh moves it on: nothing is to be done while Purser refreshes.
    case moves(Instant)
    /// It lies ahead, and refreshing does not move it.
    case stands(Instant)
    /// It lies ahead, and no refresh has shown yet whether it moves.
    case open(Instant)
    /// It is past. A provider's word is no verdict: the link may have been pulled since.
    case past(Instant, stillWorks: Bool)
}

extension LinkShown {
    /// Nil: the provider told of none.
    public func consentEnd(at now: Instant) -> ConsentEnd? {
        guard let end = consentEndsAt else { return nil }
        guard end > now else {
            return .past(end, stillWorks: state == "active" && pulledAt.map { $0 > end } ?? false)
        }
        return switch consentEndMoves {
        case true?: .moves(end)
        case false?: .stands(end)
        case nil: .open(end)
        }
    }
}
