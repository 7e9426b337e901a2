import Crypto
import Wire

/// One page of a manifest's request, asked for with one access token.
struct PageRequest {
    /// What came of it, and what the next page may be told from.
    struct Outcome {
        let decision: PullOutcome
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]
        let uri: URI
        fileprivate var isPassing = false
    }

    let wallet: Wallet
    let seat: Seat
    let access: Secret
    let template: RequestTemplate

    /// - Parameter next: where a `Link` header led; else the manifest's own address.
    func send(_ values: PlaceholderValues, next: URI?) async -> Outcome {
        let outcome = await once(values, next)
        // Whoever uses a browser would press reload: a GET that a gateway answered is asked again, once.
        return outcome.isPassing && template.method == "GET" ? await once(values, next) : outcome
    }

    private func once(_ values: PlaceholderValues, _ next: URI?) async -> Outcome {
        let base = seat.manifest.api.base
        func failed(_ why: String) -> Outcome {
            Outcome(decision: .failed(why), status: 0, headers: [:], body: [], uri: base)
        }
        guard let built = RequestBuilder.request(template, base: base, values: values) else {
            return failed("the request cannot be made: a value of its path is missing")
        }
        let now = wallet.world.clock.now
        let left = seat.claim.until.milliseconds(since: now) / 1000 - Limits.claimMarginSeconds
        guard left > 0 else { return failed("the pull took too long") }
        let request = ProviderRequest(
            built.method, next ?? built.uri, headers: built.headers, authorization: access.bearer,
            body: built.body.map { Secret(copying: $0) }, sending: template.method == "GET" ? .pooled : .once,
            deadlineSeconds: min(Limits.answerSeconds, left))
        do {
            let response = try await wallet.world.transport.send(request)
            return Outcome(
                decision: PullOutcome.decide(response, now: wallet.world.clock.now, failure: template.failure),
                status: response.status, headers: response.headers, body: response.body, uri: request.uri,
                isPassing: PullOutcome.isPassing(response))
        } catch { return failed(error.words) }
    }
}
