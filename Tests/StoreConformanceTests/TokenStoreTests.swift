import PurserEngine
import Testing
import Wire

@Suite struct TokenStoreTests {
    private func token(
        _ id: String, in wallet: WalletID = Sample.wallet, at: Int64 = 0, expires: Int64? = nil,
        providers: [String]? = nil, name: String? = nil, madeBy: String? = nil
    ) -> APIToken {
        APIToken(
            wallet: wallet, id: TokenID(rawValue: id), hash: Sample.bytes("hash of \(wallet) \(id)"), name: name,
            scopes: [.balancesRead, .admin], providers: providers, createdAt: Sample.at(at),
            expiresAt: expires.map(Sample.at), madeBy: madeBy.map { TokenID(rawValue: $0) })
    }

    private func opened(_ backend: Backend) throws -> Bench {
        let store = try backend.open()
        try store {
            try $0.ensureWallet(Sample.wallet, now: Sample.at(0))
            try $0.ensureWallet(Sample.other, now: Sample.at(0))
        }
        return store
    }

    private func save(_ store: Bench, _ token: APIToken, limit: Int = 9, before: Int64 = 0) throws -> Bool {
        try store { try $0.saveToken(token, limit: limit, forgettingBefore: Sample.at(before)) }
    }

    @Test("A token is kept whole and found by its hash, of whatever wallet", arguments: Backend.allCases)
    func whole(backend: Backend) throws {
        let store = try opened(backend)
        let plain = token("tok_a", at: 5)
        let rich = token(
            "tok_b", in: Sample.other, at: 4, expires: 99, providers: ["brewhaus", "skyways"], name: "the \"fridge\"",
            madeBy: "tok_x")
        let version = try store.version()
        #expect(try save(store, plain) && save(store, rich))
        #expect(try store { try $0.tokenByHash(plain.hash) } == plain)
        #expect(try store { try $0.tokenByHash(rich.hash) } == rich)
        #expect(try store { try $0.tokenByHash(Sample.bytes("another")) } == nil)
        #expect(try store { try $0.tokenByHash([]) } == nil)
        // Nothing that a wallet shows has changed.
        #expect(try store.version() == version)
    }

    @Test("A wallet's tokens are listed oldest first, another's never", arguments: Backend.allCases)
    func listed(backend: Backend) throws {
        let store = try opened(backend)
        for (id, at) in [("tok_c", 3), ("tok_b", 1), ("tok_a", 1)] {
            #expect(try save(store, token(id, at: Int64(at))))
        }
        #expect(try save(store, token("tok_d", in: Sample.other)))
        #expect(try store { try $0.tokens(Sample.wallet) }.map(\.id.rawValue) == ["tok_a", "tok_b", "tok_c"])
        #expect(try store { try $0.tokens(Sample.other) }.map(\.id.rawValue) == ["tok_d"])
    }

    @Test("A token of no wallet, of a known id or of a known hash is refused", arguments: Backend.allCases)
    func refused(backend: Backend) throws {
        let store = try opened(backend)
        let first = token("tok_a")
        #expect(try save(store, first))
        let stolen = APIToken(
            wallet: Sample.other, id: TokenID(rawValue: "tok_z"), hash: first.hash, name: nil, scopes: [.admin],
            providers: nil, createdAt: Sample.at(1), expiresAt: nil, madeBy: nil)
        let twice = APIToken(
            wallet: Sample.wallet, id: first.id, hash: [1], name: nil, scopes: [.admin], providers: nil,
            createdAt: Sample.at(1), expiresAt: nil, madeBy: nil)
        for bad in [stolen, twice, token("tok_n", in: WalletID(rawValue: "wal_none"))] {
            let error = store.failure { _ = try $0.saveToken(bad, limit: 9, forgettingBefore: Sample.at(0)) }
            guard case .failed = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        #expect(try store { try $0.tokens(Sample.wallet) } == [first])
        #expect(try store { try $0.tokens(Sample.other) }.isEmpty)
        // The same id in another wallet is another token.
        #expect(try save(store, token("tok_a", in: Sample.other)))
    }

    @Test("A wallet has so many and no more; those long expired do not count and go", arguments: Backend.allCases)
    func limit(backend: Backend) throws {
        let store = try opened(backend)
        #expect(try save(store, token("tok_a", expires: 10), limit: 2))
        #expect(try save(store, token("tok_b", expires: 20), limit: 2))
        #expect(try save(store, token("tok_z", in: Sample.other, expires: 5), limit: 2))
        #expect(try !save(store, token("tok_c"), limit: 2, before: 10))
        #expect(try store { try $0.tokens(Sample.wallet) }.map(\.id.rawValue) == ["tok_a", "tok_b"])
        #expect(try save(store, token("tok_c"), limit: 2, before: 11))
        #expect(try store { try $0.tokens(Sample.wallet) }.map(\.id.rawValue) == ["tok_b", "tok_c"])
        // Another wallet's expired ones are that wallet's affair.
        #expect(try store { try $0.tokens(Sample.other) }.count == 1)
    }

    @Test("Revoked is gone; through another wallet's id nothing is touched", arguments: Backend.allCases)
    func revoked(backend: Backend) throws {
        let store = try opened(backend)
        let one = token("tok_a")
        #expect(try save(store, one))
        #expect(try store { try $0.revokeToken(Sample.other, one.id) } == false)
        try store { try $0.touchToken(Sample.other, one.id, now: Sample.at(50)) }
        #expect(try store { try $0.tokenByHash(one.hash) } == one)
        #expect(try store { try $0.revokeToken(Sample.wallet, one.id) })
        #expect(try store { try $0.tokenByHash(one.hash) } == nil)
        #expect(try store { try $0.revokeToken(Sample.wallet, one.id) } == false)
        // What was about to be noted of it when it went does not bring it back.
        try store { try $0.touchToken(Sample.wallet, one.id, now: Sample.at(60)) }
        #expect(try store { try $0.tokens(Sample.wallet) }.isEmpty)
    }

    @Test("Last used is written once a minute, and again after the clock was set back", arguments: Backend.allCases)
    func touched(backend: Backend) throws {
        let store = try opened(backend)
        let one = token("tok_a")
        #expect(try save(store, one))
        let steps: [(now: Int64, then: Int64)] = [(10, 10), (40, 10), (69, 10), (70, 70), (129, 70), (5, 5), (65, 65)]
        for (now, then) in steps {
            try store { try $0.touchToken(Sample.wallet, one.id, now: Sample.at(now)) }
            #expect(try store { try $0.tokenByHash(one.hash) }?.lastUsedAt == Sample.at(then), "\(now)")
        }
    }

    @Test("A token that began a link is kept as its starter", arguments: Backend.allCases)
    func starter(backend: Backend) throws {
        let store = try opened(backend)
        let link = Sample.link("lnk_a", in: Sample.wallet, provider: "skyways", at: 0)
        let pending = Sample.pending(link, by: .token(TokenID(rawValue: "tok_a")))
        try store { try $0.savePending(link, Sample.key(1), pending) }
        #expect(try store { try $0.pendingLink(link.wallet, link.id) } == pending)
    }

    @Test("Whatever is done to tokens in both stores, both answer and hold the same", arguments: 1...8)
    func same(seed: UInt64) throws {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func draw(_ below: UInt64) -> Int64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64((random >> 33) % below)
        }
        let (memory, sqlite) = (try opened(.memory), try opened(.sqlite))
        var now: Int64 = 0
        for step in 0..<120 {
            now += draw(40)
            let wallet = draw(4) == 0 ? Sample.other : Sample.wallet
            let id = "tok_\(draw(6))"
            let (kind, at, expires) = (draw(3), now, draw(2) == 0 ? nil : now + draw(100))
            let made = token(id, in: wallet, at: at, expires: expires)
            func act(_ store: Bench) -> String {
                do {
                    return try store { verbs in
                        switch kind {
                        case 0:
                            "\(try verbs.saveToken(made, limit: 3, forgettingBefore: Sample.at(at - 50)))"
                        case 1: "\(try verbs.revokeToken(wallet, made.id))"
                        default: "\(try verbs.touchToken(wallet, made.id, now: Sample.at(at)))"
                        }
                    }
                } catch { return "threw" }
            }
            #expect(act(memory) == act(sqlite), "seed \(seed), step \(step)")
            for wallet in [Sample.wallet, Sample.other] {
                let (a, b) = (try memory { try $0.tokens(wallet) }, try sqlite { try $0.tokens(wallet) })
                #expect(a == b, "seed \(seed), step \(step)")
            }
        }
    }
}
