import Crypto
import PurserEngine
import Wire

/// Follows every token from the answer it came in: which link it is of and which generation. From that it checks that
/// no token is used before it is durable, and that no link has two spends in flight.
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
    private var flights: [LinkID: Int] = [:]
    private var count = 0
    private(set) var violations: [String] = []

    init(_ runner: any VerbRunner) { self.runner = runner }

    /// The browser brought this code for this link.
    func learn(code: String, of link: LinkID) { codes[code] = link }

    func begins(_ request: ProviderRequest) -> Begun {
        count += 1
        if let bearer = request.authorization?.text(), bearer.hasPrefix("Bearer ") {
            let origin = tokens[String(bearer.dropFirst(7))]
            checkDurable(origin, "an access token")
            return Begun(number: count, origin: origin, isSpend: false)
        }
        guard let form = request.body?.text().flatMap({ Form(parsing: $0) }), let grant = form["grant_type"] else {
            return Begun(number: count, origin: nil, isSpend: false)
        }
        var origin: Origin?
        if grant == "authorization_code" {
            origin = form["code"].flatMap { codes[$0] }.map { Origin(link: $0, generation: 0) }
        }
        if grant == "refresh_token" {
            origin = form["refresh_token"].flatMap { tokens[$0] }
            checkDurable(origin, "a refresh token")
        }
        guard let origin else {
            violations.append("a \(grant) request spends what nobody gave out")
            return Begun(number: count, origin: nil, isSpend: false)
        }
        if flights[origin.link] != nil { violations.append("two spends of \(origin.link) in flight") }
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
            if let token = json[name]?.string { tokens[token] = next }
        }
    }

    func ends(_ begun: Begun) {
        if begun.isSpend, let link = begun.origin?.link, flights[link] == begun.number { flights[link] = nil }
    }

    /// What was in flight died with the process.
    func crashed() { flights = [:] }

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
