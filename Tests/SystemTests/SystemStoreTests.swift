import PurserEngine
import PurserSystem
import TestSupport
import Testing
import Wire

@Suite("The store's threads")
struct SystemStoreTests {
    private let scratch = Scratch()
    private var path: String { scratch.path + "/purser.db" }
    private static let now = Instant(seconds: 1_790_000_000)

    private func wallet(_ number: Int) -> WalletID { WalletID(rawValue: "wal_\(number)") }

    @Test("what a write returned is there for every read after it, and after opening again")
    func durable() async throws {
        let store = try SystemStore(path: path)
        let epoch = WrappedEpoch(id: 1, wrapped: [1, 2, 3], createdAt: Self.now)
        try await store.write { verbs throws(StoreError) in try verbs.addEpoch(epoch) }
        #expect(try await store.read { reads throws(StoreError) in try reads.epochs() } == [epoch])
        store.close()
        let again = try SystemStore(path: path)
        #expect(try await again.read { reads throws(StoreError) in try reads.epochs() } == [epoch])
        again.close()
    }

    @Test("a job that fails undoes itself and takes no other of its batch with it")
    func savepoints() async throws {
        let store = try SystemStore(path: path)
        defer { store.close() }
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                let wallet = wallet(number)
                group.addTask {
                    do throws(StoreError) {
                        try await store.write { verbs throws(StoreError) in
                            try verbs.ensureWallet(wallet, now: Self.now)
                            try verbs.addEpoch(WrappedEpoch(id: UInt32(number), wrapped: [], createdAt: Self.now))
                            if number % 3 == 0 { throw StoreError.failed("wanted") }
                        }
                        return false
                    } catch { return error == .failed("wanted") }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 20)
        let ids = try await store.read { reads throws(StoreError) in try reads.epochs() }.map(\.id)
        #expect(Set(ids) == Set((0..<60).filter { $0 % 3 != 0 }.map { UInt32($0) }))
    }

    @Test("C90: what was erased is soon in no file of an open store, whether more is written or nothing is")
    func erased() async throws {
        let store = try SystemStore(path: path)
        defer { store.close() }
        let epochs: [WrappedEpoch] = (1...6).map { number in
            let bytes = SystemRandomness().bytes(60)
            return WrappedEpoch(id: UInt32(number), wrapped: bytes, createdAt: Self.now)
        }
        let scan = SecretScan(epochs.map { ("\($0.id)", $0.wrapped) })
        func found() throws -> Set<String> {
            let files = try FileSystem.names(in: scratch.path).map { try FileSystem.read(scratch.path + "/" + $0) }
            return Set(files.flatMap { bytes in scan.hits(in: bytes, "a file", limit: 1000).map { $0.secret } })
        }
        for epoch in epochs { try await store.write { verbs throws(StoreError) in try verbs.addEpoch(epoch) } }
        #expect(try found() == ["1", "2", "3", "4", "5", "6"])
        // One after another, at once: of these only the first can leave the log in the turn that erases it.
        for epoch in epochs.dropLast() {
            #expect(try await store.write { verbs throws(StoreError) in try verbs.destroyEpoch(epoch.id) })
        }
        for _ in 0..<(120 * 20) where try found() != ["6"] { await SystemClock().pause(milliseconds: 50) }
        #expect(try found() == ["6"])
    }

    @Test("a second daemon on the same data is kept out, until the first has closed")
    func second() throws {
        let store = try SystemStore(path: path)
        #expect(throws: StoreError.inUse) { try SystemStore(path: path) }
        store.close()
        try SystemStore(path: path).close()
    }

    @Test("after close everything says so")
    func closed() async throws {
        let store = try SystemStore(path: path)
        store.close()
        await #expect(throws: StoreError.closed) {
            try await store.write { verbs throws(StoreError) in try verbs.ensureWallet(.first, now: Self.now) }
        }
        await #expect(throws: StoreError.closed) {
            try await store.read { reads throws(StoreError) in try reads.storeID() }
        }
    }

    @Test("what is no database is refused and not touched")
    func foreign() throws {
        let file = scratch.write(
            "purser.db", "this is a letter, not a database, and it is long enough to look like one\n")
        let before = try FileSystem.read(file)
        #expect(throws: StoreError.self) { try SystemStore(path: file) }
        #expect(try FileSystem.read(file) == before)
    }
}
