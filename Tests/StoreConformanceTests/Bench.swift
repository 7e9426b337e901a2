import PurserEngine
import PurserSimulation
import PurserStore
import Testing
import Wire

/// The two stores that one suite is held against.
enum Backend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { rawValue }

    func open() throws -> Bench {
        switch self {
        case .memory: Bench(memory: MemoryVerbs(MemoryState(storeID: "the-store")))
        case .sqlite: try Bench(file: TemporaryFolder())
        }
    }
}

/// A store under test: each call is one transaction, as the daemon makes them.
final class Bench {
    let memory: MemoryVerbs?
    let file: TemporaryFolder?
    let writer: StoreWriter?

    init(memory: MemoryVerbs) {
        self.memory = memory
        file = nil
        writer = nil
    }

    init(file: TemporaryFolder) throws {
        self.file = file
        memory = nil
        writer = try SQLiteFile.open(path: file.database, storeID: "the-store")
    }

    deinit { writer?.close() }

    @discardableResult
    func callAsFunction<R>(_ body: (any StoreVerbs) throws -> R) throws -> R {
        guard let writer else {
            let memory = memory!
            let before = memory.state
            do { return try body(memory) } catch {
                memory.state = before
                throw error
            }
        }
        return try writer.batch { verbs throws(StoreError) -> R in
            do { return try body(verbs) } catch let error as StoreError { throw error } catch {
                throw .failed("the test: \(error)")
            }
        }
    }

    /// Runs what must throw, and says what it threw.
    func failure(_ body: (any StoreVerbs) throws -> Void) -> StoreError? {
        do {
            try self(body)
            return nil
        } catch { return error as? StoreError }
    }

    func version(_ wallet: WalletID = Sample.wallet) throws -> Int { try self { try $0.snapshot(wallet).version } }
}

// What many tests begin with.
extension Bench {
    /// A link that waits for its person.
    @discardableResult
    func pending(
        _ id: String, in wallet: WalletID = Sample.wallet, provider: String = "skyways", at: Int64 = 0
    ) throws -> Link {
        let link = Sample.link(id, in: wallet, provider: provider, at: at)
        try self {
            try $0.ensureWallet(wallet, now: Sample.at(at))
            try $0.savePending(link, Sample.key(1), Sample.pending(link))
        }
        return link
    }

    /// A link whose person came back: the claim that its taker holds.
    func taken(
        _ id: String, in wallet: WalletID = Sample.wallet, provider: String = "skyways", at: Int64 = 0
    ) throws -> Claim {
        let link = try pending(id, in: wallet, provider: provider, at: at)
        let take = try self {
            try $0.takePending(
                stateHash: Sample.stateHash(link.id), provider: provider, now: Sample.at(at + 1),
                until: Sample.at(at + 151))
        }
        guard case .taken(_, let claim) = take else { throw StoreError.failed("not taken: \(take)") }
        return claim
    }

    /// A link that is active with generation 1, due at `due`: its last claim.
    @discardableResult
    func active(
        _ id: String, in wallet: WalletID = Sample.wallet, provider: String = "skyways", at: Int64 = 0, due: Int64 = 10
    ) throws -> Claim {
        let claim = try taken(id, in: wallet, provider: provider, at: at)
        let intent = Sample.intent(claim, .exchange, generation: 0, at: at + 2)
        let activation = try self { verbs -> Activation in
            guard try verbs.beginSpend(intent) == .begun else { throw StoreError.failed("not begun") }
            try verbs.keepRaw(Sample.raw(intent, at: at + 3))
            let token = Sample.token(1, "first of \(id)", at: at + 3)
            guard
                try verbs.commitGeneration(wallet, claim.link, parent: 0, fence: claim.fence, token) == .committed
            else { throw StoreError.failed("not committed") }
            return try verbs.activate(
                claim, identity: Array("person of \(id)".utf8), scopes: ["accounts", "openid"],
                signIn: Array("sign-in of \(id)".utf8), now: Sample.at(at + 4), due: Sample.at(due))
        }
        guard activation == .activated else { throw StoreError.failed("not activated: \(activation)") }
        return claim
    }

    /// Claims one due link.
    func claim(at now: Int64) throws -> Claim {
        let claims = try self { try $0.claimDue(now: Sample.at(now), until: Sample.at(now + 150), limit: 1) }
        guard let claim = claims.first else { throw StoreError.failed("nothing is due") }
        return claim
    }

    func link(_ claim: Claim) throws -> Link {
        guard let link = try self({ try $0.link(claim.wallet, claim.link) }) else {
            throw StoreError.failed("no such link")
        }
        return link
    }

    func kinds(_ claim: Claim) throws -> [String] {
        try self { try $0.custodyEvents(claim.wallet, claim.link) }.map(\.kind)
    }
}
