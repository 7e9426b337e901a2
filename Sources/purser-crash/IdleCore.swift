import Glibc
import TestSupport
import Wire

/// What an idle daemon still has of secrets in its memory, after it linked, refreshed, pulled, replaced its key epoch,
/// unlinked and was sealed (C90, the core).
final class IdleCore {
    private struct Kind {
        let name: String
        let secrets: [StoredKeys.Named]
        /// Whether leftovers are counted and said, and no mistake.
        var mayStay = false
        /// A key: the memory that is kept out of a core is searched for it too.
        var isKey = false
    }

    private let town: Town
    private let root: [UInt8]
    /// Every key there was, by its bytes.
    private var standing: [[UInt8]: String] = [:]
    private var data: [[UInt8]: String] = [:]
    /// At most so many finds of data keys at once while links were worked on.
    private var dataInUse = 0
    private var isGood = true

    private init(_ town: Town) {
        self.town = town
        root = Hex.decode(String(Files.text(town.key).prefix(64))) ?? []
    }

    static func run(programs: String, providers: String) -> Int32 {
        let town = Town(programs: programs, providers: providers, people: 10)
        guard town.start(["dumpable"]), town.settle({ _ in 3 }) == nil else {
            Crash.say("BROKEN: no beginning: \(Files.text(town.log).suffix(600))")
            return 1
        }
        let core = IdleCore(town)
        core.work()
        core.rest()
        Crash.say(
            core.isGood ? "all holds" : "BROKEN: an idle daemon has secrets in its memory, or the search is blind")
        return core.isGood ? 0 : 1
    }

    // Before

    /// Pulls and refreshes, under one epoch and under the next; meanwhile keys must be found, or the search is blind.
    private func work() {
        learn()
        pull()
        _ = town.ask("POST", "/v1/keys/rotate")
        usleep(1_000_000)
        learn()
        pull()
        let found = Memory(of: town.daemon!.process, SecretScan(named(standing)), keptOut: true)?.hits ?? []
        control(dataInUse, "data keys in use")
        control(found.count, "the wrapping key, epochs and the store's own keys in use")
        for variant in Variant.all {
            if let linked = town.links.first(where: { $0.variant == variant }) {
                _ = town.ask("DELETE", "/v1/links/\(linked.id)")
            }
        }
        learn()
        _ = town.ask("POST", "/v1/keys/seal")
        // Until nothing is under way any more, and the log has been emptied.
        usleep(3_000_000)
    }

    /// Keeps every key that the database knows by now.
    private func learn() {
        for _ in 0..<50 {
            // A copy that was taken while the daemon wrote may not be whole.
            if let keys = StoredKeys(root: root, Snapshot(of: town.data).rows) {
                for key in keys.standing { standing[key.bytes] = key.name }
                for key in keys.data { data[key.bytes] = key.name }
                return
            }
            usleep(50_000)
        }
        fail("the keys in the database do not open with the root key")
    }

    /// Data keys are open for a moment at a time: they are looked for again and again while links are worked on.
    private func pull() {
        let scan = SecretScan(named(data))
        for _ in 0..<4 {
            _ = town.ask("POST", "/v1/sync")
            let end = Clock.now + 1500
            while Clock.now < end {
                let hits = Memory(of: town.daemon!.process, scan, keptOut: true)?.hits ?? []
                dataInUse = max(dataInUse, hits.count)
            }
        }
    }

    // After

    private func rest() {
        let ledgers = Variant.all.compactMap { Ledger(at: town.origins[$0.name]!) }
        var kinds: [Kind] = []
        for (kind, mayStay) in [("refresh", false), ("code", false), ("access", true)] {
            let tokens = Set(ledgers.flatMap { $0.events.filter { $0.kind == kind }.map(\.token) })
            kinds.append(
                Kind(name: kind, secrets: tokens.map { ("a \(kind) token", Array($0.utf8)) }, mayStay: mayStay))
        }
        kinds.append(Kind(name: "root key", secrets: [("the root key", root)], isKey: true))
        kinds.append(Kind(name: "wrapping key, epochs, store's keys", secrets: named(standing), isKey: true))
        kinds.append(Kind(name: "data keys", secrets: named(data), isKey: true))
        // What must be found, or the search is blind.
        let control = Memory(of: town.daemon!.process, SecretScan([("the data folder", Array(town.data.utf8))]))
        self.control(control?.hits.count ?? 0, "the data folder's name")
        for kind in kinds { search(kind) }
    }

    private func search(_ kind: Kind) {
        let scan = SecretScan(kind.secrets)
        guard !kind.secrets.isEmpty, let core = Memory(of: town.daemon!.process, scan),
            let apart = Memory(of: town.daemon!.process, scan, keptOut: true)
        else { return fail("the daemon's memory cannot be searched for: \(kind.name)") }
        let hits = core.hits + (kind.isKey ? apart.hits : [])
        let places = Dictionary(grouping: hits, by: { "\($0.secret), \($0.form), \($0.place)" })
        let more = kind.isKey ? ", and were searched too" : ""
        Crash.say(
            "\(kind.name): \(hits.count) finds of \(kind.secrets.count) secrets in \(core.bytesSearched >> 20) MiB"
                + " (\(core.bytesKeptOut >> 10) KiB are kept out of a core\(more))")
        for (place, hits) in places.sorted(by: { $0.key < $1.key }) { Crash.say("  \(hits.count) x \(place)") }
        if !kind.mayStay, !hits.isEmpty { isGood = false }
    }

    private func named(_ keys: [[UInt8]: String]) -> [StoredKeys.Named] { keys.map { ($0.value, $0.key) } }

    private func control(_ finds: Int, _ what: String) {
        Crash.say("control: \(finds) finds of \(what)")
        if finds == 0 { isGood = false }
    }

    private func fail(_ words: String) {
        Crash.say("BROKEN: \(words)")
        isGood = false
    }
}
