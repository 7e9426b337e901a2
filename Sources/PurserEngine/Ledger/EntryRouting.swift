/// Which account a row of a pull belongs to: by membership, type and unit, or the only one there is of the type.
struct EntryRouting {
    private let memberships: [String: MembershipID]
    private let all: [Account]
    private let accounts: [Account]

    init(_ memberships: [Membership], _ accounts: [Account]) {
        self.memberships = Dictionary(memberships.map { ($0.externalID, $0.id) }) { first, _ in first }
        all = accounts
        self.accounts = accounts.filter { $0.endedAt == nil }
    }

    /// Nil: none, or more than one could be meant.
    func account(membership: String, type: String, unit: String?) -> AccountID? {
        guard let membership = memberships[membership] else { return nil }
        let fitting = accounts.filter {
            $0.membership == membership && $0.type == type && (unit == nil || $0.unit == unit)
        }
        return fitting.count == 1 ? fitting[0].id : nil
    }

    /// Every account each entry could be of, ended ones too: they come back with the entries they had.
    func byAccount(_ entries: [MappedPull.MappedEntry]) -> [AccountID: [MappedPull.MappedEntry]] {
        var out: [AccountID: [MappedPull.MappedEntry]] = [:]
        for entry in entries {
            guard let membership = memberships[entry.membership] else { continue }
            for account in all
            where account.membership == membership && account.type == entry.type
                && (entry.unit == nil || account.unit == entry.unit)
            {
                out[account.id, default: []].append(entry)
            }
        }
        return out
    }
}
