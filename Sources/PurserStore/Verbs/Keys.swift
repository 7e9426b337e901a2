import PurserEngine
import Wire

extension SQLiteVerbs {
    func addEpoch(_ epoch: WrappedEpoch) throws(StoreError) {
        let isRefused = try connection.number(
            """
            SELECT NOT EXISTS (SELECT 1 FROM key_epoch)
                AND (EXISTS (SELECT 1 FROM link) OR EXISTS (SELECT 1 FROM revocation_outbox))
            """)
        guard isRefused == 0 else { throw .failed("a first key is made for an empty database only") }
        try connection.run(
            "INSERT INTO key_epoch(id, wrapped, created_at) VALUES (?1, ?2, ?3)", epoch.id, epoch.wrapped,
            epoch.createdAt)
    }

    func saveRoot(_ source: RootSource, _ keys: [StoreKey]) throws(StoreError) {
        try connection.run(
            "INSERT INTO root_source(one, salt, cost, commitment) VALUES (1, ?1, ?2, ?3) ON CONFLICT(one) DO NOTHING",
            source.derivation?.salt, source.derivation?.cost, source.commitment)
        for key in keys {
            try connection.run(
                "INSERT INTO store_key(name, wrapped) VALUES (?1, ?2) ON CONFLICT(name) DO NOTHING", key.name,
                key.wrapped)
        }
    }

    func rewrap(_ keys: [Rewrapped]) throws(StoreError) -> Int {
        var count = 0
        for key in keys {
            let (place, old, new) = (key.place, key.old, key.new)
            switch place.table {
            case .link:
                count += try connection.run(
                    """
                    UPDATE data_key SET epoch = ?5, wrapped = ?6, commitment = ?7
                    WHERE wallet = ?1 AND link = ?2 AND id = ?3 AND wrapped = ?4
                    """, place.wallet, place.row, place.id, old.wrapped, new.epoch, new.wrapped, new.commitment)
            case .client:
                count += try connection.run(
                    """
                    UPDATE client_registration SET key_epoch = ?4, key_wrapped = ?5, key_commitment = ?6
                    WHERE provider = ?1 AND key_id = ?2 AND key_wrapped = ?3
                    """, place.row, place.id, old.wrapped, new.epoch, new.wrapped, new.commitment)
            case .outbox:
                count += try connection.run(
                    """
                    UPDATE revocation_outbox SET key_epoch = ?5, key_wrapped = ?6, key_commitment = ?7
                    WHERE wallet = ?1 AND receipt = ?2 AND key_id = ?3 AND key_wrapped = ?4
                    """, place.wallet, place.row, place.id, old.wrapped, new.epoch, new.wrapped, new.commitment)
            }
        }
        if count > 0 { traces.hasErased = true }
        return count
    }

    func destroyEpoch(_ id: UInt32) throws(StoreError) -> Bool {
        let isFree = try connection.number(
            """
            SELECT EXISTS (SELECT 1 FROM key_epoch WHERE id > ?1)
                AND NOT EXISTS (SELECT 1 FROM data_key WHERE epoch = ?1)
                AND NOT EXISTS (SELECT 1 FROM client_registration WHERE key_epoch = ?1)
                AND NOT EXISTS (SELECT 1 FROM revocation_outbox WHERE key_epoch = ?1)
            """, id)
        guard isFree == 1, try connection.run("DELETE FROM key_epoch WHERE id = ?1", id) == 1 else { return false }
        traces.hasErased = true
        return true
    }

    func replaceRoot(_ source: RootSource, _ epochs: [WrappedEpoch], _ keys: [StoreKey]) throws(StoreError) {
        guard try self.epochs().map(\.id) == epochs.map(\.id).sorted(),
            try storeKeys().map(\.name) == keys.map(\.name).sorted()
        else { throw .failed("keys came or went while the root was replaced; nothing was changed") }
        for epoch in epochs {
            try connection.run("UPDATE key_epoch SET wrapped = ?2 WHERE id = ?1", epoch.id, epoch.wrapped)
        }
        for key in keys {
            try connection.run("UPDATE store_key SET wrapped = ?2 WHERE name = ?1", key.name, key.wrapped)
        }
        try connection.run("DELETE FROM root_source")
        try saveRoot(source, [])
        traces.hasErased = true
    }

    /// Refuses a data key that could never be opened.
    func check(_ key: WrappedDataKey?) throws(StoreError) {
        guard let key else { return }
        let isGone = try connection.number(
            """
            SELECT EXISTS (SELECT 1 FROM key_epoch) AND NOT EXISTS (SELECT 1 FROM key_epoch WHERE id = ?1)
            """, key.epoch)
        if isGone == 1 { throw .epochGone }
    }
}
