import Crypto
import Wire

/// Makes the stream of a provider's signals, or finds again the one whose making was not heard to the end.
struct MakeStream {
    let desk: SignalDesk

    /// The stream as it is to be kept, before anything else is asked of it.
    struct Found {
        var made: SignalStream.Made
        /// It was there already.
        let isAdopted: Bool
    }

    func run() async throws(SignalTrouble) -> Found {
        if let found = try await adopted() { return Found(made: found, isAdopted: true) }
        let wish = JSON.object(StreamConfiguration.wish(desk.signals, name: desk.streamName))
        let answer = try await desk.ask("POST", desk.metadata.configuration, wish)
        switch answer {
        case .done(let json?): return Found(made: try await fit(json), isAdopted: false)
        case .done(nil):
            throw SignalTrouble(words: "the transmitter made a stream and does not say which")
        case .conflict:
            throw SignalTrouble(
                words: "the transmitter keeps one stream for a client, and another program, or an earlier database of "
                    + "purser, has it", isFirm: true)
        case .gone, .unauthorized, .refused, .later:
            throw SignalTrouble(answer, to: "a stream") ?? .lost
        }
    }

    /// A stream under our name: one of them, and no second one stays.
    private func adopted() async throws(SignalTrouble) -> SignalStream.Made? {
        let answer = try await desk.ask("GET", desk.metadata.configuration, answerBytes: Limits.answerBytes)
        let all: [JSON]
        switch answer {
        case .done(let json): all = json?.array ?? (json.map { [$0] } ?? [])
        case .gone: return nil
        case .conflict, .unauthorized, .refused, .later: throw SignalTrouble(answer, to: "its streams") ?? .lost
        }
        let name = desk.streamName
        let ours = all.prefix(Self.most).filter { Exactly.same($0["description"]?.string, name) }
        var found: SignalStream.Made?
        for json in ours {
            if found == nil, let fitting = try? StreamConfiguration.read(json, desk.metadata) {
                found = made(fitting)
            } else if let id = StreamConfiguration.id(of: json) {
                _ = await desk.delete(id)
            }
        }
        return found
    }

    private static let most = 64

    /// What came, if it can be lived with; else it is taken back.
    private func fit(_ json: JSON) async throws(SignalTrouble) -> SignalStream.Made {
        do throws(ProtocolViolation) {
            return made(try StreamConfiguration.read(json, desk.metadata))
        } catch {
            if let id = StreamConfiguration.id(of: json) { _ = await desk.delete(id) }
            throw SignalTrouble(words: error.description, isFirm: true)
        }
    }

    private func made(_ configuration: StreamConfiguration) -> SignalStream.Made {
        SignalStream.Made(
            id: configuration.id, pollEndpoint: configuration.pollEndpoint.text, audience: configuration.audience,
            clientID: desk.client.id, transmitter: desk.metadata.issuer, madeAt: desk.wallet.world.clock.now,
            requested: configuration.requested, delivered: configuration.delivered)
    }

    /// Reads a stream back, and has it changed where it is not as we want it. Nil: it is gone.
    func settled(_ found: Found) async throws(SignalTrouble) -> SignalStream.Made? {
        let answer = try await desk.ask("GET", desk.stream(found.made.id))
        guard case .done(let json?) = answer else {
            if answer == .gone { return nil }
            throw SignalTrouble(answer, to: "the stream") ?? SignalTrouble(words: "the stream does not read")
        }
        let wanted = desk.signals.events.map(\.rawValue)
        let read = try configuration(json, found.made.id)
        var made = found.made
        (made.requested, made.delivered) = (read.requested, read.delivered)
        var repair = StreamRepair.decide(requested: made.requested, wanted: wanted, isAdopted: found.isAdopted)
        while repair != .none {
            guard let now = try await changed(made, repair, wanted) else { return nil }
            (made.requested, made.delivered) = (now.requested, now.delivered)
            let isLast = repair == .update
            repair = isLast ? .none : .decide(requested: made.requested, wanted: wanted, isAdopted: false)
        }
        // What was asked for and is not told of is the transmitter's to say, and is not asked for again.
        made.requested = wanted
        return made
    }

    /// The stream as it is after a change; nil: it is gone.
    private func changed(
        _ made: SignalStream.Made, _ repair: StreamRepair, _ wanted: [String]
    ) async throws(SignalTrouble) -> StreamConfiguration? {
        var change = JSONObject([("stream_id", .string(made.id))])
        if repair == .replace {
            for member in StreamConfiguration.wish(desk.signals, name: desk.streamName).members {
                change[member.name] = member.value
            }
        } else {
            change["events_requested"] = .array(wanted.map { .string($0) })
        }
        let answer = try await desk.ask(
            repair == .replace ? "PUT" : "PATCH", desk.metadata.configuration, .object(change))
        if answer == .gone { return nil }
        guard case .done(let json?) = answer else {
            throw SignalTrouble(answer, to: "a change of the stream")
                ?? SignalTrouble(words: "the transmitter changed the stream and does not say how")
        }
        return try configuration(json, made.id)
    }

    private func configuration(_ json: JSON, _ id: String) throws(SignalTrouble) -> StreamConfiguration {
        do throws(ProtocolViolation) {
            let read = try StreamConfiguration.read(json, desk.metadata)
            guard Exactly.same(read.id, id) else { throw ProtocolViolation("another stream came than was asked for") }
            return read
        } catch { throw SignalTrouble(words: error.description, isFirm: true) }
    }
}
