import Wire

/// A token endpoint's answer as the escrow holds it: sealed as for the store, with where it belongs beside it, and what
/// the provider asked for with it.
struct EscrowedAnswer: Sendable, Equatable {
    let answer: RawAnswer
    let block: CallBlock?

    init(answer: RawAnswer, block: CallBlock?) {
        self.answer = answer
        self.block = block
    }

    var record: [UInt8] {
        var members: [(String, JSON)] = [
            ("wallet", .string(answer.wallet.rawValue)), ("link", .string(answer.link.rawValue)),
            ("generation", .int(answer.generation)), ("fence", .string(String(answer.fence))),
            ("attempt", .int(answer.attempt)), ("status", .int(answer.status)),
            ("received", .string(String(answer.receivedAt.milliseconds))),
            ("body", .string(Base64URL.encode(answer.sealedBody))),
        ]
        if answer.isPart { members.append(("part", true)) }
        if let block {
            members.append(("provider", .string(block.provider)))
            members.append(("endpoints", .string(block.kind.rawValue)))
            members.append(("notBefore", .string(String(block.until.milliseconds))))
        }
        return JSON.object(JSONObject(members)).bytes
    }

    /// Nil: no version of Purser wrote that.
    init?(_ record: [UInt8]) {
        guard let json = try? JSON.parse(record, limits: .file), let wallet = json["wallet"]?.string,
            let link = json["link"]?.string, let generation = json["generation"]?.int,
            let fence = json["fence"]?.string.flatMap({ Int64($0) }), let status = json["status"]?.int,
            let received = json["received"]?.string.flatMap({ Int64($0) }),
            let body = json["body"]?.string.flatMap({ Base64URL.decode($0) })
        else { return nil }
        answer = RawAnswer(
            wallet: WalletID(rawValue: wallet), link: LinkID(rawValue: link), generation: generation, fence: fence,
            attempt: json["attempt"]?.int ?? 1, status: status, sealedBody: body,
            receivedAt: Instant(milliseconds: received), isPart: json["part"] == true)
        guard let provider = json["provider"]?.string,
            let kind = json["endpoints"]?.string.flatMap(EndpointClass.init(rawValue:)),
            let until = json["notBefore"]?.string.flatMap({ Int64($0) })
        else {
            block = nil
            return
        }
        block = CallBlock(provider: provider, kind: kind, until: Instant(milliseconds: until))
    }
}

extension Wallet {
    /// What lies in the escrow goes to the store, and only then from the escrow. Cheap when there is nothing.
    func takeEscrow() async throws(StoreError) {
        guard !world.escrow.isEmpty, !Plant.isIn("escrow-forgotten") else { return }
        let records = await world.escrow.records()
        let answers = records.compactMap(EscrowedAnswer.init)
        try await world.store.write { verbs throws(StoreError) in
            for escrowed in answers {
                let answer = escrowed.answer
                if let block = escrowed.block { try verbs.blockCalls(block) }
                // What was settled meanwhile is over: a refusal would count twice.
                guard try verbs.intent(answer.wallet, answer.link)?.generation == answer.generation else { continue }
                try verbs.keepRaw(answer)
                let event = CustodyEvent(at: answer.receivedAt, kind: "recovered", generation: answer.generation)
                try verbs.note(answer.wallet, answer.link, event)
            }
        }
        world.log.write(.warning, "escrow taken", [("answers", "\(answers.count)")])
        // What cannot be cleared is taken once more later; the same answer again replaces itself. Another worker may have
        // put one there since.
        do { try await world.escrow.clear(records) } catch {
            world.log.write(.error, "escrow not cleared", [("why", "\(error)")])
        }
    }
}
