import Crypto
import MockProviders
import PurserEngine
import Wire

/// The network of a simulated world: the mock providers behind latency, refused connections and lost answers.
final class SimulatedTransport: Transport, @unchecked Sendable {
    // Ownership: the simulation's one thread.
    private let scheduler: Scheduler
    private let servers: [SimulatedServer]
    private let watch: TokenWatch
    private var random: SeededRandom
    /// How many of a thousand requests go wrong on the way.
    var trouble = 0
    /// How many of a thousand requests reach their provider twice.
    var doubles = 0
    /// A stream of its own, for what is rare.
    private var rare: SeededRandom
    /// Requests under way, and the most there were at once.
    private var inFlight = 0
    var mostInFlight = 0

    init(_ scheduler: Scheduler, _ servers: [SimulatedServer], _ watch: TokenWatch, seed: UInt64) {
        self.scheduler = scheduler
        self.servers = servers
        self.watch = watch
        random = SeededRandom(seed: seed ^ 0x7EA)
        rare = SeededRandom(seed: seed ^ 0xD0B1E)
    }

    /// Of a thousand connections that are not made, at so many somebody else answered.
    private static let strangers = 40

    private enum Fate { case fine, refused, lostBefore, lostAfter }

    /// Nobody listens at any provider.
    var isDown = false

    private func fate() -> Fate {
        if isDown { return .refused }
        guard random.chance(trouble) else { return .fine }
        switch random.below(3) {
        case 0: return .refused
        case 1: return .lostBefore
        default: return .lostAfter
        }
    }

    /// A request that has left and has not arrived.
    struct Letter {
        let begun: TokenWatch.Begun
        let server: SimulatedServer
        let message: HTTPRequest
        let certificate: String?
    }

    /// On their way at this moment, by number.
    private(set) var letters: [Int: Letter] = [:]

    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        let fate = fate()
        guard let server = servers.first(where: { $0.origin == request.uri.origin }) else {
            throw .notSent("no such host")
        }
        let begun = watch.begins(request, at: server.name, on: server.errand(request.uri.path))
        inFlight += 1
        mostInFlight = max(mostInFlight, inFlight)
        defer {
            inFlight -= 1
            letters[begun.number] = nil
            watch.ends(begun)
        }
        letters[begun.number] = Letter(
            begun: begun, server: server, message: Self.message(request), certificate: Self.certificate(request))
        watch.chronicle.tell("daemon", "\(begun.words) at \(server.name)")
        await scheduler.sleep(milliseconds: Int64(1 + random.below(400)))
        switch fate {
        case .refused:
            letters[begun.number] = nil
            let isUntrusted = rare.chance(Self.strangers)
            watch.refused(begun, isUntrusted: isUntrusted)
            throw isUntrusted ? .untrusted("certificate verify failed") : .notSent("connection refused")
        case .lostBefore:
            letters[begun.number] = nil
            await scheduler.sleep(milliseconds: Int64(random.below(3000)))
            throw lost(begun, "the connection broke")
        case .fine, .lostAfter: break
        }
        letters[begun.number] = nil
        watch.ledgers.follow(server)
        server.onRequest?(Self.message(request), scheduler.now)
        let answer = answer(request, begun, by: server)
        watch.served(begun, answer.response, by: server)
        let wait = Int64(answer.delayMilliseconds + random.below(400))
        let deadline = request.deadlineSeconds * 1000
        guard wait < deadline else {
            await scheduler.sleep(milliseconds: deadline)
            throw lost(begun, "no answer in time")
        }
        await scheduler.sleep(milliseconds: wait)
        if answer.dripMilliseconds > 0, let came = await dripped(answer, request, for: deadline - wait) {
            let error = lost(begun, "no whole answer in time")
            throw Self.part(answer.response, came, request) ?? error
        }
        if fate == .lostAfter { throw lost(begun, "the connection broke") }
        if let cut = answer.cutAfterBytes, cut < answer.response.body.count {
            let error = lost(begun, "the answer was cut")
            throw Self.part(answer.response, cut, request) ?? error
        }
        guard answer.response.body.count <= request.answerBytes else {
            _ = lost(begun, "the answer is too large")
            throw Self.part(answer.response, request.answerBytes, request) ?? .tooLarge
        }
        watch.delivered(begun, answer.response)
        return answer.response
    }

    /// Whatever stands between may deliver a request twice, and either answer may be the one that comes back. Of spends
    /// refreshes only: a code that comes twice ends what it brought (RFC 6749 4.1.2), and no client can help it.
    private func answer(
        _ request: ProviderRequest, _ begun: TokenWatch.Begun, by server: SimulatedServer
    ) -> MockAnswer {
        func ask() -> MockAnswer {
            server.answer(Self.message(request), certificate: Self.certificate(request), now: scheduler.now)
        }
        let first = ask()
        guard let origin = begun.origin, origin.generation > 0 || !begun.isSpend, rare.chance(doubles) else {
            return first
        }
        watch.doubled(begun)
        let second = ask()
        return rare.chance(500) ? second : first
    }

    /// Waits for a body that comes byte by byte, as far as anybody takes it. Nil: that far it came; else how many bytes
    /// had come when the time was over.
    private func dripped(
        _ answer: MockAnswer, _ request: ProviderRequest, for milliseconds: Int64
    ) async -> Int? {
        let pause = Int64(answer.dripMilliseconds)
        // One more than is taken shows that it is too large.
        let wanted = min(answer.cutAfterBytes ?? .max, answer.response.body.count, request.answerBytes + 1)
        let needed = pause * Int64(max(0, wanted - 1))
        await scheduler.sleep(milliseconds: min(needed, milliseconds))
        return needed < milliseconds ? nil : Int(milliseconds / pause) + 1
    }

    private func lost(_ begun: TokenWatch.Begun, _ why: String) -> TransportError {
        watch.chronicle.tell("network", "\(why): \(begun.words)")
        watch.lost(begun)
        return .noAnswer(why)
    }

    /// As the real transport hands it over: what came, where a request may be sent once only.
    private static func part(_ response: HTTPResponse, _ bytes: Int, _ request: ProviderRequest) -> TransportError? {
        guard request.sending != .pooled, bytes > 0 else { return nil }
        return .cut(
            CutAnswer(
                status: response.status, headers: response.headers, body: response.body.prefix(bytes),
                why: "the connection broke"))
    }

    /// The thumbprint of the certificate that a connection is made with.
    private static func certificate(_ request: ProviderRequest) -> String? {
        request.tls?.identity?.text().flatMap(CertificatePair.der).map(CertificatePair.thumbprint)
    }

    private static func message(_ request: ProviderRequest) -> HTTPRequest {
        var headers = request.headers
        headers["Host"] = String(request.uri.origin.dropFirst(request.uri.scheme.utf8.count + 3))
        if let authorization = request.authorization?.text() { headers["Authorization"] = authorization }
        let body = request.body.map { $0.withBytes { Array($0) } } ?? []
        return HTTPRequest(request.method, request.uri.target, headers: headers, body: body)
    }
}

/// A provider, which survives every crash of ours.
final class SimulatedServer: @unchecked Sendable {
    // Ownership: the simulation's one thread.
    let name: String
    let origin: String
    private var provider: MockProvider
    private var random: SeededRandom
    private let journal: Journal
    /// Hears of every request that comes from a client, before it is answered.
    var onRequest: ((HTTPRequest, Instant) -> Void)?

    /// What was asked of all providers, in order.
    final class Journal {
        fileprivate(set) var lines: [String] = []
        var chronicle: Chronicle?
    }

    init(_ mock: MockFolder, people: Int, seed: UInt64, place: Int, _ journal: Journal) {
        let issuer = mock.manifest["authorization"]?["issuer"]?.string ?? ""
        name = mock.name
        offersDevices = mock.offersDevices
        origin = URI(issuer)?.origin ?? ""
        provider = MockProvider(folder: mock, issuer: issuer, epoch: mock.dayZero, people: people, seed: seed)
        // Each draws its own tokens.
        random = SeededRandom(seed: (seed ^ 0x5E4) &+ UInt64(place) &* 0x0DD_C0FFEE)
        self.journal = journal
    }

    func answer(_ request: HTTPRequest, certificate: String? = nil, now: Instant) -> MockAnswer {
        var drawn = random
        let answer = provider.answer(request, certificate: certificate, now: now) { count in drawn.bytes(count) }
        random = drawn
        journal.lines.append("\(now.rfc3339) \(name) \(request.method) \(request.path) \(answer.response.status)")
        journal.chronicle?.tell(name, "\(request.method) \(request.path) \(answer.response.status)")
        return answer
    }

    /// What its ledger says, in order.
    var events: [LedgerEvent] { provider.events }

    func addFault(_ json: JSON) {
        journal.chronicle?.tell(name, "from now on \(json.text)")
        do { try provider.addFault(json) } catch { preconditionFailure("a fault of the simulation is none: \(error)") }
    }

    /// Something has happened to a member, or to a stream of signals.
    func addSignal(_ json: JSON, now: Instant) {
        journal.chronicle?.tell(name, "tells \(json.text)")
        var drawn = random
        do { _ = try provider.addSignal(json, now: now) { count in drawn.bytes(count) } } catch {
            preconditionFailure("a signal of the simulation is none: \(error)")
        }
        random = drawn
    }

    var ledger: JSON { provider.ledger }

    let offersDevices: Bool

    func errand(_ path: String) -> TokenWatch.Errand {
        if provider.isTransmitter(path) { return .transmitter }
        if provider.isRegistration(path) { return .registration }
        return provider.isIntrospection(path) ? .introspection : .other
    }

    /// Where its people log out.
    var logoutPage: String { provider.logoutPage }

    func deviceCode(of userCode: String) -> String? { provider.deviceCode(of: userCode) }
}
