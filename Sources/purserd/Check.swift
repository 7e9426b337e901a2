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
        let key = KeyFile(options.keyFile)
        let hasDatabase = FileSystem.exists(Opening.databasePath(options))
        if key.isThere {
            do {
                _ = try key.secret()
                say(true, "key \(key.path)")
            } catch { say(false, "\(error)") }
        } else if hasDatabase {
            say(false, "key \(key.path) is not there, but the database is: the daemon would start sealed")
        } else {
            say(true, "key \(key.path) is not there yet; the first start makes it")
        }
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
        let catalogue = Catalogue(ProviderFolders.read(options.providers), zones: ProviderFolders.zone)
        for (name, provider) in catalogue.providers.sorted(by: { $0.key < $1.key }) {
            say(true, "provider \(name), from \(provider.source)")
        }
        for (_, problems) in catalogue.problems.sorted(by: { $0.key < $1.key }) {
            for problem in problems { say(false, problem.description) }
        }
        if catalogue.providers.isEmpty, catalogue.problems.isEmpty {
            say(false, "no provider in \(options.providers.joined(separator: ", "))")
        }
        return isGood ? 0 : 1
    }
}
