import PurserEngine
import PurserStore
import Testing
import Wire

// What group commit promises: one sync for many jobs, each job all or nothing.
@Suite struct WriterTests {
    private struct Mistake: Error {}

    private func wallets(_ file: TemporaryFolder) throws -> [String] {
        try RawDatabase.query(file.database, "SELECT id FROM wallet ORDER BY id")
    }

    private func add(_ verbs: any StoreVerbs, _ name: String) throws(StoreError) {
        try verbs.ensureWallet(WalletID(rawValue: name), now: Sample.at(0))
    }

    @Test("A batch is seen by others once it is committed")
    func batch() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        try writer.begin()
        try writer.run { verbs throws(StoreError) in try add(verbs, "wal_a") }
        try writer.run { verbs throws(StoreError) in try add(verbs, "wal_b") }
        #expect(try wallets(file) == [])
        try writer.commit()
        #expect(try wallets(file) == ["wal_a", "wal_b"])
    }

    @Test("A job that fails is undone alone, with everything it had done")
    func oneFails() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        try writer.begin()
        try writer.run { verbs throws(StoreError) in try add(verbs, "wal_a") }
        #expect(throws: StoreError.failed("changed its mind")) {
            try writer.run { verbs throws(StoreError) in
                try add(verbs, "wal_b")
                throw StoreError.failed("changed its mind")
            }
        }
        try writer.run { verbs throws(StoreError) in try add(verbs, "wal_c") }
        try writer.commit()
        #expect(try wallets(file) == ["wal_a", "wal_c"])
    }

    @Test("A verb that failed half-way undoes its job, even one that swallows the error")
    func swallowed() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        let link = Sample.link("lnk_a", in: Sample.wallet, provider: "skyways", at: 0)
        let pending = Sample.pending(link)
        #expect(throws: StoreError.self) {
            try writer.batch { verbs throws(StoreError) in
                try verbs.ensureWallet(link.wallet, now: Sample.at(0))
                try verbs.savePending(link, Sample.key(1), pending)
                // The link is inserted before its state turns out to be known.
                let second = Sample.link("lnk_b", in: Sample.wallet, provider: "skyways", at: 0)
                try? verbs.savePending(
                    second, Sample.key(1),
                    PendingLink(
                        wallet: second.wallet, link: second.id, provider: "skyways", stateHash: pending.stateHash,
                        starter: .socket(uid: 1), sealed: [], createdAt: Sample.at(0), expiresAt: Sample.at(9)))
            }
        }
        #expect(try RawDatabase.counts(file.database) == ["meta": 1])
    }

    @Test("A batch given up leaves nothing, and the next one works")
    func rollsBack() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        try writer.begin()
        try writer.run { verbs throws(StoreError) in try add(verbs, "wal_a") }
        writer.rollBack()
        try writer.batch { verbs throws(StoreError) in try add(verbs, "wal_b") }
        #expect(try wallets(file) == ["wal_b"])
    }

    @Test("A reader sees one state for the whole of a look, and the newest at the next")
    func readerIsConsistent() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        let reader = try SQLiteFile.openReader(path: file.database)
        defer {
            reader.close()
            writer.close()
        }
        let link = Sample.link("lnk_a", in: Sample.wallet, provider: "skyways", at: 0)
        let counts = try reader.read { reads throws(StoreError) in
            let before = try reads.links(Sample.wallet).count
            try writer.batch { verbs throws(StoreError) in
                try verbs.ensureWallet(link.wallet, now: Sample.at(0))
                try verbs.savePending(link, Sample.key(1), Sample.pending(link))
            }
            return [before, try reads.links(Sample.wallet).count]
        }
        #expect(counts == [0, 0])
        #expect(try reader.read { reads throws(StoreError) in try reads.links(Sample.wallet).count } == 1)
    }

    @Test("A checkpoint empties the log unless a reader holds it up")
    func checkpoints() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        defer { writer.close() }
        try writer.batch { verbs throws(StoreError) in try add(verbs, "wal_a") }
        #expect(!file.contents("purser.db-wal").isEmpty)
        #expect(try writer.checkpoint())
        #expect(file.contents("purser.db-wal").isEmpty)
        #expect(try wallets(file) == ["wal_a"])
    }

    @Test("After an unlink and a checkpoint, no byte of the link's keys and tokens is in any file")
    func erases() throws {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        let writer = try #require(store.writer)
        let claim = try store.active("lnk_a", due: 900)
        let canary = Sample.bytes("refresh first of lnk_a")
        func holdsCanary() -> Bool {
            file.names.contains { file.contents($0).holds(canary) }
        }
        #expect(try writer.checkpoint())
        #expect(holdsCanary())
        #expect(!writer.hasErased)
        #expect(try store { try $0.unlink(claim, nil, nil) })
        #expect(writer.hasErased)
        #expect(try writer.checkpoint())
        #expect(!writer.hasErased)
        #expect(!holdsCanary())
    }

    @Test("A closed store says so")
    func closed() throws {
        let file = try TemporaryFolder()
        let writer = try SQLiteFile.open(path: file.database)
        let reader = try SQLiteFile.openReader(path: file.database)
        reader.close()
        writer.close()
        writer.close()
        #expect(throws: StoreError.closed) { try writer.begin() }
        #expect(throws: StoreError.closed) { try writer.checkpoint() }
        #expect(throws: StoreError.closed) {
            try reader.read { reads throws(StoreError) in try reads.nextDue() }
        }
    }
}

extension [UInt8] {
    /// Whether these bytes stand anywhere in it.
    func holds(_ part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return false }
        return indices.dropLast(part.count - 1).contains {
            self[$0] == first && self[$0..<($0 + part.count)].elementsEqual(part)
        }
    }
}
