import PurserEngine
import PurserSimulation
import Testing
import Wire

/// The disk that fails, and the real store on it.
@Suite("A disk that fails")
struct DiskTests {
    private static func wallet(_ number: Int) -> WalletID { WalletID(rawValue: "wal_\(number)") }

    private static func write(_ runner: DiskRunner, _ number: Int) throws(StoreError) {
        try runner.write { verbs throws(StoreError) in
            try verbs.ensureWallet(Self.wallet(number), now: Instant(seconds: 1))
            try verbs.addEpoch(WrappedEpoch(id: UInt32(number + 1), wrapped: [1], createdAt: Instant(seconds: 1)))
        }
    }

    private static func count(_ runner: DiskRunner) throws -> Int {
        try runner.read { reads throws(StoreError) in try reads.epochs().count }
    }

    @Test(
        "what was acknowledged is there after every power cut, and at most the one verb more that was not",
        arguments: 1...12)
    func powerCuts(_ seed: Int) throws {
        let runner = try DiskRunner(seed: UInt64(seed))
        var acknowledged = 0
        for round in 0..<40 {
            runner.light(diskCalls: 1 + (seed * 7 + round * 3) % 23)
            var isCut = false
            while !isCut {
                do throws(StoreError) {
                    try Self.write(runner, acknowledged)
                    acknowledged += 1
                    isCut = runner.isFatal
                } catch { isCut = true }
            }
            runner.crash()
            let found = try Self.count(runner)
            #expect(found == acknowledged || found == acknowledged + 1)
            acknowledged = found
        }
        #expect(runner.violations == [])
        #expect(runner.powerCuts == 40)
    }

    @Test("a full disk refuses and changes nothing; with room again it goes on")
    func full() throws {
        let runner = try DiskRunner(seed: 3)
        try Self.write(runner, 0)
        var trouble = DiskTrouble()
        trouble.isFull = true
        runner.trouble(trouble)
        #expect(throws: StoreError.full) { for number in 1..<50 { try Self.write(runner, number) } }
        let before = try Self.count(runner)
        runner.trouble(DiskTrouble())
        try Self.write(runner, before)
        #expect(try Self.count(runner) == before + 1)
        runner.crash()
        #expect(try Self.count(runner) == before + 1)
        #expect(runner.violations == [])
    }

    @Test("a sync that fails is the end of the process; the next one finds a whole database", arguments: 1...6)
    func failedSync(_ seed: Int) throws {
        let runner = try DiskRunner(seed: UInt64(seed))
        var trouble = DiskTrouble()
        trouble.syncErrors = 200_000
        runner.trouble(trouble)
        var failures = 0
        for number in 0..<60 {
            do throws(StoreError) { try Self.write(runner, number) } catch { failures += 1 }
            guard runner.isFatal else { continue }
            #expect(throws: StoreError.closed) { try Self.write(runner, 1000) }
            runner.crash()
        }
        #expect(failures > 0)
        #expect(runner.violations == [])
    }
}
