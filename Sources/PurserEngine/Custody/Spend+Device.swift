import Wire

// One question whether the person has answered: a spend of the device code, which is good until it brings tokens.

extension Spend {
    func settlePoll(
        _ intent: Intent, _ answer: Result<HTTPResponse, TransportError>, receivedAt: Instant
    ) async -> SpendEnding {
        let poll = DevicePoll.decide(answer, now: receivedAt)
        switch poll {
        case .tokens(let tokens): return await commit(tokens, intent, old: nil, receivedAt)
        // Whatever became of an earlier question: the code has not been used up.
        case .pending, .slower: return await clear(intent, nil, .polled(poll))
        case .denied: return await clear(intent, "refused", .polled(poll), detail: "access_denied")
        case .expired: return await clear(intent, "refused", .polled(poll), detail: "expired_token")
        case .refused(let error): return await clear(intent, "refused", .polled(poll), detail: error.code)
        // Of a question that was in doubt before, a word about this time settles nothing.
        case .throttled where intent.attempt == 1: return await clear(intent, "throttled", .polled(poll))
        case .notSent where intent.attempt == 1: return await clear(intent, "notSent", .polled(poll))
        case .failed(let why) where intent.attempt == 1:
            return await clear(intent, "failed", .polled(poll), detail: why)
        case .throttled, .notSent, .failed: return .polled(poll)
        case .unclear(let why):
            if case .failure(let error) = answer, !error.isCut { await unanswered(intent, why) }
            return .polled(poll)
        }
    }

    private func unanswered(_ intent: Intent, _ why: String) async {
        let event = CustodyEvent(
            at: wallet.world.clock.now, kind: "unanswered", generation: intent.generation, detail: why)
        try? await wallet.world.store.write { verbs throws(StoreError) in
            try verbs.note(intent.wallet, intent.link, event)
        }
    }
}

extension TransportError {
    /// Of an answer that came in part, the story has a line of its own.
    var isCut: Bool { if case .cut = self { true } else { false } }
}
