import Crypto
import PurserSimulation
import PurserStore
import Synchronization
import Testing
import Wire

@testable import PurserEngine

/// Keys replaced over both stores, and cut short at every step.
@Suite struct RotationTests {
    private static let links = (0..<150).map { LinkID(rawValue: "lnk_\($0 + 100)") }

    private func place(_ link: LinkID) -> SealedPlace {
        SealedPlace(
            wallet: Sample.wallet, link: link, table: "token_version", column: "access", issuer: "i", clientID: "c",
            version: 1)
    }

    /// A store with a record for each link, and each record.
    private func filled(_ store: KeyedStore, _ links: [LinkID] = links) async throws -> [LinkID: [UInt8]] {
        let keyring = try await Keyring.open(store.world())
        var records: [LinkID: [UInt8]] = [:]
        try await store.write { verbs throws(StoreError) in try verbs.ensureWallet(Sample.wallet, now: Sample.at(0)) }
        for link in links { records[link] = try await add(link, to: store, keyring) }
        let (key, wrapped) = try keyring.newDataKey(.nobody, RegisteredClient.keyOwner(of: "skyways"))
        let client = RegisteredClient(
            provider: "skyways", clientID: "c", redirectURI: nil, scopes: nil,
            sealedSecret: try key.seal(Secret("client secret"), at: place(LinkID(rawValue: "client"))),
            dataKey: wrapped, createdAt: Sample.at(0), changedAt: Sample.at(0))
        _ = try await store.write { verbs throws(StoreError) in
            try verbs.setClient("skyways", client, question: nil, now: Sample.at(0), forget: Sample.at(0))
        }
        return records
    }

    private func add(_ link: LinkID, to store: KeyedStore, _ keyring: Keyring) async throws -> [UInt8] {
        let (key, wrapped) = try keyring.newDataKey(Sample.wallet, link)
        let row = Sample.link(link.rawValue, in: Sample.wallet, provider: "skyways", at: 0)
        try await store.write { verbs throws(StoreError) in
            try verbs.savePending(row, wrapped, Sample.pending(row))
        }
        return try key.seal(Secret("token of \(link)"), at: place(link))
    }

    /// Whether every record opens, and the client's secret too.
    private func opens(_ records: [LinkID: [UInt8]], _ store: KeyedStore, _ keyring: Keyring) async throws -> Bool {
        try await store.read { reads throws(StoreError) in
            for (link, record) in records {
                guard let stored = try reads.dataKey(Sample.wallet, link),
                    let key = keyring.open(stored, Sample.wallet, link),
                    key.open(record, at: place(link)) == Secret("token of \(link)")
                else { return false }
            }
            guard let client = try reads.client("skyways"), let stored = client.dataKey,
                let sealed = client.sealedSecret,
                let key = keyring.open(stored, .nobody, client.keyOwner)
            else { return false }
            return key.open(sealed, at: place(LinkID(rawValue: "client"))) == Secret("client secret")
        }
    }

    private func epochs(_ store: KeyedStore) async throws -> [UInt32] {
        try await store.read { reads throws(StoreError) in try reads.epochs().map(\.id) }
    }

    @Test(
        "A rotation wraps every key anew, destroys the old epoch, and every record opens", arguments: Backend.allCases)
    func rotation(_ backend: Backend) async throws {
        let store = try KeyedStore(backend)
        let records = try await filled(store)
        let keyring = try await Keyring.open(store.world())
        let told = Mutex<[Rotation]>([])
        let rotation = try await keyring.rotate(store.world()) { now in told.withLock { $0.append(now) } }
        #expect(rotation.epoch == 2 && !rotation.isResumed && rotation.unreadable == 0)
        #expect(rotation.done == 151 && rotation.total == 151 && rotation.destroyed == [1])
        #expect(told.withLock { $0.map(\.done) } == [0, 64, 128, 151, 151])
        #expect(try await epochs(store) == [2])
        #expect(try await opens(records, store, keyring), "with the keyring that was held meanwhile")
        #expect(try await opens(records, store, try await Keyring.open(store.world())), "and with one opened after")
        let again = try await keyring.rotate(store.world()) { _ in }
        #expect(again.epoch == 3 && again.destroyed == [2])
        #expect(try await opens(records, store, try await Keyring.open(store.world())))
    }

    @Test(
        "C89: a rotation ended at any step leaves rows that all open, and is finished later",
        arguments: Backend.allCases)
    func cutShort(_ backend: Backend) async throws {
        let links = Array(Self.links.prefix(70))
        var (steps, isOver) = (0, false)
        while !isOver {
            for (fault, isRetried) in [(KeyedStore.Fault.before, false), (.after, false), (.before, true)] {
                let store = try KeyedStore(backend)
                let records = try await filled(store, links)
                let held = try await Keyring.open(store.world())
                store.fail(at: steps, fault)
                var ended: KeyringError?
                do throws(KeyringError) { _ = try await held.rotate(store.world()) { _ in } } catch { ended = error }
                isOver = ended == nil
                store.heal()
                let step = "step \(steps), \(fault)"
                #expect(try await opens(records, store, held), "\(step): the one that lives on")
                // A crash: whoever comes after knows nothing but the store.
                let next = isRetried ? held : try await Keyring.open(store.world())
                #expect(try await opens(records, store, next), "\(step): before it is finished")
                if isRetried {
                    _ = try await next.rotate(store.world()) { _ in }
                } else {
                    let wasCutShort = try await epochs(store).count == 2
                    #expect(try await next.finishRotation(store.world()) != nil || !wasCutShort, "\(step)")
                }
                #expect(try await epochs(store).count == 1, "\(step): nothing is left of it")
                #expect(try await opens(records, store, next), "\(step): after it is finished")
                #expect(try await opens(records, store, try await Keyring.open(store.world())), "\(step): next start")
            }
            steps += 1
        }
        #expect(steps == 5, "it was cut short before and after each of its four verbs")
    }

    @Test(
        "C89: a new root ended at any step leaves a store that one of both opens, and nothing in between",
        arguments: Backend.allCases)
    func reroot(_ backend: Backend) async throws {
        let (old, new) = (FixedRoot(7), FixedRoot(8))
        var (steps, isOver) = (0, false)
        while !isOver {
            for fault in [KeyedStore.Fault.before, .after] {
                let store = try KeyedStore(backend)
                let records = try await filled(store, Array(Self.links.prefix(3)))
                let held = try await Keyring.open(store.world(old))
                let person = held.identityHash(Sample.wallet, provider: "p", issuer: "i", subject: "s")
                store.fail(at: steps, fault)
                var ended: KeyringError?
                let root = try new.secret()
                do throws(KeyringError) {
                    try await held.reroot(store.world(), to: root, derivation: nil)
                } catch { ended = error }
                isOver = ended == nil
                store.heal()
                let isNew = (try? await Keyring.open(store.world(new))) != nil
                let isOld = (try? await Keyring.open(store.world(old))) != nil
                #expect(isNew != isOld, "step \(steps), \(fault)")
                let opened = try await Keyring.open(store.world(isNew ? new : old))
                #expect(try await opens(records, store, opened))
                #expect(try await opens(records, store, held))
                #expect(opened.identityHash(Sample.wallet, provider: "p", issuer: "i", subject: "s") == person)
                #expect(isNew || !isOver)
            }
            steps += 1
        }
        #expect(steps > 1)
    }

    @Test("After a new root the held keyring rotates under it", arguments: Backend.allCases)
    func rerootAndRotate(_ backend: Backend) async throws {
        let store = try KeyedStore(backend)
        let records = try await filled(store, Array(Self.links.prefix(3)))
        let held = try await Keyring.open(store.world())
        try await held.reroot(store.world(), to: try FixedRoot(9).secret(), derivation: nil)
        _ = try await held.rotate(store.world()) { _ in }
        await #expect(throws: KeyringError.wrongRoot) { try await Keyring.open(store.world()) }
        #expect(try await opens(records, store, try await Keyring.open(store.world(FixedRoot(9)))))
    }

    @Test("A key made before a rotation is not saved after it; one made again is", arguments: Backend.allCases)
    func overtaken(_ backend: Backend) async throws {
        let store = try KeyedStore(backend)
        _ = try await filled(store, [])
        let keyring = try await Keyring.open(store.world())
        let link = LinkID(rawValue: "lnk_late")
        let (_, early) = try keyring.newDataKey(Sample.wallet, link)
        _ = try await keyring.rotate(store.world()) { _ in }
        let row = Sample.link(link.rawValue, in: Sample.wallet, provider: "skyways", at: 0)
        await #expect(throws: StoreError.epochGone) {
            try await store.write { verbs throws(StoreError) in
                try verbs.savePending(row, early, Sample.pending(row))
            }
        }
        let record = try await add(link, to: store, keyring)
        #expect(try await opens([link: record], store, try await Keyring.open(store.world())))
    }

    @Test("A data key that was read just before it was wrapped anew still opens after", arguments: Backend.allCases)
    func readBefore(_ backend: Backend) async throws {
        let store = try KeyedStore(backend)
        _ = try await filled(store, [Self.links[0]])
        let keyring = try await Keyring.open(store.world())
        let before = try await store.read { reads throws(StoreError) in try reads.dataKey(Sample.wallet, Self.links[0])
        }
        _ = try await keyring.rotate(store.world()) { _ in }
        #expect(keyring.open(try #require(before), Sample.wallet, Self.links[0]) != nil)
        _ = try await keyring.rotate(store.world()) { _ in }
        #expect(keyring.open(try #require(before), Sample.wallet, Self.links[0]) == nil, "its epoch is wiped by now")
    }

    @Test("A data key that does not open keeps its epoch, is counted, and stops nothing", arguments: Backend.allCases)
    func unreadable(_ backend: Backend) async throws {
        let store = try KeyedStore(backend)
        let records = try await filled(store, Array(Self.links.prefix(3)))
        let broken = Self.links[1]
        try await store.write { verbs throws(StoreError) in
            for found in try verbs.keys(outside: 0, after: nil, limit: 9) where found.owner == broken {
                let new = WrappedDataKey(id: found.key.id, epoch: 1, wrapped: [1], commitment: found.key.commitment)
                _ = try verbs.rewrap([Rewrapped(found.place, old: found.key, new: new)])
            }
        }
        let keyring = try await Keyring.open(store.world())
        let rotation = try await keyring.rotate(store.world()) { _ in }
        #expect(rotation.unreadable == 1 && rotation.done == 3 && rotation.destroyed == [])
        #expect(try await epochs(store) == [1, 2])
        #expect(try await opens(records.filter { $0.key != broken }, store, try await Keyring.open(store.world())))
    }

    @Test("Two rotations at once: the second is told to wait", arguments: Backend.allCases)
    func twice(_ backend: Backend) async throws {
        let store = try KeyedStore(backend)
        _ = try await filled(store, [Self.links[0]])
        let keyring = try await Keyring.open(store.world())
        let second = Mutex<[KeyringError]>([])
        store.before = {
            do throws(KeyringError) {
                _ = try await keyring.rotate(store.world()) { _ in }
            } catch { second.withLock { $0.append(error) } }
        }
        _ = try await keyring.rotate(store.world()) { _ in }
        store.before = nil
        #expect(Set(second.withLock { $0 }) == [.busy])
        #expect(try await epochs(store) == [2])
    }
}
