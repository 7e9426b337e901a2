import Crypto
import Wire

/// Everything needed to work on one provider's signals: who transmits them, who we are there, and how it is asked.
struct SignalDesk: Sendable {
    let wallet: Wallet
    let provider: Provider
    let signals: SharedSignals
    let client: ClientRegistration
    let metadata: TransmitterMetadata
    /// When the last answer must be here; nil: whenever.
    let endsAt: Instant?

    var name: String { provider.manifest.name }

    /// What finds a stream again whose making was not heard to the end: the same for this database, and no other's.
    var streamName: String {
        let mark = Hash.sha256(SealedPlace.joined(["stream", wallet.keyring.storeID, name, client.id]))
        return "purser " + Hex.encode(Array(mark.prefix(8)))
    }

    /// Nil: nobody is anybody there.
    static func at(
        _ provider: Provider, _ client: ClientRegistration, _ wallet: Wallet, endsAt: Instant?
    ) async throws(SignalTrouble) -> SignalDesk? {
        guard let signals = provider.manifest.authorization.sharedSignals else { return nil }
        do throws(ShelfError) {
            let metadata = try await wallet.shelf.transmitter(of: provider, signals)
            return SignalDesk(
                wallet: wallet, provider: provider, signals: signals, client: client, metadata: metadata,
                endsAt: endsAt)
        } catch {
            throw SignalTrouble(words: error.words)
        }
    }

    /// Asks the transmitter, in our own name. A token that it takes no longer is replaced once.
    func ask(
        _ method: String, _ uri: URI, _ body: JSON? = nil, answerBytes: Int = Limits.tokenAnswerBytes
    ) async throws(SignalTrouble) -> TransmitterAnswer {
        let own = OwnAccess(wallet: wallet, provider: provider, client: client.asking(signals.scopes))
        var isNew: Bool
        var token: HeldToken
        (token, isNew) = try Self.token(await own.ready(passage, endsAt: endsAt))
        while true {
            let answer = await send(method, uri, body, token, answerBytes)
            guard answer == .unauthorized, !isNew else { return answer }
            (token, isNew) = try Self.token(await own.new(passage, endsAt: endsAt))
            isNew = true
        }
    }

    private static func token(_ ending: OwnAccess.Ending) throws(SignalTrouble) -> (HeldToken, Bool) {
        switch ending {
        case .ready(let token, let isNew): return (token, isNew)
        case .later(let condition, let until):
            throw SignalTrouble(words: condition.cause ?? "no token can be had in our own name", until: until)
        }
    }

    /// No stream of a person's: the class of the authorization server's endpoints, which the API's day is not spent on.
    private var passage: Passage { .asked(.token, provider.manifest, .nobody, Feed.owner(name)) }

    private func send(
        _ method: String, _ uri: URI, _ body: JSON?, _ token: HeldToken, _ answerBytes: Int
    ) async -> TransmitterAnswer {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if body != nil { headers["Content-Type"] = "application/json" }
        var request = ProviderRequest(
            method, uri, headers: headers, body: body.map { Secret($0.text) },
            sending: method == "GET" ? .pooled : .once, answerBytes: answerBytes)
        token.authorize(&request, of: client)
        return TransmitterAnswer.decide(
            await wallet.traffic.ask(request, passage, endsAt: endsAt), now: wallet.world.clock.now)
    }

    func stream(_ id: String) -> URI { metadata.configuration.appending([("stream_id", id)]) ?? metadata.configuration }

    /// Deletes a stream. Nil: it is gone there; else why not.
    func delete(_ id: String) async -> SignalTrouble? {
        do throws(SignalTrouble) {
            let answer = try await ask("DELETE", stream(id))
            return answer == .gone ? nil : SignalTrouble(answer, to: "the end of the stream")
        } catch { return error }
    }
}
