import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite struct MetadataShelfTests {
    private let clock = StandingClock()
    private let provider = Fixture.provider()

    private static let document: JSON = [
        "issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token", "jwks_uri": "https://as.example/jwks",
    ]
    private static let good = Result<HTTPResponse, TransportError>.success(.json(document))
    private static let down = Result<HTTPResponse, TransportError>.failure(.notSent("refused"))

    private func shelf(_ answers: [Result<HTTPResponse, TransportError>]) -> (MetadataShelf, ScriptedTransport) {
        let transport = ScriptedTransport(answers)
        return (MetadataShelf(clock: clock, transport: transport), transport)
    }

    @Test("A document is fetched once an hour")
    func fresh() async throws {
        let (shelf, transport) = shelf([Self.good, Self.good])
        for _ in 0..<3 { _ = try await shelf.metadata(of: provider) }
        #expect(transport.asked == ["https://as.example/.well-known/openid-configuration"])
        clock.advance(seconds: 3599)
        _ = try await shelf.metadata(of: provider)
        #expect(transport.asked.count == 1)
        clock.advance(seconds: 1)
        _ = try await shelf.metadata(of: provider)
        #expect(transport.asked.count == 2)
    }

    @Test("A server that is down is worked with as last known; one that changed its name is not")
    func stale() async throws {
        let evil: JSON = [
            "issuer": "https://evil.example", "authorization_endpoint": "https://evil.example/a",
            "token_endpoint": "https://evil.example/t",
        ]
        let (shelf, _) = shelf([
            Self.good, Self.down, .success(.html("<html>", status: 200)), .success(.json(Self.document, status: 503)),
            .success(.redirect("https://evil.example/")), .success(.json(evil)),
        ])
        let first = try await shelf.metadata(of: provider)
        for _ in 0..<4 {
            clock.advance(seconds: 4000)
            #expect(try await shelf.metadata(of: provider) == first)
        }
        clock.advance(seconds: 4000)
        // And while it is not asked again, that is the answer, and not the document from before.
        for _ in 0..<2 {
            await #expect(throws: ShelfError.violation("the discovery document is of another issuer")) {
                try await shelf.metadata(of: provider)
            }
        }
    }

    @Test("C51: what cannot be fetched anew is used until it is a week old, keys until they are two days old")
    func tooOld() async throws {
        let week = 7 * 86_400
        let (shelf, transport) = shelf([Self.good] + Array(repeating: Self.down, count: 8))
        let first = try await shelf.metadata(of: provider)
        clock.advance(seconds: Int64(week) - 1)
        #expect(try await shelf.metadata(of: provider) == first)
        clock.advance(seconds: 1)
        for _ in 0..<2 {
            await #expect(throws: ShelfError.self) { try await shelf.metadata(of: provider) }
        }
        #expect(transport.asked.count == 2)
        let set = Result<HTTPResponse, TransportError>.success(.json(["keys": []]))
        let (keys, _) = self.shelf([set] + Array(repeating: Self.down, count: 8))
        _ = try await keys.keySet(of: Publisher(provider), Fixture.metadata())
        clock.advance(seconds: 2 * 86_400 - 1)
        _ = try await keys.keySet(of: Publisher(provider), Fixture.metadata())
        clock.advance(seconds: 1)
        await #expect(throws: ShelfError.self) { try await keys.keySet(of: Publisher(provider), Fixture.metadata()) }
        clock.advance(seconds: 60)
        await #expect(throws: ShelfError.self) { try await keys.keySet(of: Publisher(provider), Fixture.metadata()) }
    }

    @Test("C31: a parameter of the folder's own stands in no authorization endpoint's query")
    func parameters() async throws {
        var document = try #require(Self.document.object)
        for (query, isTaken) in [("tenant=1", true), ("prompt=none", false)] {
            document["authorization_endpoint"] = .string("https://as.example/authorize?" + query)
            let (shelf, _) = shelf([.success(.json(.object(document)))])
            let metadata = try? await shelf.metadata(of: provider)
            #expect((metadata != nil) == isTaken, "\(query)")
        }
    }

    @Test("How long a document is good its server says, from a minute to a day")
    func cacheControl() async throws {
        func answer(_ control: String) -> Result<HTTPResponse, TransportError> {
            var response = HTTPResponse.json(Self.document)
            response.headers["Cache-Control"] = control
            return .success(response)
        }
        let (shelf, transport) = shelf([answer("max-age=120"), answer("no-store"), answer("max-age=999999"), Self.good])
        for (seconds, asked) in [
            (0, 1), (119, 1), (1, 2), (59, 2), (1, 3), (86_399, 3), (1, 4),
        ] as [(Int64, Int)] {
            clock.advance(seconds: seconds)
            _ = try await shelf.metadata(of: provider)
            #expect(transport.asked.count == asked)
        }
    }

    @Test("A server that failed is asked for its document again after five seconds, by one of all who need it")
    func pause() async throws {
        let transport = YieldingTransport(ScriptedTransport([Self.down, Self.good]))
        let shelf = MetadataShelf(clock: clock, transport: transport)
        func failures() async -> Int {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask { [provider] in (try? await shelf.metadata(of: provider)) == nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(await failures() == 50)
        #expect(transport.inner.asked.count == 1)
        clock.advance(seconds: 4)
        #expect(await failures() == 50)
        clock.advance(seconds: 1)
        #expect(await failures() == 0)
        #expect(transport.inner.asked.count == 2)
    }

    @Test("C43: A server that was never reached is unavailable, in words")
    func unavailable() async throws {
        let answers = [Self.down, .failure(.noAnswer("timeout")), .failure(.tooLarge), .success(.html("<html>"))]
        let (shelf, _) = shelf(answers)
        for _ in answers {
            do {
                _ = try await shelf.metadata(of: provider)
                Issue.record("there is no metadata")
            } catch {
                guard case .unavailable(let why) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(why.hasPrefix("the discovery document"))
            }
        }
    }

    @Test("C10: A good document under another status than 200 is none, and a redirect is told as one")
    func otherStatuses() async throws {
        for (status, words) in [(201, "HTTP 201"), (206, "HTTP 206"), (404, "HTTP 404"), (302, "HTTP 302, a redirect")]
        {
            let (shelf, _) = shelf([.success(.json(Self.document, status: status))])
            do {
                _ = try await shelf.metadata(of: provider)
                Issue.record("HTTP \(status) brings a document")
            } catch {
                guard case .unavailable(let why) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(why.contains(words) && why.contains("redirect") == (status == 302), "\(why)")
            }
        }
    }

    @Test("A trouble of our own is told as such, and any other as of the way there")
    func words() {
        let over = LocalTrouble.certificateOver.rawValue + " since 2026-11-01T00:00:00Z"
        #expect(TransportError.notSent(over).words == over)
        #expect(TransportError.notSent("refused").words == "\(LinkCondition.unreachable) (refused)")
    }

    @Test(
        "C46: Newer keys are fetched for an unknown one, once a minute at most, and old ones do not outlive a failure")
    func keys() async throws {
        let set = Result<HTTPResponse, TransportError>.success(.json(["keys": []]))
        let (shelf, transport) = shelf([set, set, Self.down, set])
        let metadata = Fixture.metadata()
        let before = clock.uptime
        // Asked for after the token came: as new as it.
        for need in [.usual, .usual, .since(before)] as [Newness] {
            _ = try await shelf.keySet(of: Publisher(provider), metadata, need)
        }
        #expect(transport.asked == ["https://as.example/jwks"])
        clock.advance(seconds: 59)
        // Older than the token, and not to be fetched yet: no answer, rather than one that may be wrong.
        await #expect(throws: ShelfError.unavailable("the key set was fetched just now, and is fetched again in 2 s")) {
            try await shelf.keySet(of: Publisher(provider), metadata, .since(clock.uptime))
        }
        clock.advance(seconds: 1)
        _ = try await shelf.keySet(of: Publisher(provider), metadata)
        #expect(transport.asked.count == 1)
        _ = try await shelf.keySet(of: Publisher(provider), metadata, .since(clock.uptime))
        #expect(transport.asked.count == 2)
        clock.advance(seconds: 60)
        // A failed fetch counts for the cool-down, and the failure is the answer until it ends.
        for _ in 0..<3 {
            await #expect(throws: ShelfError.self) {
                try await shelf.keySet(of: Publisher(provider), metadata, .since(clock.uptime))
            }
        }
        #expect(transport.asked.count == 3)
        clock.advance(seconds: 60)
        _ = try await shelf.keySet(of: Publisher(provider), metadata, .since(clock.uptime))
        #expect(transport.asked.count == 4)
    }

    @Test("Old keys are used on when newer ones cannot be fetched, but not to judge what they do not fit")
    func staleKeys() async throws {
        let set = Result<HTTPResponse, TransportError>.success(.json(["keys": []]))
        let (shelf, transport) = shelf([set, Self.down])
        let metadata = Fixture.metadata()
        _ = try await shelf.keySet(of: Publisher(provider), metadata)
        clock.advance(seconds: 4000)
        for _ in 0..<3 { _ = try await shelf.keySet(of: Publisher(provider), metadata) }
        #expect(transport.asked.count == 2)
        await #expect(throws: ShelfError.self) {
            try await shelf.keySet(of: Publisher(provider), metadata, .since(clock.uptime))
        }
        #expect(transport.asked.count == 2)
    }

    private static let keys = Result<HTTPResponse, TransportError>.success(.json(["keys": []]))

    private struct Verdict: Equatable {
        /// Nil: it is judged later.
        var problem: IDTokenProblem?
        var tries: Int
        var fetches: Int
    }

    /// What becomes of something that is never signed well, or is wrong in another way, by keys that are two minutes old.
    private func judged(
        _ problem: IDTokenProblem, then: Result<HTTPResponse, TransportError>
    ) async throws -> Verdict? {
        let (shelf, transport) = shelf([Self.keys, then])
        _ = try await shelf.keySet(of: Publisher(provider), Fixture.metadata())
        clock.advance(seconds: 120)
        var tries = 0
        let judged = await shelf.judged(by: provider, Fixture.metadata()) { _ throws(IDTokenProblem) -> Int in
            tries += 1
            // Whoever tries for ever must be seen to.
            guard tries < 5 else { return tries }
            throw problem
        }
        switch judged {
        case .holds: return nil
        case .not(let problem): return Verdict(problem: problem, tries: tries, fetches: transport.asked.count)
        case .later: return Verdict(problem: nil, tries: tries, fetches: transport.asked.count)
        }
    }

    @Test(
        "C46: A signature that does not hold is tried once more by newer keys; nothing else is, and nobody asks for ever"
    )
    func judging() async throws {
        let signature = try await judged(.signature, then: Self.keys)
        #expect(signature == Verdict(problem: .signature, tries: 2, fetches: 2))
        let unreached = try await judged(.signature, then: Self.down)
        #expect(unreached == Verdict(problem: nil, tries: 1, fetches: 2))
        for problem in IDTokenProblem.allCases where problem != .signature {
            let found = try await judged(problem, then: Self.keys)
            #expect(found == Verdict(problem: problem, tries: 1, fetches: 1), "\(problem)")
        }
    }

    @Test("C46: Many who need keys at once wait for one fetch")
    func singleFlight() async throws {
        let set = Result<HTTPResponse, TransportError>.success(.json(["keys": []]))
        let transport = YieldingTransport(ScriptedTransport([set]))
        let shelf = MetadataShelf(clock: clock, transport: transport)
        let metadata = Fixture.metadata()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { [provider, clock] in
                    _ = try await shelf.keySet(of: Publisher(provider), metadata, .since(clock.uptime))
                }
            }
            try await group.waitForAll()
        }
        #expect(transport.inner.asked.count == 1)
    }

    @Test("C49: A key set that publishes a private key, or none at all, is refused")
    func badKeys() async throws {
        let leak: JSON = ["keys": [["kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"]]]
        let (shelf, _) = shelf([.success(.json(leak)), .success(.json(["keys": "none"])), .success(.json([]))])
        for _ in 0..<3 {
            await #expect(throws: ShelfError.violation("the provider's key set is not one we can use")) {
                try await shelf.keySet(of: Publisher(provider), Fixture.metadata())
            }
            clock.advance(seconds: 60)
        }
    }
}

/// Lets others run before it answers.
private struct YieldingTransport: Transport {
    let inner: ScriptedTransport

    init(_ inner: ScriptedTransport) { self.inner = inner }

    func send(_ request: ProviderRequest) async throws(TransportError) -> HTTPResponse {
        for _ in 0..<100 { await Task.yield() }
        return try await inner.send(request)
    }
}
