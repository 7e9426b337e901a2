import PurserEngine
import Testing
import Wire

/// Clients that registered themselves: kept with their registration, claimed when their secret is to be renewed.
@Suite struct RegistrationTests {
    /// - Parameter key: nil: nothing is sealed.
    static func client(
        _ key: WrappedDataKey? = Sample.key(1), provider: String = "skyways", secret: [UInt8] = [1, 0, 2],
        due: Instant? = Sample.at(100)
    ) -> RegisteredClient {
        RegisteredClient(
            provider: provider, clientID: "cl_1", redirectURI: "http://127.0.0.1:9/cb", scopes: nil,
            sealedSecret: key.map { _ in secret }, dataKey: key, createdAt: Sample.at(1), changedAt: Sample.at(2),
            dynamic: DynamicRegistration(
                authentication: .clientSecretPost, registeredAt: Sample.at(1), sealedAccess: key.map { _ in [3, 4] },
                secretSince: Sample.at(1), secretEndsAt: Sample.at(300),
                turn: DynamicRegistration.Turn(dueAt: due, fence: 7)))
    }

    private static let bare = RegisteredClient(
        provider: "skyways", clientID: "other", redirectURI: nil, scopes: ["a"], sealedSecret: nil, dataKey: nil,
        createdAt: Sample.at(1), changedAt: Sample.at(3))

    private func set(_ store: Bench, _ client: RegisteredClient?, _ provider: String = "skyways") throws {
        _ = try store {
            try $0.setClient(provider, client, question: nil, now: Sample.at(30), forget: Sample.at(630))
        }
    }

    private func open(_ backend: Backend) throws -> Bench {
        let store = try backend.open()
        try set(store, Self.client())
        return store
    }

    private func found(_ store: Bench) throws -> RegisteredClient? { try store { try $0.client("skyways") } }

    private func claim(_ store: Bench, at now: Int64 = 100, limit: Int = 5) throws -> [ProviderClaim] {
        try store { try $0.claimRegistrations(now: Sample.at(now), until: Sample.at(now + 150), limit: limit) }
    }

    @Test("It is kept whole, replaced whole, and gone with its registration", arguments: Backend.allCases)
    func keeps(backend: Backend) throws {
        let store = try backend.open()
        var ended = Self.client(nil, due: nil)
        ended.dynamic?.turn.end(TurnPause(due: nil, failures: 3, trouble: "why"))
        for client in [Self.client(), ended, Self.bare, Self.client(), nil, Self.bare] {
            try set(store, client)
            #expect(try found(store) == client)
        }
        #expect(try store { try $0.nextDue() } == nil)
        #expect(try claim(store, at: 9000).isEmpty)
    }

    @Test("It is due when it says; claimed it is leased, and nobody else gets it", arguments: Backend.allCases)
    func claims(backend: Backend) throws {
        let store = try open(backend)
        #expect(try store { try $0.nextDue() } == Sample.at(100))
        #expect(try claim(store, at: 99).isEmpty)
        #expect(try claim(store, limit: 0).isEmpty)
        #expect(try claim(store) == [ProviderClaim(provider: "skyways", fence: 8, until: Sample.at(250))])
        #expect(try found(store)?.dynamic?.turn.isLeased == true)
        #expect(try store { try $0.nextDue() } == Sample.at(250))
        #expect(try claim(store, at: 249).isEmpty)
        #expect(try claim(store, at: 250).map(\.fence) == [9])
    }

    @Test("The longest overdue go first", arguments: Backend.allCases)
    func order(backend: Backend) throws {
        let store = try open(backend)
        try set(store, Self.client(provider: "brewhaus", due: Sample.at(90)), "brewhaus")
        try set(store, Self.client(provider: "aaa", due: Sample.at(100)), "aaa")
        try set(store, Self.client(provider: "never", due: nil), "never")
        #expect(try claim(store, limit: 2).map(\.provider) == ["brewhaus", "aaa"])
        #expect(try claim(store).map(\.provider) == ["skyways"])
    }

    @Test(
        "What it has become is written under a claim, which goes on; not under a lost one", arguments: Backend.allCases)
    func renews(backend: Backend) throws {
        let store = try open(backend)
        let first = try #require(try claim(store).first)
        let new = Self.client(Sample.key(2), secret: [9, 9], due: Sample.at(77))
        #expect(try store { try $0.keepRegistration(first, new) })
        let kept = try #require(try found(store))
        #expect(kept.sealedSecret == [9, 9] && kept.dataKey == Sample.key(2))
        #expect(kept.dynamic?.turn.dueAt == Sample.at(250) && kept.dynamic?.turn.fence == 8, "its turn is its own")
        let second = try #require(try claim(store, at: 250).first)
        #expect(try store { try $0.keepRegistration(first, Self.client()) } == false)
        #expect(try store { try $0.endRegistration(first, TurnPause(due: nil)) } == false)
        #expect(try found(store)?.sealedSecret == [9, 9])
        let pause = TurnPause(due: Sample.at(700), failures: 2, trouble: "no answer")
        #expect(try store { try $0.endRegistration(second, pause) })
        let turn = try #require(try found(store)?.dynamic?.turn)
        #expect(turn.dueAt == Sample.at(700) && !turn.isLeased && turn.failures == 2 && turn.trouble == "no answer")
        #expect(try store { try $0.nextDue() } == Sample.at(700))
    }

    @Test("Nothing is written for a registration that is gone, or is another one by now", arguments: Backend.allCases)
    func gone(backend: Backend) throws {
        let store = try open(backend)
        let first = try #require(try claim(store).first)
        for client in [nil, Self.bare] {
            try set(store, client)
            #expect(try store { try $0.keepRegistration(first, Self.client()) } == false)
            #expect(try store { try $0.endRegistration(first, TurnPause(due: Sample.at(1))) } == false)
            #expect(try found(store) == client)
        }
    }

    @Test("A start voids its claim; a clock that went back brings it as much earlier", arguments: Backend.allCases)
    func starts(backend: Backend) throws {
        let store = try open(backend)
        try store { try $0.releaseClaims(now: Sample.at(20)) }
        #expect(try found(store)?.dynamic?.turn.dueAt == Sample.at(100), "it was not claimed")
        _ = try claim(store)
        try store { try $0.releaseClaims(now: Sample.at(120)) }
        #expect(try found(store)?.dynamic?.turn.dueAt == Sample.at(120))
        #expect(try found(store)?.dynamic?.turn.isLeased == false)
        try store { try $0.moveDue(earlierBy: 5000, now: Sample.at(1)) }
        #expect(try found(store)?.dynamic?.turn.dueAt == Sample.at(115))
    }
}
