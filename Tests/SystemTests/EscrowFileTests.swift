import Glibc
import PurserEngine
import PurserSystem
import Testing

@Suite("The escrow beside the database")
struct EscrowFileTests {
    private static let (first, second): ([UInt8], [UInt8]) = (Array("one".utf8), Array("another".utf8))

    @Test("what came since is not cleared with what was taken, and nothing is lost over a new start")
    func clears() async throws {
        let scratch = Scratch()
        let path = scratch.path + "/purser.escrow"
        let escrow = try EscrowFile(path)
        try await escrow.keep(Self.first)
        let taken = await escrow.records()
        try await escrow.keep(Self.second)
        try await escrow.clear(taken)
        #expect(await escrow.records() == [Self.first, Self.second])
        #expect(await (try EscrowFile(path)).records() == [Self.first, Self.second])
        try await escrow.clear(await escrow.records())
        #expect(await escrow.records() == [] && escrow.isEmpty)
        #expect(await (try EscrowFile(path)).records() == [])
    }
}
