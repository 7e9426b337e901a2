import Crypto
import Wire

/// What a stream needs beside being polled: that it is enabled, that people are named to it where it tells of nobody else,
/// and that the transmitter has shown that its events come through. None of it keeps it from being polled.
struct StreamCare {
    let desk: SignalDesk
    private(set) var made: SignalStream.Made

    init(desk: SignalDesk, made: SignalStream.Made) {
        self.desk = desk
        self.made = made
    }

    private var world: World { desk.wallet.world }

    /// - Parameter keep: makes it durable.
    /// - Returns: what did not come about.
    mutating func run(
        _ keep: (SignalStream.Made) async throws(SignalTrouble) -> Void
    ) async -> SignalTrouble? {
        var noted: SignalTrouble?
        do throws(SignalTrouble) { try await status(keep) } catch { noted = error }
        do throws(SignalTrouble) { try await subjects(keep) } catch { noted = noted ?? error }
        do throws(SignalTrouble) { try await verification(keep) } catch { noted = noted ?? error }
        return noted
    }

    private func isOver(_ moment: Instant?, _ seconds: Int64) -> Bool {
        moment.map { world.clock.now >= $0.adding(seconds: seconds) } ?? true
    }

    // Shared Signals Framework 1.0 8.1.2

    private mutating func status(
        _ keep: (SignalStream.Made) async throws(SignalTrouble) -> Void
    ) async throws(SignalTrouble) {
        guard let endpoint = desk.metadata.status, isOver(made.statusAt, Limits.streamStatusSeconds),
            let place = endpoint.appending([("stream_id", made.id)])
        else { return }
        take(try await told(await desk.ask("GET", place), "how the stream is"))
        if made.status != .enabled {
            // It may have been paused because nobody asked for long. Whether it is enabled again is the transmitter's to say.
            let wish: JSON = ["stream_id": .string(made.id), "status": .string(SignalStream.Status.enabled.rawValue)]
            let answer = try await desk.ask("POST", endpoint, wish)
            if case .done(let json?) = answer { take(json) }
        }
        made.statusAt = world.clock.now
        try await keep(made)
    }

    private mutating func take(_ json: JSON) {
        guard let status = json["status"]?.string.flatMap(SignalStream.Status.init) else { return }
        made.status = status
        made.statusReason = json["reason"]?.string.map { Harmless.words($0) }
    }

    private func told(_ answer: TransmitterAnswer, _ what: String) async throws(SignalTrouble) -> JSON {
        guard case .done(let json?) = answer else {
            throw SignalTrouble(answer, to: what) ?? SignalTrouble(words: "the transmitter does not say \(what)")
        }
        return json
    }

    // 8.1.4

    private mutating func verification(
        _ keep: (SignalStream.Made) async throws(SignalTrouble) -> Void
    ) async throws(SignalTrouble) {
        guard let endpoint = desk.metadata.verification, made.verifiedAt == nil,
            made.state == nil || isOver(made.askedAt, Limits.verificationSeconds)
        else { return }
        let isAgain = made.state != nil
        let state = Base64URL.encode(world.randomness.bytes(16))
        (made.state, made.askedAt) = (state, world.clock.now)
        // What is to come back is known before it can.
        try await keep(made)
        let answer = try await desk.ask(
            "POST", endpoint, ["stream_id": .string(made.id), "state": .string(state)])
        if let trouble = SignalTrouble(answer, to: "a verification") { throw trouble }
        if isAgain { throw SignalTrouble(words: "the transmitter was asked whether its events come, and none came") }
    }

    // 8.1.3

    private mutating func subjects(
        _ keep: (SignalStream.Made) async throws(SignalTrouble) -> Void
    ) async throws(SignalTrouble) {
        guard desk.metadata.namesSubjects, let endpoint = desk.metadata.addSubject else { return }
        let people: [HeldSignIn]
        do throws(StoreError) { people = try await desk.wallet.signIns(at: desk.provider, desk.client) } catch {
            throw SignalTrouble(words: "\(error)")
        }
        var named = made.named.filter { id in people.contains { $0.link.rawValue == id } }
        for person in people where !named.contains(person.link.rawValue) {
            let answer = try await desk.ask("POST", endpoint, naming(person))
            if let trouble = SignalTrouble(answer, to: "a person of the stream") { throw trouble }
            named.append(person.link.rawValue)
        }
        guard named != made.named else { return }
        made.named = named
        try await keep(made)
    }

    private func naming(_ person: HeldSignIn) -> JSON {
        SignalDesk.subject(of: person.signIn, stream: made.id, issuer: desk.provider.manifest.authorization.issuer)
    }
}

extension SignalDesk {
    /// A person as a stream is told of them (RFC 9493 3.2.4).
    static func subject(of signIn: SignIn, stream: String, issuer: String) -> JSON {
        [
            "stream_id": .string(stream),
            "subject": ["format": "iss_sub", "iss": .string(issuer), "sub": .string(signIn.token.subject)],
        ]
    }
}
