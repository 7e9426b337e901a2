import Wire

/// What an API token may do. The daemon's socket acts with all of them.
public enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Accounts and links; numbers and names masked.
    case balancesRead = "balances:read"
    /// Membership numbers and names in full.
    case numbersRead = "numbers:read"
    /// The ledger of an account.
    case entriesRead = "entries:read"
    /// Link, sync, unlink.
    case linksManage = "links:manage"
    case admin

    /// All that these scopes come to: the one place that says which implies which.
    ///
    /// A number is shown inside an account only, and opening + entries = balance: whoever may see numbers or entries
    /// may see balances. Managing links does not show what is in them. `admin` is everything.
    public static func reach(_ scopes: Set<Scope>) -> Set<Scope> {
        if scopes.contains(.admin) { return Set(allCases) }
        let showsBalances = !scopes.isDisjoint(with: [.numbersRead, .entriesRead])
        return showsBalances ? scopes.union([.balancesRead]) : scopes
    }
}

/// How much of a wallet a reader sees.
public struct Sight: Sendable, Hashable {
    public let seesNumbers: Bool
    /// The providers it sees, by folder name; nil: all.
    public let providers: Set<String>?

    public init(_ scopes: Set<Scope>, providers: [String]? = nil) {
        seesNumbers = Scope.reach(scopes).contains(.numbersRead)
        self.providers = providers.map { Set($0) }
    }

    public func sees(_ provider: String) -> Bool { providers?.contains(provider) ?? true }

    /// What is seen, as a word: equal words, equal sight.
    var mark: String {
        (seesNumbers ? "n" : "m")
            + (providers.map { "-" + $0.sorted().map(URI.percentEncode).joined(separator: "+") } ?? "")
    }
}
