import PurserEngine

/// The schema and how a database comes to have it: numbered migrations, each one transaction.
enum Schema {
    /// "PURS": what `PRAGMA application_id` says of a database of ours.
    static let applicationID: Int64 = 0x5055_5253
    /// In order; the number of a migration is its place, counted from 1. One that was shipped is never changed.
    static let migrations = [
        migration001, migration002, migration003, migration004, migration005, migration006, migration007,
        migration008, migration009, migration010,
    ]
    static var known: Int { migrations.count }

    /// What a file turns out to be before anything is written to it.
    enum Finding: Equatable {
        case empty
        case ours(schema: Int)
        /// A database, but of another program.
        case foreign
    }

    static func find(_ connection: Connection) throws(StoreError) -> Finding {
        let application = try connection.number("PRAGMA application_id")
        let version = try connection.number("PRAGMA user_version")
        let tables = try connection.number("SELECT count(*) FROM sqlite_schema")
        if application == applicationID { return .ours(schema: Int(version)) }
        return application == 0 && version == 0 && tables == 0 ? .empty : .foreign
    }

    /// Brings a database from schema `found` (0: empty) to the newest. Each step is all or nothing.
    /// - Parameter migrations: other than ours in tests only.
    static func migrate(
        _ connection: Connection, from found: Int, storeID: String?, migrations: [String] = migrations
    ) throws(StoreError) {
        for number in found..<migrations.count {
            do {
                try connection.script("BEGIN IMMEDIATE")
                try connection.script(migrations[number])
                if number == 0 {
                    try connection.run(
                        """
                        INSERT INTO meta(one, store, schema, epoch)
                        VALUES (1, coalesce(?1, lower(hex(randomblob(16)))), 1, lower(hex(randomblob(16))))
                        """, storeID)
                }
                // What links are shown as is rendered by this version, not by the one that wrote them.
                if number + 1 == known, found > 0 { try SQLiteVerbs(connection: connection).redrawLinks() }
                try connection.run("UPDATE meta SET schema = ?1", number + 1)
                try connection.script("PRAGMA user_version = \(number + 1)")
                try connection.script("COMMIT")
            } catch {
                connection.rollBack()
                throw error
            }
        }
    }
}
