import Glibc
import PurserEngine
import Testing
import Wire

@testable import PurserStore

/// A database as an older Purser left it, opened by this one. Tests/Fixtures/README.md tells what is in it.
@Suite("Upgrading a database")
struct UpgradeTests {
    private static let wallet = WalletID.first

    private static func old() throws -> TemporaryFolder {
        let file = try TemporaryFolder()
        file.write(try TemporaryFolder.fixture("schema-1/purser.db"))
        return file
    }

    /// A view without what was said of links later on, and with the wallet's version of then.
    private static func asThen(_ bytes: [UInt8]) throws -> [UInt8] {
        func older(_ link: JSON?) -> JSON {
            var link = link?.object ?? JSONObject()
            for name in ["conditionSince", "works", "actor", "advice"] { link[name] = nil }
            return .object(link)
        }
        var view = try JSON.parse(bytes, limits: .file).object ?? JSONObject()
        view["version"] = 14
        let accounts = (view["accounts"]?.array ?? []).map { json -> JSON in
            var account = json.object ?? JSONObject()
            account["link"] = older(account["link"])
            return .object(account)
        }
        view["accounts"] = .array(accounts)
        view["links"] = .array((view["links"]?.array ?? []).map(older))
        return JSON.object(view).bytes
    }

    @Test("Links of schema 1 are shown as this version shows them, and the wallet's version tells readers so")
    func redraws() throws {
        let file = try Self.old()
        let before = try RawDatabase.query(file.database, "SELECT version FROM wallet")
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        let links = try writer.read { reads throws(StoreError) in try reads.links(Self.wallet) }
        let snapshot = try writer.read { reads throws(StoreError) in try reads.snapshot(Self.wallet) }
        #expect(snapshot.links.map(\.bytes) == links.map(LinkFragment.rendered))
        #expect(links.allSatisfy { $0.condition == .ok && $0.conditionSince == $0.since })
        #expect("\(snapshot.version)" != before[0])
    }

    @Test("Everything of schema 1 is there afterwards: accounts to the byte, links, grants, receipt, open revocation")
    func keepsEverything() throws {
        let file = try Self.old()
        let before = try RawDatabase.counts(file.database)
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        let after = try RawDatabase.counts(file.database)
        for (table, count) in before { #expect(after[table] == count, "\(table)") }
        #expect(try RawDatabase.query(file.database, "PRAGMA user_version") == ["\(Schema.known)"])
        #expect(try RawDatabase.query(file.database, "SELECT schema FROM meta") == ["\(Schema.known)"])
        #expect(try RawDatabase.query(file.database, "PRAGMA integrity_check") == ["ok"])
        #expect(try RawDatabase.query(file.database, "PRAGMA foreign_key_check").isEmpty)

        let answer = try TemporaryFolder.fixture("schema-1/accounts.json")
        let snapshot = try writer.read { reads throws(StoreError) in try reads.snapshot(Self.wallet) }
        let shown = MergedView(snapshot, seeing: Sight([.admin])).bytes
        #expect(try Self.asThen(shown) == JSON.parse(answer.prefix { $0 != UInt8(ascii: "\n") }, limits: .file).bytes)

        let links = try writer.read { reads throws(StoreError) in try reads.links(Self.wallet) }
        #expect(links.map(\.state) == [.active, .active])
        for link in links {
            let grant = try writer.read { reads throws(StoreError) in try reads.grant(Self.wallet, link.id) }
            #expect(grant?.sealedRefresh != nil)
        }
        let receipts = try writer.read { reads throws(StoreError) in try reads.receipts(Self.wallet) }
        #expect(receipts.map(\.answer) == [.pending])
        #expect(
            try RawDatabase.query(file.database, "SELECT receipt FROM revocation_outbox") == [receipts[0].id.rawValue])
    }

    @Test("An upgraded database opens again, and is the same store under the same name")
    func opensAgain() throws {
        let file = try Self.old()
        let name = try RawDatabase.query(file.database, "SELECT store FROM meta")
        for _ in 0..<2 {
            let writer = try SQLiteFile.open(path: file.database)
            #expect(try writer.read { reads throws(StoreError) in try reads.storeID() } == name[0])
            writer.close()
        }
    }

    @Test("An older database is written anew with checked pages, private, once; what an earlier try left is no harm")
    func becomesChecked() throws {
        let file = try Self.old()
        #expect(file.contents()[20] == 0)
        file.write(Sample.bytes("half of a copy"), as: "purser.db.checked")
        try SQLiteFile.open(path: file.database).close()
        #expect(file.contents()[20] == 8)
        #expect(file.mode("purser.db") == 0o600)
        #expect(file.names == ["purser.db", "purser.db.lock"])
        let once = file.contents()
        try SQLiteFile.open(path: file.database).close()
        #expect(file.contents() == once)
    }

    @Test("Where there is no room for a second file, the older database stays as it is")
    func noRoom() throws {
        let file = try Self.old()
        let before = file.contents()
        mkdir(file.path + "/purser.db.checked", 0o700)
        defer { rmdir(file.path + "/purser.db.checked") }
        #expect(throws: StoreError.self) { try SQLiteFile.open(path: file.database) }
        #expect(file.contents() == before)
    }

    @Test("A migration that fails half-way leaves the old schema as it was, and the next start upgrades")
    func failsHalfWay() throws {
        let file = try Self.old()
        let before = try RawDatabase.query(file.database, "SELECT sql FROM sqlite_schema ORDER BY name")
        let connection = try Connection(path: file.database, .write)
        let broken =
            "CREATE TABLE half(way TEXT); ALTER TABLE link ADD COLUMN half TEXT; INSERT INTO nowhere VALUES (1)"
        #expect(throws: StoreError.self) {
            try Schema.migrate(connection, from: 1, storeID: nil, migrations: [Schema.migration001, broken])
        }
        #expect(!connection.isInTransaction)
        connection.close()
        #expect(try RawDatabase.query(file.database, "SELECT sql FROM sqlite_schema ORDER BY name") == before)
        #expect(try RawDatabase.query(file.database, "PRAGMA user_version") == ["1"])
        try SQLiteFile.open(path: file.database).close()
        #expect(try RawDatabase.query(file.database, "PRAGMA user_version") == ["\(Schema.known)"])
    }

    @Test("An answer that schema 3 kept is kept on, as that of the first attempt, and a part stays a part")
    func keepsAnswer() throws {
        let file = try Self.old()
        let connection = try Connection(path: file.database, .write)
        try Schema.migrate(
            connection, from: 1, storeID: nil,
            migrations: [Schema.migration001, Schema.migration002, Schema.migration003])
        try connection.run(
            """
            INSERT INTO raw_answer(wallet, link, generation, fence, status, sealed_body, received_at)
            SELECT wallet, id, generation, fence, -200, x'0102', 1000 FROM link
            """)
        connection.close()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        for link in try writer.read({ reads throws(StoreError) in try reads.links(Self.wallet) }) {
            let past = try writer.read { reads throws(StoreError) in try reads.past(Self.wallet, link.id) }
            #expect(
                past.answers == [
                    RawAnswer(
                        wallet: Self.wallet, link: link.id, generation: link.generation, fence: link.fence, attempt: 1,
                        status: 200, sealedBody: [1, 2], receivedAt: Instant(milliseconds: 1000), isPart: true)
                ])
        }
    }

    @Test("Of tokens and orphans that schema 9 held nothing is known of when they end; of what comes then it is")
    func knowsNoEnds() throws {
        let file = try Self.old()
        let connection = try Connection(path: file.database, .write)
        try Schema.migrate(connection, from: 1, storeID: nil, migrations: Array(Schema.migrations.prefix(9)))
        try connection.run(
            """
            INSERT INTO orphan_token(wallet, link, number, parent, fence, sealed_access, scopes, received_at)
            SELECT wallet, id, 1, generation, fence, x'01', '[]', 1000 FROM link
            """)
        #expect(try connection.number("PRAGMA user_version") == 9)
        try Schema.migrate(connection, from: 9, storeID: nil)
        defer { connection.close() }
        let verbs = SQLiteVerbs(connection: connection)
        let links = try verbs.links(Self.wallet)
        #expect(links.count == 2)
        for link in links {
            #expect(link.consentEndsAt == nil && link.consentEndMoves == nil)
            #expect(try verbs.grant(Self.wallet, link.id)?.ends == .untold)
            #expect(try verbs.past(Self.wallet, link.id).orphans.map(\.token.ends) == [.untold])
            let token = TokenVersion(
                generation: link.generation + 1, sealedAccess: [7], sealedRefresh: [8], sealedIDToken: nil, scopes: [],
                accessEndsAt: nil, refreshAheadAt: nil, receivedAt: Sample.at(0), ends: Sample.ends(2, at: 0))
            let commit = try verbs.commitGeneration(
                Self.wallet, link.id, parent: link.generation, fence: link.fence, token)
            #expect(commit == .committed)
            #expect(try verbs.grant(Self.wallet, link.id) == token)
            #expect(try verbs.link(Self.wallet, link.id)?.consentEndsAt == token.ends.consent?.at)
        }
    }

    @Test("A crash in the middle of a migration leaves the old schema as it was, and the next start upgrades")
    func crashes() throws {
        let file = try Self.old()
        let copy = try TemporaryFolder()
        let before = try RawDatabase.query(file.database, "SELECT sql FROM sqlite_schema ORDER BY name")
        let connection = try Connection(path: file.database, .write)
        defer { connection.close() }
        // With so little room pages go to the log before the transaction is over.
        try connection.script("PRAGMA journal_mode = WAL; PRAGMA cache_size = 2; BEGIN IMMEDIATE")
        try connection.script(Schema.migration002)
        try connection.script("CREATE TABLE filler(x TEXT)")
        for _ in 0..<50 { try connection.run("INSERT INTO filler VALUES (hex(randomblob(2000)))") }
        // The files as a crash at this moment leaves them.
        copy.write(file.contents())
        copy.write(file.contents("purser.db-wal"), as: "purser.db-wal")
        #expect(copy.contents("purser.db-wal").count > 100_000)
        #expect(try RawDatabase.query(copy.database, "SELECT sql FROM sqlite_schema ORDER BY name") == before)
        #expect(try RawDatabase.query(copy.database, "PRAGMA user_version") == ["1"])
        let writer = try SQLiteFile.open(path: copy.database)
        defer { writer.close() }
        #expect(try RawDatabase.query(copy.database, "PRAGMA integrity_check") == ["ok"])
        #expect(try writer.read { reads throws(StoreError) in try reads.links(Self.wallet) }.count == 2)
    }
}
