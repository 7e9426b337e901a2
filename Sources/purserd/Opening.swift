import Crypto
import PurserEngine
import PurserSystem
import Wire

/// The store and the key, by the rules of custody: a key file is made with a new database and never for an existing one;
/// a credential is never made at all; a database without its key file or its passphrase opens sealed; a key that is unfit or wrong ends
/// the start with nothing touched.
struct Opening {
    let store: SystemStore
    let key: KeySource
    let escrow: any Escrow
    let witness: WitnessFiles
    /// Why the keys cannot be had.
    let sealed: String?
    /// The passphrase, where the key comes from one and it was read.
    let typed: Secret?

    static func databasePath(_ options: Options) -> String { options.data + "/purser.db" }

    static func open(_ options: Options, _ log: ErrorLog) throws(Refusal) -> Opening {
        let path = databasePath(options)
        let isNew = !FileSystem.exists(path)
        // A credential is there before anything is made, or nothing is made.
        if case .credential(let credential) = options.key { try read(credential, isNew: isNew) }
        var (typed, why): (Secret?, String?)
        if case .passphrase(let place) = options.key { (typed, why) = try read(place, isNew: isNew) }
        do { try FileSystem.makeFolder(options.data) } catch {
            throw .cannot("the data folder cannot be made: \(error)")
        }
        var sealed: String?
        if case .file(let key) = options.key { sealed = try prepare(key, isNew: isNew, log) }
        do {
            let store = try SystemStore(path: path)
            if store.lostLog {
                log.write(
                    .warning, "the database's log ended in something unreadable",
                    [("means", "what was written last may be missing"), ("do", "look at purser links")])
            }
            return Opening(
                store: store, key: options.key, escrow: EscrowFile.open(options.data + "/purser.escrow"),
                witness: WitnessFiles(try witnesses(store, options, log)), sealed: sealed ?? why, typed: typed)
        } catch { throw .cannot("\(path): \(error)") }
    }

    /// Beside the database; and where no backup of it reaches: in a folder for that, or beside a key file, which lies in
    /// another folder and is backed up apart.
    private static func witnesses(
        _ store: SystemStore, _ options: Options, _ log: ErrorLog
    ) throws(StoreError) -> [String] {
        let beside = options.data + "/purser.epoch"
        let place: String
        if let folder = options.epochs {
            do { try FileSystem.makeFolder(folder) } catch {
                log.write(.warning, "the folder for epochs cannot be made", [("why", "\(error)")])
            }
            place = folder + "/purser"
        } else if case .file(let key) = options.key {
            place = key.path
        } else {
            log.write(
                .warning, "a backup that is put back with its whole folder will not be noticed",
                [("do", "name a folder that is not backed up with it: --epochs DIR")])
            return [beside]
        }
        let outcome = Blocking.run { () async -> Result<String, StoreError> in
            do throws(StoreError) {
                return .success(try await store.read { reads throws(StoreError) in try reads.storeID() })
            } catch { return .failure(error) }
        }
        return [beside, "\(place).\(try outcome.get().prefix(8)).epoch"]
    }

    /// The passphrase, or why the database stays sealed: a person gives it later.
    private static func read(_ place: Passphrase, isNew: Bool) throws(Refusal) -> (Secret?, String?) {
        do throws(RootKeyError) { return (try place.read(isNew: isNew), nil) } catch {
            guard case .missing(let what) = error, !isNew else { throw .cannot("\(error); nothing was touched") }
            return (nil, what)
        }
    }

    /// Why the database stays sealed; nil: the key is there, and good as far as it can be told yet.
    private static func prepare(_ key: KeyFile, isNew: Bool, _ log: ErrorLog) throws(Refusal) -> String? {
        if isNew, !key.isThere {
            try makeKey(key, log)
        } else if !key.isThere {
            return "the key file \(key.path) is not there, and a new key would open nothing"
        } else {
            try read(key)
        }
        return nil
    }

    private static func makeKey(_ key: KeyFile, _ log: ErrorLog) throws(Refusal) {
        do { try key.make() } catch { throw .cannot("\(error)") }
        Console.error(KeyNew.words(key) + "\n")
        log.write(.info, "root key made", [("path", key.path)])
    }

    private static func read(_ key: KeyFile) throws(Refusal) {
        do { _ = try key.secret() } catch { throw .cannot("\(error); nothing was touched") }
    }

    private static func read(_ credential: KeyCredential, isNew: Bool) throws(Refusal) {
        do { _ = try credential.secret() } catch {
            guard case .missing = error else { throw .cannot("\(error); nothing was touched") }
            let next =
                isNew
                ? "to make a key for it: purserd key new FILE"
                : "it must be the key that this database was made with; a new one would open nothing"
            throw .cannot("\(error)\n  \(next)\n  nothing was touched, and no key is ever made for a credential")
        }
    }
}
