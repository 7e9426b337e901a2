import PurserEngine
import PurserStore
import PurserSystem
import Wire

/// `purserd check`: says what a start would find. Makes and changes nothing.
enum Check {
    static func run(_ options: Options) -> Int32 {
        var isGood = true
        func say(_ good: Bool, _ what: String) {
            Console.out((good ? "ok    " : "wrong ") + what + "\n")
            isGood = isGood && good
        }
        let hasDatabase = FileSystem.exists(Opening.databasePath(options))
        let key = look(options.key, hasDatabase)
        say(key.isGood, key.words)
        if hasDatabase {
            do {
                try DatabaseHeader.check(try FileSystem.head(Opening.databasePath(options), DatabaseHeader.count))
                say(true, "data \(options.data)")
            } catch { say(false, "\(Opening.databasePath(options)): \(error)") }
        } else {
            say(true, "data \(options.data), no database yet")
        }
        if let certificate = options.reach.certificate {
            do {
                let files = try CertificateFiles(certificate: certificate.path, key: certificate.key)
                let isOver = files.endsAt <= SystemClock().now
                say(!isOver, "certificate \(certificate.path), \(isOver ? "over since" : "good until") \(files.endsAt)")
            } catch { say(false, "\(error)") }
        }
        for path in options.issuers {
            let found = Issuers.read(path)
            if let issuer = found.issuer { say(true, "tokens of \(issuer.issuer), from \(path)") }
            for problem in found.problems { say(false, problem) }
        }
        // Of two folders with one name the later one counts.
        let folders = Dictionary(
            ProviderFolders.read(options.providers).map { ($0.name, $0.source) }, uniquingKeysWith: { $1 })
        for (name, source) in folders.sorted(by: { $0.key < $1.key }) {
            do throws(FileError) {
                let check = FolderCheck(try ProviderFolders.whole(source), zones: ProviderFolders.zone)
                if check.problems.isEmpty { say(true, "provider \(name), from \(source)") }
                for problem in check.problems { say(false, problem.description) }
            } catch { say(false, "\(error)") }
        }
        if folders.isEmpty {
            say(false, "no provider in \(options.providers.joined(separator: ", "))")
        }
        return isGood ? 0 : 1
    }

    private static func look(_ key: KeySource, _ hasDatabase: Bool) -> (isGood: Bool, words: String) {
        if case .file(let file) = key, !file.isThere {
            return hasDatabase
                ? (false, "key \(file.path) is not there, but the database is: the daemon would start sealed")
                : (true, "key \(file.path) is not there yet; the first start makes it")
        }
        if case .passphrase(.file(let path)) = key, !FileSystem.exists(path) {
            return (false, "the passphrase file \(path) is not there: the daemon would start sealed")
        }
        do {
            if case .passphrase(let place) = key {
                if case .file = place { _ = try place.read(isNew: !hasDatabase) }
            } else {
                _ = try key.secret()
            }
            return (true, "key \(key.name)")
        } catch { return (false, "\(error)") }
    }
}
