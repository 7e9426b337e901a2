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
        let first = await once(request, passage, endsAt)
        guard mayRepeat, request.method == "GET", case .answered(let response) = first,
            PullOutcome.isPassing(response), await takesRetry(passage.provider)
        else { return first }
        // What a gateway said is still the better answer than our own wish to wait.
        let second = await once(request, passage, endsAt)
        if case .notNow = second { return first }
        return second
    }

    private nonisolated func once(
        _ request: ProviderRequest, _ passage: Passage, _ endsAt: Instant?
    ) async -> Asked {
        switch await enter(passage) {
        case .notNow(let delay): return .notNow(delay)
        case .go(let permit):
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

    /// Sends, and hands over what the provider asked for with its answer: whoever makes the answer durable makes that
    /// durable in the same transaction, so that neither waits for the other and no crash keeps one of them.
    func carry(_ request: ProviderRequest) async -> (answer: Result<HTTPResponse, TransportError>, block: CallBlock?) {
        do {
            let response = try await transport.send(request)
            return (.success(response), await traffic.hear(permit, Heard(response)))
        } catch {
            return (.failure(error), await traffic.hear(permit, Heard(error)))
        }
    }

    /// Nothing was sent, or all that was is told.
    func close() async { await traffic.leave(permit, .unsent) }
}
