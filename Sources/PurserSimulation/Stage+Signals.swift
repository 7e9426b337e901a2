public import PurserEngine
public import Wire

// What providers tell of their members in streams of signals.

extension Stage {
    /// Something happens at a provider that it tells of, as of `POST /_mock/signals`.
    public func signal(_ json: JSON, at name: String? = nil) {
        let server = server(name)
        defer { watch.ledgers.follow(server) }
        server.addSignal(json, now: now)
    }

    /// The row of a provider's signals.
    public func stream(of name: String? = nil) -> SignalStream? {
        let name = name ?? names[0]
        let all = try? read { reads throws(StoreError) in try reads.signalStreams() }
        return all?.first { $0.provider == name }
    }

    /// What became of what a provider told, in order: `acknowledged session-revoked`, `refused invalid_key`.
    public func signalOutcomes(at name: String? = nil) -> [String] {
        (mockLedger(of: name ?? names[0])["signals"]?.array ?? []).map { row in
            let event = row["event"]?.string?.split(separator: "/").last.map(String.init)
            return "\(row["what"]?.string ?? "") \(row["err"]?.string ?? event ?? "")"
        }
    }
}
