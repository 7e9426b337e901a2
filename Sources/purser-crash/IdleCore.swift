import Glibc
import TestSupport
import Wire

/// What an idle daemon still has of secrets in its memory, after it linked, refreshed, pulled and unlinked.
enum IdleCore {
    static func run(programs: String, providers: String) -> Int32 {
        let town = Town(programs: programs, providers: providers, people: 10)
        guard town.start(["dumpable"]), town.settle({ _ in 3 }) == nil else {
            Crash.say("BROKEN: no beginning: \(Files.text(town.log).suffix(600))")
            return 1
        }
        for _ in 0..<4 {
            _ = town.ask("POST", "/v1/sync")
            usleep(1_500_000)
        }
        for variant in Variant.all {
            if let linked = town.links.first(where: { $0.variant == variant }) {
                _ = town.ask("DELETE", "/v1/links/\(linked.id)")
            }
        }
        _ = town.ask("POST", "/v1/keys/seal")
        // Until nothing is under way any more, and the log has been emptied.
        usleep(3_000_000)
        var kinds: [(kind: String, secrets: [(name: String, bytes: [UInt8])], mayStay: Bool)] = []
        let ledgers = Variant.all.compactMap { Ledger(at: town.origins[$0.name]!) }
        for (kind, mayStay) in [("refresh", false), ("code", false), ("access", true)] {
            let tokens = Set(ledgers.flatMap { $0.events.filter { $0.kind == kind }.map(\.token) })
            kinds.append((kind, tokens.map { ("a \(kind) token", Array($0.utf8)) }, mayStay))
        }
        kinds.append(("root key", [("the root key", Hex.decode(String(Files.text(town.key).prefix(64))) ?? [])], false))
        // What must be found, or the search is blind.
        let control = Memory(of: town.daemon!.process, SecretScan([("the data folder", Array(town.data.utf8))]))
        var isGood = !(control?.hits.isEmpty ?? true)
        Crash.say("control: \(control?.hits.count ?? 0) finds of the data folder's name")
        for (kind, secrets, mayStay) in kinds {
            guard let memory = Memory(of: town.daemon!.process, SecretScan(secrets)) else {
                Crash.say("BROKEN: the daemon's memory cannot be read")
                return 1
            }
            let places = Dictionary(grouping: memory.hits, by: { "\($0.form), \($0.place)" })
            Crash.say(
                "\(kind): \(memory.hits.count) finds of \(secrets.count) secrets in \(memory.bytesSearched >> 20) MiB"
                    + " (\(memory.bytesKeptOut >> 10) KiB are kept out of a core)")
            for (place, hits) in places.sorted(by: { $0.key < $1.key }) { Crash.say("  \(hits.count) x \(place)") }
            if !mayStay, !memory.hits.isEmpty { isGood = false }
        }
        Crash.say(isGood ? "all holds" : "BROKEN: an idle daemon has secrets in its memory")
        return isGood ? 0 : 1
    }
}
