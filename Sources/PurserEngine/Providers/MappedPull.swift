import Crypto
import Wire

/// What a pull's answers say, in our words: no ids of ours yet, nothing compared with before.
struct MappedPull: Sendable, Equatable {
    struct MappedMembership: Sendable, Equatable {
        let id: String
        let number: String
        let holder: String?
        let since: CivilDate?
        var tiers: [Tier] = []
        /// For request placeholders.
        let keys: [String: String]
    }

    struct MappedBalance: Sendable, Equatable {
        let membership: String
        let type: String
        let unit: String
        let amount: BalanceAmount
        let asOf: Instant?
    }

    struct MappedLot: Sendable, Equatable {
        let membership: String
        let type: String
        /// Nil: of the membership's only account of that type.
        let unit: String?
        let lot: Lot
    }

    struct MappedVoucher: Sendable, Equatable {
        let membership: String
        let id: String
        let title: String?
        let amount: ExactDecimal?
        let unit: String?
        let expires: CivilDate?
        /// Redeemable: never printed, sealed before it is stored.
        let code: Secret?
    }

    struct MappedEntry: Sendable, Equatable {
        let membership: String
        let type: String
        let unit: String?
        let id: String
        let posted: Instant
        let kind: String
        let amount: ExactDecimal
        let text: String?
        let balanceAfter: ExactDecimal?
    }

    var memberships: [MappedMembership] = []
    var balances: [MappedBalance] = []
    var lots: [MappedLot] = []
    var vouchers: [MappedVoucher] = []
    var entries: [MappedEntry] = []
    /// Of a valuation provider, which has these and nothing else.
    var values: [PointValue] = []
    var partners: [TransferPartner] = []
    var isOfMarket = false
    /// Sections of which something was absent: what they do not name stays as it was.
    var kept: Set<Mapping.Section> = []
    /// In words, without values that could be secret.
    var warnings: [String] = []
}

/// One answer of a pull.
struct PulledAnswer: Sendable {
    let request: String
    /// The membership's external id, for a request that runs once per membership.
    let membership: String?
    let body: JSON
}
