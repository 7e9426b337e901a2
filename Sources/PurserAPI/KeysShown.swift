public import Wire

/// What `GET /v1/keys` answers: everything about the daemon's keys but the keys.
public struct KeysShown: Sendable, Hashable {
    public struct Epoch: Sendable, Hashable {
        public let id: Int
        public let createdAt: Instant
        /// Data keys that it wraps.
        public let keys: Int

        public init(id: Int, createdAt: Instant, keys: Int) {
            self.id = id
            self.createdAt = createdAt
            self.keys = keys
        }
    }

    /// The latest rotation of this daemon's life.
    public struct Rotation: Sendable, Hashable {
        public let isRunning: Bool
        public let done: Int
        public let total: Int
        public let unreadable: Int
        /// Why it stopped before its end.
        public let problem: String?

        public init(isRunning: Bool, done: Int, total: Int, unreadable: Int, problem: String?) {
            self.isRunning = isRunning
            self.done = done
            self.total = total
            self.unreadable = unreadable
            self.problem = problem
        }
    }

    /// `file`, `credential` or `passphrase`.
    public let kind: String
    /// Which one, in words.
    public let source: String
    /// Why the keys cannot be had; nil: open.
    public let sealed: String?
    /// Whether keys are in the daemon's memory: also for a while after it was sealed, until work under way has ended.
    public let isHeld: Bool
    /// Whether the system keeps all of them out of swap.
    public let isLocked: Bool
    /// Oldest first.
    public let epochs: [Epoch]
    /// Sealed records by what they are.
    public let records: [String: Int]
    public let rotation: Rotation?
    /// What should be done about them.
    public let warnings: [String]

    public init(
        kind: String, source: String, sealed: String?, isHeld: Bool, isLocked: Bool, epochs: [Epoch],
        records: [String: Int], rotation: Rotation?, warnings: [String]
    ) {
        self.kind = kind
        self.source = source
        self.sealed = sealed
        self.isHeld = isHeld
        self.isLocked = isLocked
        self.epochs = epochs
        self.records = records
        self.rotation = rotation
        self.warnings = warnings
    }

    public var json: JSON {
        var object = JSONObject([("kind", .string(kind)), ("source", .string(source))])
        if let sealed { object["sealed"] = .string(sealed) }
        object["held"] = .bool(isHeld)
        object["memoryLocked"] = .bool(isLocked)
        object["epochs"] = .array(
            epochs.map { epoch in
                ["id": .int(epoch.id), "createdAt": .string(epoch.createdAt.rfc3339), "keys": .int(epoch.keys)]
            })
        object["records"] = .object(
            JSONObject(records.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) }))
        if let rotation {
            var shown = JSONObject([
                ("running", .bool(rotation.isRunning)), ("done", .int(rotation.done)), ("total", .int(rotation.total)),
                ("unreadable", .int(rotation.unreadable)),
            ])
            if let problem = rotation.problem { shown["problem"] = .string(problem) }
            object["rotation"] = .object(shown)
        }
        object["warnings"] = .array(warnings.map { .string($0) })
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let kind = json["kind"]?.string, let source = json["source"]?.string else { return nil }
        let epochs = (json["epochs"]?.array ?? []).compactMap { epoch -> Epoch? in
            guard let id = epoch["id"]?.int, let keys = epoch["keys"]?.int,
                let at = epoch["createdAt"]?.string.flatMap({ Instant(rfc3339: $0) })
            else { return nil }
            return Epoch(id: id, createdAt: at, keys: keys)
        }
        let records = (json["records"]?.object?.members ?? []).compactMap { member in
            member.value.int.map { (member.name, $0) }
        }
        let rotation = json["rotation"].map { shown in
            Rotation(
                isRunning: shown["running"]?.bool ?? false, done: shown["done"]?.int ?? 0,
                total: shown["total"]?.int ?? 0, unreadable: shown["unreadable"]?.int ?? 0,
                problem: shown["problem"]?.string)
        }
        self.init(
            kind: kind, source: source, sealed: json["sealed"]?.string, isHeld: json["held"]?.bool ?? false,
            isLocked: json["memoryLocked"]?.bool ?? false, epochs: epochs,
            records: Dictionary(records, uniquingKeysWith: { $1 }), rotation: rotation,
            warnings: json["warnings"]?.array?.compactMap(\.string) ?? [])
    }

    public static let schema = Schema.object(
        .must("kind", .word(["file", "credential", "passphrase"])), .must("source", .text),
        .may("sealed", .text.saying("Why the keys cannot be had.")),
        .must("held", .flag.saying("Keys are in memory; after sealing until work under way has ended.")),
        .must("memoryLocked", .flag.saying("The system keeps them out of swap.")),
        .must(
            "epochs",
            .list(of: .object(.must("id", .count), .must("createdAt", .moment), .must("keys", .count)))),
        .must("records", .map(of: .count).saying("Sealed records, by what they are.")),
        .may(
            "rotation",
            .object(
                .must("running", .flag), .must("done", .count), .must("total", .count), .must("unreadable", .count),
                .may("problem", .text))),
        .must("warnings", .list(of: .text)))

    /// What `POST /v1/keys/unseal` takes.
    public static let unsealSchema = Schema.object(
        .may("passphrase", .text(upTo: 1024).saying("For a root key that is derived from one.")))

    /// What `POST /v1/keys/reroot` takes.
    public static let rerootSchema = Schema.object(
        .may("keyFile", .text.saying("A path from the root; the file is made.")),
        .may("passphrase", .text(upTo: 1024)))
}
