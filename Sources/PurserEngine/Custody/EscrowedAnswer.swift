import Wire

/// A token endpoint's answer as the escrow holds it: sealed as for the store, with where it belongs beside it.
enum EscrowedAnswer {
    static func record(_ answer: RawAnswer) -> [UInt8] {
        JSON.object(
            JSONObject([
                ("wallet", .string(answer.wallet.rawValue)), ("link", .string(answer.link.rawValue)),
                ("generation", .int(answer.generation)), ("fence", .string(String(answer.fence))),
                ("status", .int(answer.status)), ("received", .string(String(answer.receivedAt.milliseconds))),
                ("body", .string(Base64URL.encode(answer.sealedBody))),
            ])
        ).bytes
    }

    /// Nil: no version of Purser wrote that.
    static func answer(_ record: [UInt8]) -> RawAnswer? {
        guard let json = try? JSON.parse(record, limits: .file), let wallet = json["wallet"]?.string,
            let link = json["link"]?.string, let generation = json["generation"]?.int,
            let fence = json["fence"]?.string.flatMap({ Int64($0) }), let status = json["status"]?.int,
            let received = json["received"]?.string.flatMap({ Int64($0) }),
            let body = json["body"]?.string.flatMap({ Base64URL.decode($0) })
        else { return nil }
        return RawAnswer(
            wallet: WalletID(rawValue: wallet), link: LinkID(rawValue: link), generation: generation, fence: fence,
            status: status, sealedBody: body, receivedAt: Instant(milliseconds: received))
    }
}

extension Wallet {
    /// What lies in the escrow goes to the store, and only then from the escrow. Cheap when there is nothing.
    func takeEscrow() async throws(StoreError) {
        guard !world.escrow.isEmpty, !Plant.isIn("escrow-forgotten") else { return }
        let answers = await world.escrow.records().compactMap(EscrowedAnswer.answer)
        try await world.store.write { verbs throws(StoreError) in
            for answer in answers {
                try verbs.keepRaw(answer)
                let event = CustodyEvent(at: answer.receivedAt, kind: "recovered", generation: answer.generation)
                try verbs.note(answer.wallet, answer.link, event)
            }
        }
        world.log.write(.warning, "escrow taken", [("answers", "\(answers.count)")])
        // What cannot be cleared is taken once more later; the same answer again replaces itself.
        do { try await world.escrow.clear() } catch {
            world.log.write(.error, "escrow not cleared", [("why", "\(error)")])
        }
    }
}
