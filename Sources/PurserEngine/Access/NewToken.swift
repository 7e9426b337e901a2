public import Wire

/// What is asked of a token that is to be made.
public struct NewToken: Sendable, Hashable {
    public var name: String?
    public var scopes: Set<Scope>
    /// Folder names or programme keys; nil: no restriction.
    public var programmes: [String]?
    /// `2027-01-31`, `30d`, `12h`; nil: never.
    public var expires: String?

    public init(scopes: Set<Scope>, programmes: [String]? = nil, expires: String? = nil, name: String? = nil) {
        self.name = name
        self.scopes = scopes
        self.programmes = programmes
        self.expires = expires
    }
}

/// When a token is to end, as people say it.
public enum Expiry {
    private static let mostDays: Int64 = 3660

    /// A day (it is good until that day is over, UTC), or days or hours from now; nil: none of these.
    public static func parse(_ text: String, now: Instant) -> Instant? {
        if let day = CivilDate(iso: text) { return Instant(day.adding(days: 1)) }
        guard let unit = text.last, let count = Int64(text.dropLast()), count > 0, count <= mostDays * 24,
            text.utf8.first.map({ (0x31...0x39).contains($0) }) ?? false
        else { return nil }
        switch unit {
        case "h": return now.adding(seconds: count * 3600)
        case "d" where count <= mostDays: return now.adding(seconds: count * 86_400)
        default: return nil
        }
    }
}

/// Whether a token may be made, and what of it then is: one pure table. Nobody makes a token that is stronger, reaches
/// further or lives longer than what it is made with.
enum TokenGrant: Hashable {
    case granted(providers: [String]?, expiresAt: Instant?)
    case refused(TokenProblem)

    /// - Parameters:
    ///   - maker: the token it is made with; nil: the daemon's socket, which may make any.
    ///   - known: which providers a name or programme key means; empty: none.
    static func decide(_ asked: NewToken, maker: APIToken?, now: Instant, known: (String) -> [String]) -> TokenGrant {
        guard !asked.scopes.isEmpty else { return .refused(.noScope) }
        if let maker, !Scope.reach(asked.scopes).isSubset(of: Scope.reach(maker.scopes)) {
            let missing = Scope.allCases.filter { asked.scopes.contains($0) && !maker.scopes.contains($0) }
            return .refused(.stronger("it has no \(missing.map(\.rawValue).joined(separator: ", "))"))
        }
        var providers: Set<String>?
        if let programmes = asked.programmes {
            var found: Set<String> = []
            for name in programmes {
                let meant = known(name).filter { maker?.providers?.contains($0) ?? true }
                guard !meant.isEmpty else { return .refused(.unknownProgramme(name)) }
                found.formUnion(meant)
            }
            guard !found.isEmpty else { return .refused(.noProgramme) }
            providers = found
        } else if let own = maker?.providers {
            return .refused(.stronger("it is restricted to \(own.joined(separator: ", ")); name programmes among them"))
        }
        var expiresAt = maker?.expiresAt
        if let text = asked.expires {
            guard let end = Expiry.parse(text, now: now) else { return .refused(.unreadableExpiry) }
            guard end > now else { return .refused(.pastExpiry) }
            if let limit = maker?.expiresAt, end > limit {
                return .refused(.stronger("it ends \(limit.rfc3339) itself"))
            }
            expiresAt = end
        }
        return .granted(providers: providers?.sorted(), expiresAt: expiresAt)
    }
}

/// Why a token was not made. Nothing was saved.
public enum TokenProblem: Error, Sendable, Hashable, CustomStringConvertible {
    case noScope
    case noProgramme
    case unknownProgramme(String)
    case unreadableExpiry
    case pastExpiry
    /// In what it would be stronger than the token it is made with.
    case stronger(String)
    case unfitName
    case tooMany
    case store(StoreError)

    public var description: String {
        switch self {
        case .noScope: "a token needs a scope: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))"
        case .noProgramme: "a restriction names at least one programme"
        case .unknownProgramme: "no provider has that name or programme key"
        case .unreadableExpiry: "expires must be a day or a time from now, like 2027-01-31, 30d or 12h"
        case .pastExpiry: "that is over already"
        case .stronger(let why): "a token makes none that is stronger than itself: \(why)"
        case .unfitName: "a name has 1 to \(Limits.tokenNameCount) characters, and no control characters"
        case .tooMany: "there are \(Limits.tokens) tokens already; revoke some"
        case .store(let error): error.description
        }
    }
}
