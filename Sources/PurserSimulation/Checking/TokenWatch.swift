import Crypto
import PurserEngine
import Wire

/// Follows every token from the answer it came in: which link it is of and which generation. From that it checks that
/// no token is used before it is durable, that no link has two spends in flight, that what was refused for good is not
/// sent again, that no kept answer with tokens in it is thrown away, and that a revocation said to have happened did.
final class TokenWatch: @unchecked Sendable {
    // Ownership: the simulation's one thread.
    struct Origin: Hashable {
        let link: LinkID
        let generation: Int
    }

    struct Begun {
        let number: Int
        let origin: Origin?
        let isSpend: Bool
    }

    private let runner: any VerbRunner
    private var codes: [String: LinkID] = [:]
    private var tokens: [String: Origin] = [:]
    /// Generations that brought a refresh token, by link: where none comes, the one before goes on.
    private var renewals: [LinkID: Set<Int>] = [:]
    private var flights: [LinkID: Int] = [:]
    /// What the provider said `invalid_grant` to, and was heard.
    private var refused: [Origin: Int] = [:]
    /// Spends whose answer brought tokens and reached us whole.
    private var delivered: Set<Origin> = []
    /// Those of them whose answer was seen in the store.
    private var kept: Set<Origin> = []
    /// Links whose refresh token the provider has confirmed to be revoked.
    private var revoked: Set<LinkID> = []
    /// Links whose grant went over to an older one.
    private var merged: Set<LinkID> = []
    private var count = 0
    private var writes = 0
    private let every: Int
    /// `invalid_grant` is asked about again once or twice, a mass event's more often, and then never.
    private static let mostRefusals = 8
    private(set) var violations: [String] = []

    /// - Parameter every: after how many writes what is over is looked for.
    init(_ runner: any VerbRunner, every: Int = 1) {
        self.runner = runner
        self.every = every
    }

    /// The browser brought this code for this link.
    func learn(code: String, of link: LinkID) { codes[code] = link }

    func begins(_ request: ProviderRequest) -> Begun {
        count += 1
        if let bearer = request.authorization?.text(), bearer.hasPrefix("Bearer ") {
            let origin = tokens[String(bearer.dropFirst(7))]
            checkDurable(origin, "an access token")
            return Begun(number: count, origin: origin, isSpend: false)
        }
        let form = request.body?.text().flatMap { Form(parsing: $0) } ?? Form()
        guard let grant = form["grant_type"] else {
            let isRevocation = form["token_type_hint"] == "refresh_token"
            let origin = isRevocation ? form["token"].flatMap { tokens[$0] } : nil
            return Begun(number: count, origin: origin, isSpend: false)
        }
        var origin: Origin?
        if grant == "authorization_code" {
            origin = form["code"].flatMap { codes[$0] }.map { Origin(link: $0, generation: 0) }
        }
        if grant == "refresh_token" { origin = form["refresh_token"].flatMap { tokens[$0] }.flatMap(spent) }
        guard let origin else {
            violations.append("a \(grant) request spends what nobody gave out")
            return Begun(number: count, origin: nil, isSpend: false)
        }
        if flights[origin.link] != nil { violations.append("two spends of \(origin.link) in flight") }
        if (refused[origin] ?? 0) >= Self.mostRefusals {
            violations.append("\(origin.link) is spent again after invalid_grant")
        }
        flights[origin.link] = count
        checkIntent(origin)
        return Begun(number: count, origin: origin, isSpend: true)
    }

    func answered(_ begun: Begun, _ response: HTTPResponse) {
        guard begun.isSpend, let origin = begun.origin, response.status == 200,
            let json = try? JSON.parse(response.body)
        else { return }
        let next = Origin(link: origin.link, generation: origin.generation + 1)
        for name in ["access_token", "refresh_token"] {
            guard let token = json[name]?.string, !token.isEmpty else { continue }
            if tokens[token] == nil { tokens[token] = next }
            if name == "refresh_token" { renewals[origin.link, default: []].insert(next.generation) }
        }
    }

    /// Which generation a refresh token is spent for: the one it came with, or a later one that brought no other.
    private func spent(_ token: Origin) -> Origin? {
        checkDurable(token, "a refresh token")
        let found = try? runner.read { reads throws(StoreError) in try reads.intent(.first, token.link) }
        guard let intent = found ?? nil else { return token }
        let newest = renewals[token.link, default: []].filter { $0 <= intent.generation }.max()
        if newest != token.generation { violations.append("\(token.link) spends another refresh token than its own") }
        return Origin(link: token.link, generation: intent.generation)
    }

    /// The answer reached us whole.
    func delivered(_ begun: Begun, _ response: HTTPResponse) {
        guard let origin = begun.origin else { return }
        let json = try? JSON.parse(response.body, limits: .token)
        guard begun.isSpend else {
            if response.status == 200 { revoked.insert(origin.link) }
            return
        }
        if origin.generation > 0, json?["error"]?.string == "invalid_grant" { refused[origin, default: 0] += 1 }
        if response.status == 200, let json, json["access_token"]?.string.flatMap({ tokens[$0] }) != nil {
            delivered.insert(origin)
        }
    }

    /// After every write: what is over is gone at once, and an answer that brought tokens and was kept must not be gone before they are durable.
    func wrote() {
        writes += 1
        if writes % every == 0 {
            followMerges()
            checkErased()
        }
        guard !delivered.isEmpty else { return }
        let found = try? runner.read { reads throws(StoreError) in try reads.unfinishedSpends() }
        var open: Set<Origin> = []
        for spend in found ?? [] where spend.raw != nil {
            open.insert(Origin(link: spend.intent.link, generation: spend.intent.generation))
        }
        kept.formUnion(open.intersection(delivered))
        for origin in kept where !open.contains(origin) {
            kept.remove(origin)
            delivered.remove(origin)
            let link = (try? runner.read { reads throws(StoreError) in try reads.link(.first, origin.link) }) ?? nil
            guard let link, link.generation <= origin.generation else { continue }
            if case .revoked = link.state { continue }
            if link.state == .merged { continue }
            violations.append("\(origin.link): an answer with generation \(origin.generation + 1) was thrown away")
        }
    }

    private func checkErased() {
        let held = try? runner.read { reads throws(StoreError) in try ErasureCheck.violations(reads, .first) }
        for violation in held ?? ["the links cannot be read"] where !violations.contains(violation) {
            violations.append(violation)
        }
    }

    /// A grant that went over to an older link is that link's from then on.
    private func followMerges() {
        let found = try? runner.read { reads throws(StoreError) -> [(LinkID, Origin)] in
            var out: [(LinkID, Origin)] = []
            for link in try reads.links(.first) where link.state == .merged && !merged.contains(link.id) {
                guard let other = link.mergedInto, let older = try reads.link(.first, other) else { continue }
                out.append((link.id, Origin(link: other, generation: older.generation)))
            }
            return out
        }
        for (link, origin) in found ?? [] {
            merged.insert(link)
            for (token, was) in tokens where was.link == link { tokens[token] = origin }
            renewals[origin.link, default: []].insert(origin.generation)
            delivered = delivered.filter { $0.link != link }
            kept = kept.filter { $0.link != link }
        }
    }

    /// After quiet days: what is still kept and not committed, and receipts that claim more than the provider said.
    func leftOver() -> [String] {
        let receipts = (try? runner.read { reads throws(StoreError) in try reads.receipts(.first) }) ?? []
        return kept.map { "\($0.link): an answer with generation \($0.generation + 1) was never parsed" }.sorted()
            + receipts.compactMap { receipt in
                switch receipt.answer {
                case .revoked where !revoked.contains(receipt.link): "\(receipt.link): nobody was asked to revoke it"
                case .pending: "\(receipt.link): its revocation is still pending"
                default: nil
                }
            }
    }

    func ends(_ begun: Begun) {
        if begun.isSpend, let link = begun.origin?.link, flights[link] == begun.number { flights[link] = nil }
    }

    /// What was in flight died with the process.
    func crashed() {
        flights = [:]
        // What was in memory only is gone with it.
        delivered.formIntersection(kept)
    }

    private func checkDurable(_ origin: Origin?, _ what: String) {
        guard let origin else { return violations.append("\(what) is used that nobody gave out") }
        let held = try? runner.read { reads throws(StoreError) in try reads.link(.first, origin.link)?.generation }
        guard let generation = held ?? nil, generation >= origin.generation else {
            return violations.append(
                "\(what) of \(origin.link) is used before generation \(origin.generation) is durable")
        }
    }

    private func checkIntent(_ origin: Origin) {
        let found = try? runner.read { reads throws(StoreError) in try reads.intent(.first, origin.link) }
        guard let intent = found ?? nil, intent.generation == origin.generation else {
            return violations.append("\(origin.link) is spent without an intent")
        }
    }
}
