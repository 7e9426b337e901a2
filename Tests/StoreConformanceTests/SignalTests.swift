import PurserEngine
import Testing
import Wire

/// Streams of signals: one row a provider, claimed like a feed, and what came in them remembered.
@Suite struct SignalTests {
    static func made(_ id: String = "st_1", status: SignalStream.Status = .enabled) -> SignalStream.Made {
        var made = SignalStream.Made(
            id: id, pollEndpoint: "https://tr.example/poll", audience: ["purser", "b"], clientID: "purser",
            transmitter: "https://tr.example", madeAt: Sample.at(3), requested: ["a", "b"], delivered: ["a"])
        made.status = status
        return made
    }

    private func wake(_ store: Bench, _ provider: String = "railpass", makes: Bool = true, at now: Int64 = 10) throws {
        try store { try $0.wakeSignals(provider, makes: makes, now: Sample.at(now)) }
    }

    private func claim(_ store: Bench, at now: Int64 = 100, limit: Int = 5) throws -> [ProviderClaim] {
        try store { try $0.claimSignals(now: Sample.at(now), until: Sample.at(now + 150), limit: limit) }
    }

    private func row(_ store: Bench, _ provider: String = "railpass") throws -> SignalStream? {
        try store { try $0.signalStreams() }.first { $0.provider == provider }
    }

    private func due(_ store: Bench) throws -> Instant? { try store { try $0.nextDue() } }

    @Test("a row is there when it is made, due at once; one that is not made is not there", arguments: Backend.allCases)
    func wakes(backend: Backend) throws {
        let store = try backend.open()
        try wake(store, makes: false)
        #expect(try row(store) == nil)
        try wake(store)
        #expect(try row(store) == SignalStream(provider: "railpass", now: Sample.at(10)))
        #expect(try due(store) == Sample.at(10))
        let claim = try #require(try claim(store).first)
        #expect(try row(store)?.turn.fence == claim.fence && row(store)?.turn.isLeased == true)
        // Whoever is at it is not disturbed.
        try wake(store, at: 120)
        #expect(try row(store)?.turn.dueAt == Sample.at(250) && self.claim(store, at: 130).isEmpty)
        _ = try store { try $0.endSignals(claim, TurnPause(due: Sample.at(900), failures: 2, trouble: "why")) }
        #expect(try row(store)?.turn.trouble == "why" && due(store) == Sample.at(900))
        try wake(store, makes: false, at: 300)
        #expect(try due(store) == Sample.at(300) && row(store)?.turn.failures == 2)
    }

    @Test("a stream is kept whole, in the place of the one before", arguments: Backend.allCases)
    func keeps(backend: Backend) throws {
        let store = try backend.open()
        try wake(store)
        let claim = try #require(try claim(store).first)
        var full = Self.made(status: .paused)
        (full.statusReason, full.statusAt, full.state) = ("rest", Sample.at(4), "s")
        (full.askedAt, full.verifiedAt, full.polledAt) = (Sample.at(5), Sample.at(6), Sample.at(7))
        full.named = ["lnk_a"]
        for made in [full, Self.made("st_2", status: .disabled), nil, full] {
            #expect(try store { try $0.keepStream(claim, made) })
            #expect(try row(store)?.made == made)
        }
        let late = ProviderClaim(provider: "railpass", fence: claim.fence - 1, until: claim.until)
        #expect(try !store { try $0.keepStream(late, nil) } && row(store)?.made == full)
        #expect(try !store { try $0.endSignals(late, TurnPause(due: nil)) })
        #expect(
            try !store {
                try $0.endSignals(ProviderClaim(provider: "x", fence: 1, until: claim.until), TurnPause(due: nil))
            })
    }

    @Test(
        "an event is new once; those of a lost claim are not written, and those of an ended stream are forgotten",
        arguments: Backend.allCases)
    func takes(backend: Backend) throws {
        let store = try backend.open()
        try wake(store)
        try wake(store, "skyways")
        let claims = try claim(store)
        func take(_ id: String, _ claim: ProviderClaim) throws -> Bool? {
            try store { try $0.takeSignal(claim, id, now: Sample.at(20)) }
        }
        #expect(try take("a", claims[0]) == true && take("a", claims[0]) == false && take("A", claims[0]) == true)
        #expect(try take("a", claims[1]) == true)
        let late = ProviderClaim(provider: claims[0].provider, fence: claims[0].fence + 1, until: claims[0].until)
        #expect(try take("b", late) == nil && take("b", claims[0]) == true)
        _ = try store { try $0.keepStream(claims[0], nil) }
        #expect(try take("a", claims[0]) == true && take("a", claims[1]) == false)
    }

    @Test("of each provider the newest are remembered, and no more", arguments: Backend.allCases)
    func forgets(backend: Backend) throws {
        let store = try backend.open()
        try wake(store)
        let claim = try #require(try claim(store).first)
        try store { verbs in
            for number in 0...Limits.signalsKept {
                _ = try verbs.takeSignal(claim, "e\(number)", now: Sample.at(20))
            }
        }
        #expect(try store { try $0.takeSignal(claim, "e1", now: Sample.at(20)) } == false)
        #expect(try store { try $0.takeSignal(claim, "e\(Limits.signalsKept)", now: Sample.at(20)) } == false)
        #expect(try store { try $0.takeSignal(claim, "e0", now: Sample.at(20)) } == true)
        #expect(try store { try $0.takeSignal(claim, "e1", now: Sample.at(20)) } == true)
    }

    @Test(
        "a stream that is lost is nobody's any more, and due; other rows go where they are not named",
        arguments: Backend.allCases)
    func loses(backend: Backend) throws {
        let store = try backend.open()
        for name in ["railpass", "skyways", "marketplus"] { try wake(store, name) }
        let claims = try claim(store, limit: 2)
        #expect(claims.map(\.provider) == ["marketplus", "railpass"])
        _ = try store { try $0.keepStream(claims[1], Self.made()) }
        _ = try store { try $0.takeSignal(claims[1], "a", now: Sample.at(20)) }
        try store { try $0.loseStream("railpass", now: Sample.at(70)) }
        let lost = try #require(try row(store))
        #expect(lost.made == nil && lost.turn.dueAt == Sample.at(70) && !lost.turn.isLeased)
        #expect(try store { try $0.takeSignal(claims[1], "a", now: Sample.at(20)) } == nil)
        try store { try $0.loseStream("nobody", now: Sample.at(70)) }
        try store { try $0.dropSignals(except: ["railpass", "other"]) }
        #expect(try store { try $0.signalStreams() }.map(\.provider) == ["railpass"])
    }

    @Test("a start voids claims, and a clock that was set back takes the time along", arguments: Backend.allCases)
    func starts(backend: Backend) throws {
        let store = try backend.open()
        try wake(store)
        _ = try claim(store)
        try store { try $0.moveDue(earlierBy: 50_000, now: Sample.at(60)) }
        #expect(try row(store)?.turn.dueAt == Sample.at(200))
        try store { try $0.releaseClaims(now: Sample.at(80)) }
        #expect(try row(store)?.turn.dueAt == Sample.at(80) && row(store)?.turn.isLeased == false)
    }
}
