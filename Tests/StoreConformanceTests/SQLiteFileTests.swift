import PurserEngine
import Testing
import Wire

@testable import PurserStore

@Suite struct SQLiteFileTests {
    @Test("A new database is ours, versioned, and private to its owner")
    func makesNew() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database, storeID: "given")
        defer { writer.close() }
        try writer.batch { verbs throws(StoreError) in try verbs.ensureWallet(Sample.wallet, now: Sample.at(0)) }
        #expect(file.names == ["purser.db", "purser.db-shm", "purser.db-wal", "purser.db.lock"])
        for name in file.names { #expect(file.mode(name) == 0o600, "\(name)") }
        #expect(try RawDatabase.query(file.database, "PRAGMA application_id") == ["1347768915"])
        #expect(try RawDatabase.query(file.database, "PRAGMA user_version") == ["\(Schema.known)"])
        #expect(try RawDatabase.query(file.database, "SELECT store FROM meta") == ["given"])
        #expect(try RawDatabase.query(file.database, "PRAGMA journal_mode") == ["wal"])
    }

    @Test("The writer's connection is set up to be careful")
    func pragmas() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        let connection = writer.connection
        #expect(try connection.number("PRAGMA synchronous") == 2)
        #expect(try connection.number("PRAGMA foreign_keys") == 1)
        #expect(try connection.number("PRAGMA secure_delete") == 1)
        #expect(try connection.number("PRAGMA trusted_schema") == 0)
        #expect(try connection.number("PRAGMA cell_size_check") == 1)
        #expect(try connection.number("PRAGMA temp_store") == 2)
        // Defensive: the schema cannot be written to as a table.
        #expect(throws: StoreError.self) {
            try connection.script("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema")
        }
    }

    @Test("Without a name, each new store draws its own")
    func drawsName() throws {
        let names = try (0..<2).map { _ in
            let file = try TemporaryFolder()
            let writer = try SQLiteFile.open(path: file.database)
            defer { writer.close() }
            return try writer.read { reads throws(StoreError) in try reads.storeID() }
        }
        #expect(names[0] != names[1])
        #expect(names.allSatisfy { $0.utf8.count == 32 })
    }

    @Test("Opening again finds everything as it was, its name too")
    func reopens() throws {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        let claim = try store.active("lnk_a", due: 10)
        #expect(try store { try $0.record(claim, Sample.fullChange(1, at: 5, due: 900)) })
        let link = try store.link(claim)
        let ledger = try store { try $0.ledger(claim.wallet, claim.link) }
        let snapshot = try store { try $0.snapshot(claim.wallet) }
        store.writer?.close()

        let again = try SQLiteFile.open(path: file.database, storeID: "another")
        defer { again.close() }
        #expect(try again.read { reads throws(StoreError) in try reads.storeID() } == "the-store")
        #expect(try again.read { reads throws(StoreError) in try reads.link(claim.wallet, claim.link) } == link)
        #expect(try again.read { reads throws(StoreError) in try reads.ledger(claim.wallet, claim.link) } == ledger)
        #expect(try again.read { reads throws(StoreError) in try reads.snapshot(claim.wallet) } == snapshot)
    }

    @Test("What was committed survives a writer that never closed; what was not does not")
    func survivesCrash() throws {
        let file = try TemporaryFolder()
        let copy = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        try writer.batch { verbs throws(StoreError) in try verbs.ensureWallet(Sample.wallet, now: Sample.at(0)) }
        try writer.begin()
        try writer.run { verbs throws(StoreError) in try verbs.ensureWallet(Sample.other, now: Sample.at(0)) }
        // The files as a crash at this moment leaves them.
        copy.write(file.contents())
        copy.write(file.contents("purser.db-wal"), as: "purser.db-wal")
        let recovered = try SQLiteFile.open(path: copy.database)
        defer { recovered.close() }
        #expect(try RawDatabase.query(copy.database, "SELECT id FROM wallet") == [Sample.wallet.rawValue])
    }

    @Test("C94: a second daemon is kept out until the first has closed")
    func secondOpener() throws {
        let file = try TemporaryFolder()
        let first = try SQLiteFile.open(path: file.database)
        #expect(throws: StoreError.inUse) { try SQLiteFile.open(path: file.database) }
        first.close()
        let second = try SQLiteFile.open(path: file.database)
        second.close()
    }

    @Test("A database of a newer purser is refused and left as it is")
    func newerSchema() throws {
        let file = try TemporaryFolder()
        try SQLiteFile.open(path: file.database).close()
        try RawDatabase.query(file.database, "PRAGMA user_version = \(Schema.known + 1)")
        let before = file.contents()
        let expected = StoreError.newerSchema(found: Schema.known + 1, known: Schema.known)
        #expect(throws: expected) { try SQLiteFile.open(path: file.database) }
        #expect(throws: expected) { try SQLiteFile.openReader(path: file.database) }
        #expect(file.contents() == before)
    }

    @Test("A file that is no database is refused and left as it is")
    func notADatabase() throws {
        let file = try TemporaryFolder()
        let text = Array(repeating: Sample.bytes("this is a letter, not a database. "), count: 200).flatMap(\.self)
        file.write(text)
        let error = #expect(throws: StoreError.self) { try SQLiteFile.open(path: file.database) }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(file.contents() == text)
    }

    @Test("Another program's database is refused and left as it is")
    func foreign() throws {
        let file = try TemporaryFolder()
        try RawDatabase.query(file.database, "CREATE TABLE recipes(name TEXT)")
        let before = file.contents()
        #expect(throws: StoreError.damaged("it belongs to another program")) {
            try SQLiteFile.open(path: file.database)
        }
        #expect(file.contents() == before)
    }

    @Test("A damaged page is found, not answered with")
    func damagedPage() throws {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        for number in 0..<40 { try store.pending("lnk_\(number)") }
        store.writer?.close()
        var bytes = file.contents()
        for at in 4096..<bytes.count { bytes[at] = 0xa5 }
        file.write(bytes)
        let error = #expect(throws: StoreError.self) {
            let writer = try SQLiteFile.open(path: file.database)
            defer { writer.close() }
            _ = try writer.read { reads throws(StoreError) in try reads.links(Sample.wallet) }
        }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// A database of some pages, closed; and everything that can be seen of it.
    private func full() throws -> (file: TemporaryFolder, bytes: [UInt8]) {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        for number in 0..<40 { try store.pending("lnk_\(number)") }
        let long = KeptMetadata(
            provider: "p", issuer: "https://p.example", document: [UInt8](repeating: 7, count: 20_000),
            fetchedAt: Sample.at(1), mark: [1])
        try store { try $0.keepMetadata(long) }
        store.writer?.close()
        return (file, file.contents())
    }

    /// Opens it and reads all of it; what SQLite says of pages that hold nothing counts too.
    private func isNoticed(_ file: TemporaryFolder) -> Bool {
        do throws(StoreError) {
            let writer = try SQLiteFile.open(path: file.database)
            defer { writer.close() }
            _ = try writer.read { reads throws(StoreError) in
                (try reads.links(Sample.wallet), try reads.metadata("p"), try reads.waitingLinks(now: Sample.at(0)))
            }
            return try !writer.damages().isEmpty
        } catch {
            if case .damaged = error { return true }
            Issue.record("\(error)")
            return false
        }
    }

    @Test("Whatever a disk changes in any page is noticed, and nothing of it is shown")
    func everyPage() throws {
        let (file, good) = try full()
        #expect(!isNoticed(file))
        #expect(good.count > 20 * 4096)
        var dice = SystemRandomNumberGenerator()
        for page in 0..<(good.count / 4096) {
            for how in 0..<4 {
                var bytes = good
                let at = page * 4096
                switch how {
                case 0: bytes[at + Int.random(in: 0..<4096, using: &dice)] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
                case 1: bytes[at + 4095] ^= 1
                case 2: for place in at..<(at + 4096) { bytes[place] = 0 }
                default: for place in at..<(at + 4096) { bytes[place] = UInt8.random(in: 0...255, using: &dice) }
                }
                guard bytes != good else { continue }
                for name in file.names where name != "purser.db" { file.remove(name) }
                file.write(bytes)
                #expect(isNoticed(file), "page \(page), way \(how)")
            }
        }
    }

    @Test("A database that says it has no room for checks, and is too new for that, is damaged")
    func uncheckedHeader() throws {
        let (file, good) = try full()
        var bytes = good
        bytes[20] = 0
        file.write(bytes)
        #expect(throws: StoreError.damaged("its header is not what was written there")) {
            try SQLiteFile.open(path: file.database)
        }
        #expect(file.contents() == bytes)
    }

    @Test("A reader cannot write, and needs a database to be there")
    func readerOnlyReads() throws {
        let file = try TemporaryFolder()
        #expect(throws: StoreError.self) { try SQLiteFile.openReader(path: file.database) }
        #expect(file.names == [])
        let writer = try SQLiteFile.open(path: file.database)
        let reader = try SQLiteFile.openReader(path: file.database)
        defer {
            reader.close()
            writer.close()
        }
        try writer.batch { verbs throws(StoreError) in try verbs.ensureWallet(Sample.wallet, now: Sample.at(0)) }
        #expect(try reader.read { reads throws(StoreError) in try reads.snapshot(Sample.wallet).version } == 0)
        #expect(throws: StoreError.self) {
            try reader.read { reads throws(StoreError) in
                try (reads as! SQLiteReads).connection.run("DELETE FROM wallet")
            }
        }
        #expect(try RawDatabase.query(file.database, "SELECT count(*) FROM wallet") == ["1"])
    }

    @Test("A full disk says so, leaves nothing half-written, and is over when there is room")
    func diskFull() throws {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        let writer = try #require(store.writer)
        try store.pending("lnk_first")
        let pages = try writer.connection.number("PRAGMA page_count")
        try writer.connection.script("PRAGMA max_page_count = \(pages + 3)")
        var stored = 1
        var failure: StoreError?
        while failure == nil, stored < 500 {
            failure = store.failure { verbs in
                let link = Sample.link("lnk_\(stored)", in: Sample.wallet, provider: "skyways", at: 0)
                try verbs.savePending(link, Sample.key(1), Sample.pending(link))
            }
            if failure == nil { stored += 1 }
        }
        #expect(failure == .full)
        let counts = try RawDatabase.counts(file.database)
        for table in ["link", "due", "link_fragment", "data_key", "pending_link"] {
            #expect(counts[table] == stored, "\(table)")
        }
        #expect(try store.version() == stored)
        try writer.connection.script("PRAGMA max_page_count = 100000")
        try store.pending("lnk_last")
        #expect(try store { try $0.links(Sample.wallet) }.count == stored + 1)
    }

    @Test("A batch that the disk has no room for fails as a whole, for every job in it")
    func diskFullInBatch() throws {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        let writer = try #require(store.writer)
        try store.pending("lnk_first")
        let pages = try writer.connection.number("PRAGMA page_count")
        try writer.connection.script("PRAGMA max_page_count = \(pages + 3)")
        try writer.begin()
        var succeeded: [String] = []
        var failed = 0
        for number in 0..<60 {
            let link = Sample.link("lnk_\(number)", in: Sample.wallet, provider: "skyways", at: 0)
            do {
                try writer.run { verbs throws(StoreError) in
                    try verbs.savePending(link, Sample.key(1), Sample.pending(link))
                }
                succeeded.append(link.id.rawValue)
            } catch {
                #expect(error == .full)
                failed += 1
            }
        }
        #expect(failed > 0)
        // Either SQLite kept the transaction, then exactly the jobs that succeeded are there, or it threw it away, then
        // committing says so and none is.
        let isCommitted = (try? writer.commit()) != nil
        let kept = try store { try $0.links(Sample.wallet) }.map(\.id.rawValue).filter { $0 != "lnk_first" }
        #expect(kept == (isCommitted ? succeeded.sorted() : []))
        let counts = try RawDatabase.counts(file.database)
        #expect(counts["pending_link"] == kept.count + 1)
        #expect(try store.version() == kept.count + 1)
    }

    @Test("An error carries no SQL and no value")
    func errorsAreWords() throws {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        let link = try store.pending("lnk_a")
        let error = store.failure { try $0.savePending(link, Sample.key(1), Sample.pending(link)) }
        let text = "\(try #require(error))"
        for word in ["lnk_a", "link", "INSERT", "UNIQUE", "wal_"] { #expect(!text.contains(word), "\(text)") }
    }
}
