import Crypto
import Glibc
import PurserAPI
import PurserEngine
import PurserSystem
import PurserWeb
import Threads
import Usage
import Wire

/// The daemon's keys: taken at the start or later (`unseal`), let go of (`seal`), replaced.
///
/// The keys live in the keyring, and it lives as long as somebody holds it. To seal is to hand the wallet to nobody any
/// more: what works with it ends as it would have, a refresh that was sent sees its answer, and with the last one the keys
/// are wiped.
final class Sealing: KeyKeeper {
    private struct State {
        var wallet: Wallet?
        var clockwork: Clockwork?
        weak var keyring: Keyring?
        var sealed: String?
        var source: KeySource
        var rotation: KeysShown.Rotation?
        /// Somebody seals, unseals or replaces the root.
        var isChanging = false
    }

    private let world: World
    private let catalogue: Catalogue
    private let base: String
    private let spawner: SystemSpawner
    private let state: Lock<State>

    /// How long `seal` waits for work under way before it answers that it still holds keys.
    private static let sealMilliseconds = 20_000
    /// How long `rotate` waits before it answers how far it is.
    private static let rotateMilliseconds = 500
    private static let yearSeconds: Int64 = 365 * 86_400

    init(
        _ world: World, _ catalogue: Catalogue, _ spawner: SystemSpawner, base: String, source: KeySource,
        sealed: String?
    ) {
        self.world = world
        self.catalogue = catalogue
        self.spawner = spawner
        self.base = base
        state = Lock(State(sealed: sealed ?? "it has not started yet", source: source))
    }

    var wallet: Wallet? { state.withLock { $0.wallet } }
    var sealed: String? { state.withLock { $0.sealed } }
    var source: String { state.withLock { $0.source.description } }
    private var keySource: KeySource { state.withLock { $0.source } }

    // Opening

    /// Opens the keys, settles what an earlier life left, and makes the door. On the main thread, before anything serves.
    ///
    /// - Parameter recovering: false: for a look or a change at the keys alone.
    func openAtStart(_ typed: Secret?, recovering: Bool = true) throws(Refusal) {
        let root: Root
        do { root = try keySource.root(world.store, typed: typed) } catch {
            throw .cannot("\(error); nothing was touched")
        }
        let outcome = Blocking.run { [self] () async -> Result<Void, KeyringError> in
            do throws(KeyringError) {
                try await take(root, recovering: recovering)
                return .success(())
            } catch { return .failure(error) }
        }
        do { try outcome.get() } catch { throw .cannot("\(words(error)); nothing was changed") }
        if Secret.lockRefusals > 0 {
            world.log.write(
                .warning, "key memory is not locked", [("why", "RLIMIT_MEMLOCK is too small; keys may be swapped out")])
        }
    }

    private func words(_ error: KeyringError) -> String {
        guard case .wrongRoot = error, case .passphrase = keySource else { return "\(error)" }
        return "the passphrase is not the one this database was sealed with"
    }

    private func take(_ root: Root, recovering: Bool) async throws(KeyringError) {
        let keyring = try await keyring(root)
        let wallet = Wallet(world, catalogue, keyring, callbackBase: base, version: Release.version)
        let now = world.clock.now
        do {
            try await world.store.write { verbs throws(StoreError) in try verbs.ensureWallet(.first, now: now) }
            if recovering { try await wallet.recover() }
        } catch { throw .store(error) }
        let clockwork = recovering ? Clockwork(wallet, world, spawner) : nil
        state.withLock { state in
            state.wallet = wallet
            state.clockwork = clockwork
            state.keyring = keyring
            state.sealed = nil
        }
    }

    /// Finishes what a replacement of the key file left half done: which of both keys counts, the database says.
    private func keyring(_ root: Root) async throws(KeyringError) -> Keyring {
        guard case .file(let file) = keySource, file.next.isThere else {
            return try await Keyring.open(world, root: root.secret, derivation: root.derivation)
        }
        do throws(KeyringError) {
            let keyring = try await Keyring.open(world, root: root.secret)
            try? file.next.discard()
            world.log.write(.info, "a new root key that was never used is removed", [("path", file.next.path)])
            return keyring
        } catch .wrongRoot {
            let keyring: Keyring
            do {
                keyring = try await Keyring.open(world, root: try file.next.secret())
                try file.takeNext()
            } catch let error as RootKeyError {
                throw .root(error)
            } catch let error as KeyringError {
                throw error
            } catch { throw .wrongRoot }
            world.log.write(.info, "the replacement of the root key is finished", [("path", file.path)])
            return keyring
        }
    }

    /// Begins to tick, where the keys are there; goes on with a rotation that was cut short.
    func start() {
        guard let (wallet, clockwork) = state.withLock({ state in state.wallet.map { ($0, state.clockwork) } }) else {
            return
        }
        clockwork?.start()
        spawner.spawn("rotation") { await wallet.finishRotation() }
    }

    func poke() { state.withLock { $0.clockwork }?.poke() }
    /// Nothing more is claimed.
    func stop() { state.withLock { $0.clockwork }?.stop() }

    // Sealing

    func seal() async throws(Problem) {
        try begin()
        defer { end() }
        guard await stopTicking() else { return }
        world.log.write(.info, "sealed", [("working", "\(spawner.running)")])
        await wait(Self.sealMilliseconds) { $0.keyring == nil }
    }

    /// Hands the wallet to nobody any more. Holds on to nothing that has it. False: there was none.
    private func stopTicking() async -> Bool {
        let clockwork = state.withLock { state in
            defer { (state.wallet, state.clockwork) = (nil, nil) }
            if state.wallet != nil { state.sealed = "it was sealed by hand" }
            return state.clockwork
        }
        guard let clockwork else { return false }
        await Self.apart { clockwork.stop() }
        spawner.whenOneEnds {}
        return true
    }

    func unseal(_ passphrase: Secret?) async throws(Problem) {
        try begin()
        defer { end() }
        guard sealed != nil else { return }
        let source = keySource
        var typed = passphrase
        if case .passphrase(let place) = source {
            // What was read from a descriptor or a terminal is gone; a file can be read again.
            if typed == nil, case .file = place {
            } else if typed == nil {
                throw Problem(
                    .keyRefused, "the passphrase is needed",
                    detail:
                        "it stays sealed; at a terminal: purser unseal; elsewhere with --passphrase-file or --passphrase-fd"
                )
            }
        } else if typed != nil {
            throw Problem(.keyRefused, "the root key is \(source.description), and no passphrase opens it")
        }
        let given = typed
        typed = nil
        let store = world.store
        let found = await Self.apart { () -> Result<Root, RootKeyError> in
            do throws(RootKeyError) { return .success(try source.root(store, typed: given)) } catch {
                return .failure(error)
            }
        }
        do { try await take(try found.get(), recovering: true) } catch {
            let why = (error as? KeyringError).map(words) ?? "\(error)"
            throw Problem(.keyRefused, why, detail: "it stays sealed, and nothing was changed")
        }
        world.log.write(.info, "unsealed", [])
        start()
    }

    // Replacing

    func rotate() async throws(Problem) {
        guard let wallet else { throw Problem(.sealed, "the daemon is sealed") }
        let isFirst = state.withLock { state in
            if state.rotation?.isRunning == true { return false }
            state.rotation = KeysShown.Rotation(isRunning: true, done: 0, total: 0, unreadable: 0, problem: nil)
            return true
        }
        if isFirst {
            spawner.spawn("rotation") { [self] in
                do throws(KeyringError) {
                    tell(try await wallet.rotateKeys { [self] in tell($0, isRunning: true) }, isRunning: false)
                } catch {
                    let why = "\(error)"
                    state.withLock { state in
                        let old = state.rotation
                        state.rotation = KeysShown.Rotation(
                            isRunning: false, done: old?.done ?? 0, total: old?.total ?? 0,
                            unreadable: old?.unreadable ?? 0, problem: why)
                    }
                }
            }
        }
        await wait(Self.rotateMilliseconds) { $0.rotation?.isRunning != true }
    }

    private func tell(_ rotation: Rotation, isRunning: Bool) {
        state.withLock {
            $0.rotation = KeysShown.Rotation(
                isRunning: isRunning, done: rotation.done, total: rotation.total, unreadable: rotation.unreadable,
                problem: nil)
        }
    }

    func reroot(_ new: NewRoot) async throws(Problem) {
        try begin()
        defer { end() }
        guard let wallet else { throw Problem(.sealed, "the daemon is sealed") }
        let old = keySource
        let outcome = await Self.apart { () -> Result<Replacement, RootKeyError> in
            do throws(RootKeyError) { return .success(try Replacement(new, old)) } catch { return .failure(error) }
        }
        let made: Replacement
        do { made = try outcome.get() } catch {
            throw Problem(.keyRefused, "\(error)", detail: "the root key is the one it was")
        }
        do throws(KeyringError) {
            try await wallet.reroot(to: made.root.secret, derivation: made.root.derivation)
        } catch {
            await Self.apart { made.discard() }
            throw Problem(.keyRefused, "\(error)", detail: "the root key is the one it was")
        }
        let failure = await Self.apart { made.finish() }
        state.withLock { $0.source = made.source }
        if let failure { throw Problem(.keyRefused, failure) }
    }

    // Showing

    func shown() async throws(Problem) -> KeysShown {
        let facts: KeyFacts
        do { facts = try await KeyFacts.read(world.store) } catch {
            throw Problem(.storeFailed, "\(error)", detail: "nothing was changed")
        }
        let state = state.withLock { $0 }
        let now = world.clock.now
        let records = facts.records
        return KeysShown(
            kind: state.source.kind, source: state.source.description, sealed: state.sealed,
            isHeld: state.keyring != nil, isLocked: Secret.lockRefusals == 0,
            epochs: facts.epochs.map { KeysShown.Epoch(id: Int($0.id), createdAt: $0.createdAt, keys: $0.keys) },
            records: [
                "grants": records.grants, "orphans": records.orphans, "pending": records.pending,
                "answers": records.answers, "vouchers": records.vouchers, "clientSecrets": records.clientSecrets,
                "registrations": records.registrations, "revocations": records.revocations,
            ], rotation: state.rotation, warnings: warnings(facts, state.rotation, now))
    }

    private func warnings(_ facts: KeyFacts, _ rotation: KeysShown.Rotation?, _ now: Instant) -> [String] {
        var out: [String] = []
        if let newest = facts.epochs.last, newest.createdAt.adding(seconds: Self.yearSeconds) < now {
            out.append("key epoch \(newest.id) is older than a year; run: purserd key rotate")
        }
        if facts.epochs.count > 1, rotation?.isRunning != true {
            out.append("a rotation did not come to its end; run: purserd key rotate")
        }
        if Secret.lockRefusals > 0 {
            out.append("keys may be swapped out: RLIMIT_MEMLOCK is too small; raise it, or encrypt the swap")
        }
        return out
    }

    // One change at a time

    private func begin() throws(Problem) {
        let isFirst = state.withLock { state in
            defer { state.isChanging = true }
            return !state.isChanging
        }
        guard isFirst else {
            throw Problem(.keyRefused, "somebody else is changing the keys at this moment", detail: "try again")
        }
    }

    private func end() { state.withLock { $0.isChanging = false } }

    private func wait(_ milliseconds: Int, _ isOver: @Sendable (State) -> Bool) async {
        for _ in 0..<(milliseconds / 20) {
            if state.withLock({ isOver($0) }) { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// On a thread of its own: nothing that waits for a disk, a thread or a slow hash runs on the pool.
    private static func apart<R: Sendable>(_ work: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { done in OwnThread.start("purser-keys") { done.resume(returning: work()) } }
    }
}
