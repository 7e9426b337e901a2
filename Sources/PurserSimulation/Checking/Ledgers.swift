import MockProviders
import PurserEngine
import Wire

/// What the providers' journals say, followed as they grow: which consent a token came from, and what became of it.
final class Ledgers {
    /// A consent at a provider.
    struct Family: Hashable {
        let provider: String
        let number: Int
    }

    /// Why a family is no more.
    struct End {
        let reason: String
        let at: Instant
    }

    private var seen: [String: Int] = [:]
    private var families: [String: Family] = [:]
    private var ends: [Family: End] = [:]
    private var renewable: Set<Family> = []
    /// Tokens that providers gave out, took and refused.
    private(set) var issued: [String] = []
    private(set) var refusals: [(provider: String, event: LedgerEvent)] = []
    private(set) var replays = 0

    /// Reads on where it stopped.
    func follow(_ server: SimulatedServer) {
        let events = server.events
        let from = seen[server.name, default: 0]
        guard from < events.count else { return }
        seen[server.name] = events.count
        for event in events[from...] { take(event, server.name) }
    }

    private func take(_ event: LedgerEvent, _ provider: String) {
        let family = event.family.map { Family(provider: provider, number: $0) }
        switch event.what {
        case "issued":
            families[event.token] = family
            issued.append(event.token)
            if event.kind == "refresh", let family { renewable.insert(family) }
        case "spent again": replays += 1
        case "refused": refusals.append((provider, event))
        case "revoked":
            if let family, ends[family] == nil, event.kind != "code" || event.reason != "a failed try" {
                ends[family] = End(reason: event.reason ?? "", at: event.at)
            }
        default: break
        }
    }

    func family(of token: String) -> Family? { families[token] }

    func end(of family: Family) -> End? { ends[family] }

    /// Whether a refresh token was ever given out for it.
    func isRenewable(_ family: Family) -> Bool { renewable.contains(family) }
}
