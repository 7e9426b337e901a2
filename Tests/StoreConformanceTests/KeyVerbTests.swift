import PurserEngine
import PurserStore
import Testing
import Wire

// What stores do with keys.
@Suite struct KeyVerbTests {
    private static func epoch(_ id: UInt32) -> WrappedEpoch {
        WrappedEpoch(id: id, wrapped: [UInt8(id), 1, 2], createdAt: Sample.at(Int64(id)))
    }

    private static func key(_ id: UInt32, epoch: UInt32, _ wrapped: [UInt8]) -> WrappedDataKey {
        WrappedDataKey(id: id, epoch: epoch, wrapped: wrapped, commitment: [9, UInt8(epoch)])
    }

    private static func client(_ provider: String, _ key: WrappedDataKey?) -> RegisteredClient {
        RegisteredClient(
            provider: provider, clientID: "c", redirectURI: nil, scopes: nil, sealedSecret: key.map { _ in [1] },
            dataKey: key, createdAt: Sample.at(0), changedAt: Sample.at(0))
    }

    /// Two links, a client with a secret and one without, and a revocation: all their keys under epoch 1.
    private func full(_ backend: Backend) throws -> Bench {
        let store = try backend.open()
        try store { try $0.addEpoch(Self.epoch(1)) }
        try store.active("lnk_a")
        let gone = try store.active("lnk_b", in: Sample.other, provider: "brewhaus")
        try store.pending("lnk_c")
        try store { verbs in
            for (name, key) in [("skyways", Self.key(1, epoch: 1, [7])), ("brewhaus", nil)] {
                _ = try verbs.setClient(
                    name, Self.client(name, key), question: nil, now: Sample.at(5), forget: Sample.at(9))
            }
            let claim = try #require(
                try verbs.beginUnlink(gone.wallet, gone.link, now: Sample.at(6), until: Sample.at(90)))
            let receipt = Sample.receipt(claim, "rcp_1", .pending, at: 7)
            #expect(try verbs.unlink(claim, receipt, Sample.outbox(claim, receipt, next: 100)))
        }
        return store
    }

    @Test("What the root is known by is written once, and read as it was", arguments: Backend.allCases)
    func root(_ backend: Backend) throws {
        let store = try backend.open()
        #expect(try store { try $0.rootSource() } == nil)
        #expect(try store { try $0.storeKeys() } == [])
        let derivation = try #require(
            RootDerivation(salt: [UInt8](repeating: 3, count: 16), cost: RootDerivation.usualCost))
        let source = RootSource(derivation: derivation, commitment: [1, 2, 3])
        try store { try $0.saveRoot(source, [StoreKey(name: "b", wrapped: [2]), StoreKey(name: "a", wrapped: [1])]) }
        try store {
            try $0.saveRoot(RootSource(derivation: nil, commitment: [4]), [StoreKey(name: "a", wrapped: [9])])
        }
        #expect(try store { try $0.rootSource() } == source)
        let keys = try store { try $0.storeKeys() }
        #expect(keys == [StoreKey(name: "a", wrapped: [1]), StoreKey(name: "b", wrapped: [2])])
    }

    @Test("Keys are walked in one order, page by page, all of them and none twice", arguments: Backend.allCases)
    func walk(_ backend: Backend) throws {
        let store = try full(backend)
        #expect(try store { try $0.keyUses() } == [1: 4])
        let all = try store { try $0.keys(outside: 2, after: nil, limit: 100) }
        #expect(all.map(\.place) == all.map(\.place).sorted())
        #expect(
            all.map { "\($0.place.table) \($0.place.row) \($0.owner)" } == [
                "link lnk_a lnk_a", "link lnk_c lnk_c", "client skyways client:skyways", "outbox rcp_1 lnk_b",
            ])
        for limit in 1...5 {
            var (found, last): ([PlacedKey], KeyPlace?) = ([], nil)
            while true {
                let after = last
                let page = try store { try $0.keys(outside: 2, after: after, limit: limit) }
                guard let end = page.last else { break }
                #expect(page.count <= limit)
                found += page
                last = end.place
            }
            #expect(found == all, "limit \(limit)")
        }
        #expect(try store { try $0.keys(outside: 1, after: nil, limit: 100) } == [])
    }

    @Test("A key is wrapped anew only in the place of the one it was made from", arguments: Backend.allCases)
    func rewrap(_ backend: Backend) throws {
        let store = try full(backend)
        try store { try $0.addEpoch(Self.epoch(2)) }
        let all = try store { try $0.keys(outside: 2, after: nil, limit: 100) }
        let new = all.map { Rewrapped($0.place, old: $0.key, new: Self.key($0.key.id, epoch: 2, [5, 5])) }
        let stale = all.map {
            Rewrapped($0.place, old: Self.key($0.key.id, epoch: 1, [0]), new: Self.key($0.key.id, epoch: 2, [6]))
        }
        #expect(try store { try $0.rewrap(stale) } == 0)
        #expect(try store { try $0.keyUses() } == [1: 4])
        #expect(try store { try $0.rewrap(Array(new.prefix(1)) + stale) } == 1)
        #expect(try store { try $0.keyUses() } == [1: 3, 2: 1])
        #expect(try store { try $0.rewrap(new) } == 3, "one is another key by now")
        #expect(try store { try $0.keyUses() } == [2: 4])
        let a = LinkID(rawValue: "lnk_a")
        #expect(try store { try $0.dataKey(Sample.wallet, a) } == Self.key(1, epoch: 2, [5, 5]))
        #expect(try store { try $0.client("skyways") } == Self.client("skyways", Self.key(1, epoch: 2, [5, 5])))
        let rows = try store { try $0.claimRevocations(now: Sample.at(200), until: Sample.at(300), limit: 9) }
        #expect(rows.map(\.dataKey) == [Self.key(2, epoch: 2, [5, 5])])
    }

    @Test(
        "C89: an epoch goes only when nothing is wrapped under it and a newer one is there", arguments: Backend.allCases
    )
    func destroy(_ backend: Backend) throws {
        let store = try full(backend)
        #expect(try !store { try $0.destroyEpoch(1) }, "it is the newest")
        try store { try $0.addEpoch(Self.epoch(2)) }
        #expect(try !store { try $0.destroyEpoch(2) }, "it is the newest")
        #expect(try !store { try $0.destroyEpoch(7) }, "it is not there")
        for (number, key) in try store({ try $0.keys(outside: 2, after: nil, limit: 9) }).enumerated() {
            #expect(try !store { try $0.destroyEpoch(1) }, "\(4 - number) keys refer to it")
            let new = Rewrapped(key.place, old: key.key, new: Self.key(key.key.id, epoch: 2, [5]))
            #expect(try store { try $0.rewrap([new]) } == 1)
        }
        #expect(try store { try $0.destroyEpoch(1) })
        #expect(try store { try $0.epochs() } == [Self.epoch(2)])
        #expect(try !store { try $0.destroyEpoch(1) })
    }

    @Test(
        "A data key under an epoch that is gone is not saved, and nothing else is either", arguments: Backend.allCases)
    func gone(_ backend: Backend) throws {
        let store = try backend.open()
        try store { verbs in
            try verbs.addEpoch(Self.epoch(1))
            try verbs.ensureWallet(Sample.wallet, now: Sample.at(0))
        }
        let held = try store.active("lnk_h")
        try store { verbs in
            try verbs.addEpoch(Self.epoch(2))
            let keys = try verbs.keys(outside: 2, after: nil, limit: 9)
            _ = try verbs.rewrap(
                keys.map { Rewrapped($0.place, old: $0.key, new: Self.key($0.key.id, epoch: 2, [5])) })
            #expect(try verbs.destroyEpoch(1))
        }
        let link = Sample.link("lnk_a", in: Sample.wallet, provider: "skyways", at: 0)
        #expect(store.failure { try $0.savePending(link, Sample.key(1), Sample.pending(link)) } == .epochGone)
        let client = Self.client("skyways", Self.key(1, epoch: 1, [7]))
        #expect(
            store.failure {
                _ = try $0.setClient("skyways", client, question: nil, now: Sample.at(5), forget: Sample.at(9))
            } == .epochGone)
        let claim = try #require(
            try store { try $0.beginUnlink(held.wallet, held.link, now: Sample.at(6), until: Sample.at(90)) })
        let receipt = Sample.receipt(claim, "rcp_1", .pending, at: 7)
        #expect(
            store.failure { _ = try $0.unlink(claim, receipt, Sample.outbox(claim, receipt, next: 100)) } == .epochGone)
        #expect(try store { try $0.link(held.wallet, held.link) } != nil)
        #expect(try store { try $0.link(Sample.wallet, link.id) } == nil)
        #expect(try store { try $0.client("skyways") } == nil)
        #expect(try store { try $0.receipts(Sample.wallet) } == [])
    }

    @Test("The root is replaced whole or not at all", arguments: Backend.allCases)
    func replace(_ backend: Backend) throws {
        let store = try backend.open()
        let old = RootSource(derivation: nil, commitment: [1])
        let new = RootSource(derivation: nil, commitment: [2])
        let key = StoreKey(name: "identity", wrapped: [1])
        try store { verbs in
            try verbs.addEpoch(Self.epoch(1))
            try verbs.addEpoch(Self.epoch(2))
            try verbs.saveRoot(old, [key])
        }
        let epochs = [1, 2].map { WrappedEpoch(id: $0, wrapped: [8, UInt8($0)], createdAt: Sample.at(Int64($0))) }
        let moved = StoreKey(name: "identity", wrapped: [8])
        let third = WrappedEpoch(id: 3, wrapped: [8], createdAt: Sample.at(3))
        for (some, keys) in [([epochs[0]], [moved]), (epochs + [third], [moved]), (epochs, [])] {
            let failure = store.failure { try $0.replaceRoot(new, some, keys) }
            guard case .failed? = failure else {
                Issue.record("not refused: \(String(describing: failure))")
                continue
            }
            #expect(try store { try $0.rootSource() } == old)
            #expect(try store { try $0.epochs() } == [Self.epoch(1), Self.epoch(2)])
        }
        try store { try $0.replaceRoot(new, epochs, [moved]) }
        #expect(try store { try $0.rootSource() } == new)
        #expect(try store { try $0.epochs() } == epochs)
        #expect(try store { try $0.storeKeys() } == [moved])
    }

    @Test("Sealed records are counted by what they are", arguments: Backend.allCases)
    func counts(_ backend: Backend) throws {
        let store = try full(backend)
        var counts = SealedCounts()
        (counts.grants, counts.pending, counts.clientSecrets, counts.revocations) = (1, 1, 1, 1)
        #expect(try store { try $0.sealedCounts() } == counts)
        let client = RegistrationTests.client(Self.key(1, epoch: 1, [7]))
        _ = try store { try $0.setClient("skyways", client, question: nil, now: Sample.at(5), forget: Sample.at(9)) }
        counts.registrations = 1
        #expect(try store { try $0.sealedCounts() } == counts)
    }

    @Test(
        "A key of a client that registered itself is wrapped anew, and all else of it stays",
        arguments: Backend.allCases)
    func registration(_ backend: Backend) throws {
        let store = try full(backend)
        let (old, new) = (Self.key(1, epoch: 1, [7]), Self.key(1, epoch: 2, [5]))
        let client = RegistrationTests.client(old)
        _ = try store { try $0.setClient("skyways", client, question: nil, now: Sample.at(5), forget: Sample.at(9)) }
        try store { try $0.addEpoch(Self.epoch(2)) }
        let place = KeyPlace(.client, .nobody, "skyways", id: 1)
        #expect(try store { try $0.rewrap([Rewrapped(place, old: old, new: new)]) } == 1)
        #expect(try store { try $0.client("skyways") } == RegistrationTests.client(new))
        let claims = try store { try $0.claimRegistrations(now: Sample.at(500), until: Sample.at(650), limit: 1) }
        let claim = try #require(claims.first)
        let lost = RegistrationTests.client(Self.key(1, epoch: 9, [3]))
        #expect(throws: StoreError.epochGone) { try store { try $0.keepRegistration(claim, lost) } }
        #expect(try store { try $0.client("skyways") }?.dataKey == new)
    }

    @Test("C90: neither a data key that was erased nor an epoch that was destroyed stands in any file")
    func erased() throws {
        let folder = try TemporaryFolder()
        let (key, epoch) = ([UInt8](repeating: 0xC3, count: 60), [UInt8](repeating: 0xE7, count: 60))
        func isThere(_ bytes: [UInt8]) -> Bool { folder.names.contains { folder.contents($0).contains(bytes) } }
        let writer = try SQLiteFile.open(path: folder.database, storeID: "the-store")
        let link = Sample.link("lnk_a", in: Sample.wallet, provider: "skyways", at: 0)
        try writer.batch { verbs throws(StoreError) in
            try verbs.addEpoch(WrappedEpoch(id: 1, wrapped: epoch, createdAt: Sample.at(0)))
            try verbs.ensureWallet(Sample.wallet, now: Sample.at(0))
            try verbs.savePending(
                link, WrappedDataKey(id: 1, epoch: 1, wrapped: key, commitment: [9]), Sample.pending(link))
        }
        #expect(isThere(key) && isThere(epoch))
        try writer.batch { verbs throws(StoreError) in
            guard let claim = try verbs.beginUnlink(Sample.wallet, link.id, now: Sample.at(1), until: Sample.at(9))
            else { throw .failed("no link") }
            _ = try verbs.unlink(claim, nil, nil)
            try verbs.addEpoch(WrappedEpoch(id: 2, wrapped: [2], createdAt: Sample.at(2)))
            _ = try verbs.destroyEpoch(1)
        }
        #expect(writer.hasErased)
        #expect(try writer.checkpoint())
        #expect(!isThere(key) && !isThere(epoch))
        writer.close()
    }
}
