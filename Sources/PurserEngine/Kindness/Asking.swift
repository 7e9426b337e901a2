import Wire

extension Traffic {
    /// Sends one request when it is its turn.
    ///
    /// - Parameters:
    ///   - endsAt: when the work it is for ends: no answer is waited for beyond that.
    ///   - mayRepeat: whoever uses a browser would press reload: a GET that a gateway answered in the provider's stead is
    ///     sent again, once, if the provider's retry budget has room. No other layer retries.
    nonisolated func ask(
        _ request: ProviderRequest, _ passage: Passage, endsAt: Instant? = nil, mayRepeat: Bool = false
    ) async -> Asked {
        let asked = await ask(request, passage, endsAt: endsAt, mayRepeat: mayRepeat) { true }
        return asked ?? .failed(.notSent("the work it was for has ended"))
    }

    /// The same for work that others may end.
    ///
    /// - Parameter stands: whether the work still does, looked at when the turn has come: a link that was unlinked or
    ///   suspended meanwhile is asked for nothing more.
    /// - Returns: nil: it does not, and nothing was sent.
    nonisolated func ask(
        _ request: ProviderRequest, _ passage: Passage, endsAt: Instant? = nil, mayRepeat: Bool = false,
        while stands: @Sendable () async -> Bool
    ) async -> Asked? {
        guard var first = await once(request, passage, endsAt, stands) else { return nil }
        if case .answered(let response) = first, NonceChallenge.asks(response, of: request) {
            // Turned away for want of a nonce, which came with the answer: a request of its own, that is counted.
            guard let second = await once(request, passage, endsAt, stands) else { return nil }
            if case .notNow = second { return first }
            first = second
        }
        guard mayRepeat, request.method == "GET", case .answered(let response) = first,
            PullOutcome.isPassing(response), await takesRetry(passage.provider)
        else { return first }
        guard let second = await once(request, passage, endsAt, stands) else { return nil }
        // What a gateway said is still the better answer than our own wish to wait.
        if case .notNow = second { return first }
        return second
    }

    private nonisolated func once(
        _ request: ProviderRequest, _ passage: Passage, _ endsAt: Instant?, _ stands: @Sendable () async -> Bool
    ) async -> Asked? {
        switch await enter(passage) {
        case .notNow(let delay): return .notNow(delay)
        case .go(let permit):
            guard await stands() else {
                await leave(permit, .unsent)
                return nil
            }
            var request = request
            if let endsAt {
                let left = endsAt.milliseconds(since: world.clock.now) / 1000
                guard left > 0 else {
                    await leave(permit, .unsent)
                    return .failed(.notSent("the work took too long"))
                }
                request.deadlineSeconds = min(request.deadlineSeconds, left)
            }
            do {
                let response = try await world.transport.send(request)
                await leave(permit, Heard(response))
                return .answered(response)
            } catch {
                await leave(permit, Heard(error))
                return .failed(error)
            }
        }
    }

    /// The transport for a trip that sends one request by itself (a spend): admitted before, told of after. Whoever gets
    /// a road closes it, whatever came of the trip.
    nonisolated func road(_ permit: Permit) -> Road { Road(traffic: self, permit: permit, transport: world.transport) }
}

/// A way to a provider for one request that was admitted.
struct Road: Transport {
    let traffic: Traffic
    let permit: Permit
    let transport: any Transport

    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        do {
            let response = try await transport.send(request)
            await traffic.leave(permit, Heard(response))
            return response
        } catch {
            await traffic.leave(permit, Heard(error))
            throw error
        }
    }

    /// The road once more, for a request that was turned away for want of a nonce (RFC 9449 8): admitted and counted
    /// like any other, and over by the time the first was to be over. Nil: it may not be sent now.
    private func again(
        _ request: ProviderRequest, after response: HTTPResponse, begun: Moment
    ) async -> (road: Road, request: ProviderRequest)? {
        await traffic.leave(permit, Heard(response))
        guard case .go(let permit) = await traffic.enter(permit.passage) else { return nil }
        let spent = traffic.world.clock.moment.milliseconds(since: begun.wall, begun.up)
        var again = request
        again.deadlineSeconds -= (spent + 999) / 1000
        let road = Road(traffic: traffic, permit: permit, transport: transport)
        guard again.deadlineSeconds > 0, spent >= 0 else {
            await road.close()
            return nil
        }
        return (road, again)
    }

    /// Sends, and hands over what the provider asked for with its answer: whoever makes the answer durable makes that
    /// durable in the same transaction, so that neither waits for the other and no crash keeps one of them.
    ///
    /// - Parameter mayRepeat: whether a challenge for a nonce is answered.
    func carry(
        _ request: ProviderRequest, mayRepeat: Bool = true
    ) async -> (answer: Result<HTTPResponse, TransportError>, block: CallBlock?) {
        let begun = traffic.world.clock.moment
        do {
            let response = try await transport.send(request)
            if mayRepeat, NonceChallenge.asks(response, of: request) {
                guard let (road, request) = await again(request, after: response, begun: begun) else {
                    return (.success(response), nil)
                }
                return await road.carry(request, mayRepeat: false)
            }
            return (.success(response), await traffic.hear(permit, Heard(response)))
        } catch {
            return (.failure(error), await traffic.hear(permit, Heard(error)))
        }
    }

    /// Nothing was sent, or all that was is told.
    func close() async { await traffic.leave(permit, .unsent) }
}
