import PurserEngine
import Testing
import Wire

/// What is kept of a provider's discovery document.
@Suite struct KeptMetadataTests {
    private static func kept(_ provider: String, _ second: Int64) -> KeptMetadata {
        KeptMetadata(
            provider: provider, issuer: "https://\(provider).example/", document: [123, 0, 255, UInt8(second)],
            fetchedAt: Sample.at(second), mark: [UInt8](repeating: UInt8(second), count: 32))
    }

    @Test("One document a provider: the last one, to the byte", arguments: Backend.allCases)
    func keeps(backend: Backend) throws {
        let store = try backend.open()
        #expect(try store { try $0.metadata("a") } == nil)
        for kept in [Self.kept("a", 1), Self.kept("b", 2), Self.kept("a", 3)] {
            try store { try $0.keepMetadata(kept) }
        }
        #expect(try store { try $0.metadata("a") } == Self.kept("a", 3))
        #expect(try store { try $0.metadata("b") } == Self.kept("b", 2))
        #expect(try store { try $0.metadata("c") } == nil)
    }
}
