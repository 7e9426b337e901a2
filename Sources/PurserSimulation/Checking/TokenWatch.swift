import Crypto
import PurserEngine
import Wire

/// Follows every token from the answer it came in: which link it is of and which generation. From that it checks, at
/// every request, single flight (I2), that nothing is used before it is durable (I3) and that a lost link is quiet
/// (I12); and after every write, that no answer with tokens in it is thrown away (I4), that what is over is erased, and
/// that no link is lost without its provider's ledger saying so (I1).
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
        /// Which of the provider's limits it falls under; nil: none.
        let kind: EndpointClass?
        let provider: String
        let at: Instant
        let deadline: Instant
        /// What it is, for whoever reads the trace.
        let words: String
        /// It asks for a token in our own name.
        var wantsOwn = false
    }

    /// A spend that is on its way.
    struct Flight {
        let begun: Begun
        /// The provider has given out tokens for it.
        var isServed = false
        /// It reached the provider twice.
        var isDoubled = false
    }

    let runner: any VerbRunner
    let ledgers = Ledgers()
    let losses: LossCheck
    let chronicle: Chronicle
    let pace = PaceCheck()
    var waits = WaitCheck()
    let policies: [String: RotationPolicy]
    var codes: [String: LinkID] = [:]
    /// Device codes that providers gave out.
    var devices: Set<String> = []
    var tokens: [String: Origin] = [:]
    /// Generations that brought a refresh token, by link: where none comes, the one before goes on.
    var renewals: [LinkID: Set<Int>] = [:]
    var flights: [LinkID: Flight] = [:]
    /// How often the provider said `invalid_grant` to it, and was heard.
    var refused: [Origin: Int] = [:]
    /// Spends that were sent and never answered: until then an answer may come.
    var open: [Origin: Instant] = [:]
    /// Spends whose answer brought tokens and reached us whole.
    var delivered: Set<Origin> = []
    /// When each of them reached us.
    var deliveredAt: [Origin: Instant] = [:]
    /// Those of them whose answer was seen in the store.
    var kept: Set<Origin> = []
    /// Access tokens that we were given in our own name, of no link.
    var own: Set<String> = []
    /// Of which generations of a link the provider has confirmed a token to be revoked.
    var revoked: [LinkID: Set<Int>] = [:]
    /// Links whose grant went over to an older one.
    var merged: Set<LinkID> = []
    /// What their tokens were before.
    var former: [LinkID: [String: Origin]] = [:]
    /// Every link as it was when it was last looked at.
    var known: [LinkID: Link] = [:]
    private var count = 0
    var writes = 0
    let every: Int
    private(set) var refreshes = 0
    /// Answers that lie in the escrow; and those that ever did, by link.
    private var escrowed: Set<Origin> = []
    private(set) var everEscrowed: [LinkID: Set<Int>] = [:]
    /// `invalid_grant` is asked about again once or twice, a mass event's more often, and then never.
    private static let mostRefusals = 8
    private(set) var violations: [String] = []

    /// - Parameter every: after how many writes what is over is looked for.
    init(
        _ runner: any VerbRunner, every: Int = 1, policies: [String: RotationPolicy], chronicle: Chronicle
    ) {
        self.runner = runner
        self.every = every
        self.policies = policies
        self.chronicle = chronicle
        losses = LossCheck(ledgers, policies)
    }

    var now: Instant { chronicle.now }

    func breaks(_ words: String) {
        guard !violations.contains(words) else { return }
        violations.append(words)
        chronicle.tell("RULE BROKEN", words)
    }

    /// An answer went to the escrow, or all of them went from there to the store.
    func escrowed(_ origin: Origin) {
        chronicle.tell("escrow", "keeps the answer to generation \(origin.generation) of \(origin.link)")
        // An earlier attempt's, that held none, keeps no later one's tokens.
        if delivered.contains(origin) { escrowed.insert(origin) }
        everEscrowed[origin.link, default: []].insert(origin.generation)
    }

    func emptiedEscrow() { escrowed = [] }

    /// Whether an answer that came whole is durable somewhere.
    func isDurable(_ origin: Origin) -> Bool { kept.contains(origin) || escrowed.contains(origin) }

    /// Another one, for a second daemon on a copy of the database: it knows what is known up to now.
    func twin(_ runner: any VerbRunner) -> TokenWatch {
        let twin = TokenWatch(runner, every: every, policies: policies, chronicle: chronicle)
        (twin.codes, twin.tokens, twin.renewals, twin.open) = (codes, tokens, renewals, open)
        (twin.known, twin.merged, twin.former, twin.revoked) = (known, merged, former, revoked)
        (twin.devices, twin.own) = (devices, own)
        twin.everEscrowed = everEscrowed
        twin.losses.share()
        return twin
    }

    /// An earlier copy of the database is the database now: what came after it is unknown here, and each grant may have
    /// been spent since.
    func putBack() {
        let links = (try? runner.inspect { reads throws(StoreError) in try reads.everyLink() }) ?? []
        known = [:]
        delivered = []
        kept = []
        refused = [:]
        for link in links {
            // An answer that lies in the copy is settled yet.
            let past = try? runner.inspect { reads throws(StoreError) in try reads.past(link.wallet, link.id) }
            let settled = past?.answers.map { $0.generation + 1 }.max() ?? 0
            renewals[link.id] = renewals[link.id]?.filter { $0 <= max(link.generation, settled) }
            // Before it was merged its tokens were its own, and they may go over once more.
            if merged.remove(link.id) != nil { tokens.merge(former[link.id] ?? [:]) { $1 } }
            revoked[link.id] = nil
            losses.putBack(link.id)
            known[link.id] = link
        }
    }

    /// The browser brought this code for this link.
    func learn(code: String, of link: LinkID) { codes[code] = link }

    /// Where a request goes, as far as it says whose token may be shown there.
    enum Errand {
        /// Where clients register and manage that: its bearer token is nobody's access.
        case registration
        /// Where tokens are asked about, and none is spent.
        case introspection
        /// Where signals are transmitted, with a token of our own and never with a person's.
        case transmitter
        case other
    }

    func begins(_ request: ProviderRequest, at provider: String, on errand: Errand = .other) -> Begun {
        count += 1
        let deadline = now.adding(seconds: request.deadlineSeconds)
        func begun(
            _ origin: Origin?, _ words: String, isSpend: Bool = false, _ kind: EndpointClass?, of feed: LinkID? = nil
        ) -> Begun {
            if let kind, let broken = waits.begins(provider, kind, at: now) { breaks(broken) }
            let what = origin.map { "\(words), generation \($0.generation) of \($0.link)" } ?? words
            if let link = origin?.link ?? feed,
                let broken = pace.begins(count, link, isSpend: isSpend || kind == .token, at: now)
            {
                breaks(broken)
            }
            return Begun(
                number: count, origin: origin, isSpend: isSpend, kind: kind, provider: provider, at: now,
                deadline: deadline, words: what)
        }
        if errand == .transmitter {
            let token = request.authorization?.text()?.split(separator: " ").last.map(String.init)
            if let token, !own.contains(token) { breaks("another token than our own is shown to a transmitter") }
            return begun(nil, "asks \(request.uri.path)", token == nil ? nil : .token, of: Feed.owner(provider))
        }
        if let bearer = request.authorization?.text(), bearer.hasPrefix("Bearer ") {
            if own.contains(String(bearer.dropFirst(7))) {
                return begun(nil, "asks \(request.uri.path) in our own name", .data, of: Feed.owner(provider))
            }
            let origin = tokens[String(bearer.dropFirst(7))]
            if errand == .registration {
                if origin != nil { breaks("an access token is shown where clients register") }
                return begun(nil, "asks \(request.uri.path)", .token)
            }
            checkDurable(origin, "an access token")
            return begun(origin, "asks \(request.uri.path)", .data)
        }
        let form = request.body?.text().flatMap { Form(parsing: $0) } ?? Form()
        if errand == .introspection {
            let origin = form["token"].flatMap { tokens[$0] }
            if origin == nil { breaks("somebody asks about a token that nobody gave out") }
            checkDurable(origin, "a token that is asked about")
            return begun(nil, "asks \(request.uri.path) about a token", .token, of: origin?.link)
        }
        guard let grant = form["grant_type"] else {
            let isRevocation = form["token_type_hint"] == "refresh_token"
            return begun(
                isRevocation ? form["token"].flatMap { tokens[$0] } : nil, "asks \(request.uri.path)",
                request.method == "POST" ? .token : nil)
        }
        if grant == "client_credentials" {
            var begun = begun(nil, "asks for a token in our own name", .token, of: Feed.owner(provider))
            begun.wantsOwn = true
            return begun
        }
        let isDevice = grant == Self.deviceGrant
        let origin = spent(grant, form, at: provider)
        guard let origin else {
            breaks("a \(grant) request spends what nobody gave out")
            return begun(nil, "spends a stranger", .token)
        }
        let out = begun(origin, "spends", isSpend: true, .token)
        checkSingleFlight(origin, provider, isDevice: isDevice)
        flights[origin.link] = Flight(begun: out)
        checkIntent(origin, at: provider)
        checkQuiet(origin)
        return out
    }

    /// I2: the ledger never sees two concurrent spends of one generation, nor a replay outside the lemma: none while an
    /// answer can still arrive where a replay may cost the grant, and none more often than the ladder of refusals says.
    private func checkSingleFlight(_ origin: Origin, _ provider: String, isDevice: Bool) {
        if flights[origin.link] != nil { breaks("I2: two spends of \(origin.link) in flight") }
        let isStrict = policies[provider]?.isStrict ?? true
        if isStrict, !isDevice, let until = open[origin], now < until.adding(seconds: -1) {
            breaks("I2: \(origin.link) is spent again while the first answer may still come")
        }
        let times = refused[origin, default: 0]
        if times >= Self.mostRefusals { breaks("I2: \(origin.link) is spent again after \(times) refusals") }
    }

    /// I12, LOST is quiet: no token call for a link that asks for consent.
    private func checkQuiet(_ origin: Origin) {
        let link = (try? runner.inspect { reads throws(StoreError) in try reads.anyLink(origin.link) }) ?? nil
        if link?.state.code == "needsConsent" {
            breaks("I12: \(origin.link) asks for consent and is spent all the same")
        }
    }

    /// Which generation a refresh token is spent for: the one it came with, or a later one that brought no other.
    private func spent(_ token: Origin) -> Origin? {
        checkDurable(token, "a refresh token")
        let found = try? runner.inspect { reads throws(StoreError) in try reads.anyIntent(token.link) }
        guard let intent = found ?? nil else { return token }
        let newest = renewals[token.link, default: []].filter { $0 <= intent.generation }.max()
        if newest != token.generation { breaks("I2: \(token.link) spends another refresh token than its own") }
        return Origin(link: token.link, generation: intent.generation)
    }

    /// What a request to a token endpoint spends; nil: what nobody gave out.
    private func spent(_ grant: String, _ form: Form, at provider: String) -> Origin? {
        switch grant {
        case "authorization_code": return form["code"].flatMap { codes[$0] }.map { Origin(link: $0, generation: 0) }
        // A device code is asked about until it brings tokens, whatever became of the answers before.
        case Self.deviceGrant:
            return form["device_code"].flatMap { asker($0, at: provider) }.map { Origin(link: $0, generation: 0) }
        case "refresh_token":
            refreshes += 1
            return form["refresh_token"].flatMap { tokens[$0] }.flatMap(spent)
        default: return nil
        }
    }

    private static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    /// I3, durable before use: no request carries a token whose generation the store does not hold.
    private func checkDurable(_ origin: Origin?, _ what: String) {
        guard let origin else { return breaks("\(what) is used that nobody gave out") }
        let held = try? runner.inspect { reads throws(StoreError) in try reads.anyLink(origin.link)?.generation }
        guard let generation = held ?? nil, generation >= origin.generation else {
            return breaks("I3: \(what) of \(origin.link) is used before generation \(origin.generation) is durable")
        }
    }

    private func checkIntent(_ origin: Origin, at provider: String) {
        let found = try? runner.inspect { reads throws(StoreError) in try reads.anyIntent(origin.link) }
        guard let intent = found ?? nil, intent.generation == origin.generation else {
            return breaks("I2: \(origin.link) is spent without an intent")
        }
        // After so many attempts nothing hurries any more, though this one may be the first to be served.
        guard intent.attempt > Limits.hurriedAttempts, case .grace(let seconds)? = policies[provider] else { return }
        losses.hindered(.link(origin.link), from: now, until: now.adding(seconds: 2 * Int64(seconds)))
    }
}
