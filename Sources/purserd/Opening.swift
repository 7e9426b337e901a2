import PurserEngine
import PurserSystem
import Wire

/// The store and the key, by the rules of custody: a key is made with a new database and never for an existing one;
/// a database without its key opens sealed; a key that is unfit or wrong ends the start with nothing touched.
struct Opening {
    let store: SystemStore
    let key: KeyFile
    /// Why the keys cannot be had.
    let sealed: String?

    static func databasePath(_ options: Options) -> String { options.data + "/purser.db" }

    static func open(_ options: Options, _ log: ErrorLog) throws(Refusal) -> Opening {
        let key = KeyFile(options.keyFile)
        let path = databasePath(options)
        let isNew = !FileSystem.exists(path)
        do { try FileSystem.makeFolder(options.data) } catch {
            throw .cannot("the data folder cannot be made: \(error)")
        }
        var sealed: String?
        if isNew {
            try makeKey(key, log)
        } else if !key.isThere {
            sealed = "the key file \(key.path) is not there, and a new key would open nothing"
        } else {
            try read(key)
        }
        do {
            return Opening(store: try SystemStore(path: path), key: key, sealed: sealed)
        } catch { throw .cannot("\(path): \(error)") }
    }

    private static func makeKey(_ key: KeyFile, _ log: ErrorLog) throws(Refusal) {
        guard !key.isThere else { return try read(key) }
        do { try key.make() } catch { throw .cannot("\(error)") }
        Console.error(
            """
            purserd: a new root key was made: \(key.path)
            purserd: back this key up; without it nobody, you included, can open your links again

            """)
        log.write(.info, "root key made", [("path", key.path)])
    }

    private static func read(_ key: KeyFile) throws(Refusal) {
        do { _ = try key.secret() } catch { throw .cannot("\(error); nothing was touched") }
    }
}
