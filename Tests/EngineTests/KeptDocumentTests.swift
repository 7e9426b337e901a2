import Crypto
import Synchronization
import Testing
import Wire

@testable import PurserEngine

/// Discovery documents that outlive a start.
@Suite struct KeptDocumentTests {
    private static let document: JSON = [
        "issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token", "jwks_uri": "https://as.example/jwks",
    ]
    private static let moved: JSON = [
        "issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://elsewhere.example/token",
    ]
    private static let down = Result<HTTPResponse, TransportError>.failure(.notSent("refused"))

    private let store = KeyStore()
    private let clock = StandingClock()
    private let provider = Fixture.provider()

    /// A shelf as after a start.
    private func shelf(_ answers: [Result<HTTPResponse, TransportError>]) async throws -> MetadataShelf {
        let world = World.test(store, clock: clock)
        return MetadataShelf(
            clock: clock, transport: ScriptedTransport(answers),
            kept: KeptDocuments(world: world, keyring: try await Keyring.open(world)))
    }

    private func kept() throws -> KeptMetadata {
        try #require(store.state.withLock { $0.metadata[provider.manifest.name] })
    }

    private func put(_ kept: KeptMetadata) { store.state.withLock { $0.metadata[kept.provider] = kept } }

    @Test("C51: after a start, what cannot be fetched is what it was before, until it is a week old")
    func recalled() async throws {
        let first = try await shelf([.success(.json(Self.document))]).metadata(of: provider)
        clock.advance(seconds: 7 * 86_400 - 1)
        let shelf = try await shelf([Self.down, .success(.json(Self.moved))])
        for _ in 0..<3 { #expect(try await shelf.metadata(of: provider) == first) }
        clock.advance(seconds: 1)
        // It grows old here, too.
        await #expect(throws: ShelfError.self) { try await shelf.metadata(of: provider) }
        await #expect(throws: ShelfError.self) { try await self.shelf([Self.down]).metadata(of: provider) }
        clock.advance(seconds: 60)
        #expect(try await shelf.metadata(of: provider).tokenEndpoint.text == "https://elsewhere.example/token")
    }

    @Test("Nothing new is begun with what was kept, and what grew too old here is not made younger by a clock set back")
    func notRecalled() async throws {
        _ = try await shelf([.success(.json(Self.document))]).metadata(of: provider)
        await #expect(throws: ShelfError.self) {
            try await self.shelf([Self.down]).metadata(of: provider, recalls: false)
        }
        // The wall clock of what was kept stands still, the one that ages are counted by goes on.
        let uptime = StandingClock()
        let world = World.test(store, clock: clock)
        let shelf = MetadataShelf(
            clock: uptime, transport: ScriptedTransport([.success(.json(Self.document)), Self.down]),
            kept: KeptDocuments(world: world, keyring: try await Keyring.open(world)))
        _ = try await shelf.metadata(of: provider)
        uptime.advance(seconds: 7 * 86_400)
        await #expect(throws: ShelfError.self) { try await shelf.metadata(of: provider) }
    }

    @Test("An answer that we refuse is not made up for by what was kept")
    func refused() async throws {
        _ = try await shelf([.success(.json(Self.document))]).metadata(of: provider)
        var evil = Self.document.object ?? JSONObject()
        evil["issuer"] = "https://evil.example"
        await #expect(throws: ShelfError.violation("the discovery document is of another issuer")) {
            try await shelf([.success(.json(.object(evil)))]).metadata(of: provider)
        }
    }

    @Test("What somebody wrote into the database is not believed", arguments: 0...5)
    func tampered(_ part: Int) async throws {
        _ = try await shelf([.success(.json(Self.document))]).metadata(of: provider)
        let good = try kept()
        var other = good.mark
        other[0] ^= 1
        put(
            KeptMetadata(
                provider: good.provider, issuer: part == 0 ? "https://evil.example" : good.issuer,
                document: part == 1 ? Self.moved.bytes : good.document,
                fetchedAt: part == 2 ? good.fetchedAt.adding(seconds: 1) : good.fetchedAt,
                mark: part == 3 ? other : part == 4 ? [] : good.mark))
        let found = try? await shelf([Self.down]).metadata(of: provider)
        #expect((found != nil) == (part == 5))
    }

    @Test("One provider's document is not another's")
    func exchanged() async throws {
        let keyring = try await Keyring.open(.test(store))
        let marks = [("a", "i"), ("b", "i"), ("a", "j")].map { name, issuer in
            keyring.mark(name, issuer: issuer, [1], at: clock.now)
        }
        #expect(Set(marks).count == 3)
    }

    @Test("It is written the first time, when it changed, and once a day; a disk that refuses costs nothing")
    func writes() async throws {
        func answer(_ document: JSON) -> Result<HTTPResponse, TransportError> { .success(.json(document)) }
        let shelf = try await shelf(
            [Self.document, Self.document, Self.moved, Self.moved, Self.moved].map(answer))
        var counts: [Int] = []
        for _ in 0..<3 {
            _ = try await shelf.metadata(of: provider)
            counts.append(store.state.withLock { $0.keeps })
            clock.advance(seconds: 3600)
        }
        store.state.withLock { $0.error = .full }
        clock.advance(seconds: 86_400)
        _ = try await shelf.metadata(of: provider)
        store.state.withLock { $0.error = nil }
        counts.append(store.state.withLock { $0.keeps })
        clock.advance(seconds: 3600)
        _ = try await shelf.metadata(of: provider)
        counts.append(store.state.withLock { $0.keeps })
        #expect(counts == [1, 1, 2, 2, 3])
        #expect(try kept().document == Self.moved.bytes)
    }
}
