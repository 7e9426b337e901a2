import Glibc
import Wire

/// Damaged files: database, log, key and escrow are changed on disk, and the daemon starts on what is left.
struct Corruption {
    private struct Outcomes {
        var refused = 0
        var same = 0
        /// Started, and says with an error that something cannot be read, or that it is sealed.
        var told = 0
        var different: [String] = []
        var died: [String] = []
    }

    private let town: Town
    private let good: [UInt8]
    private var dice: Dice
    private var outcomes: [String: Outcomes] = [:]

    static func run(programs: String, providers: String, mutants: Int, seed: UInt64) -> Int32 {
        let town = Town(programs: programs, providers: providers, people: 10)
        guard town.start(), town.settle({ _ in 2 }) == nil else {
            Crash.say("no beginning")
            return 1
        }
        usleep(1_500_000)
        town.end(SIGTERM)
        // Whoever is asked now is not there: what is stored stays as it is.
        Files.remove(town.folder + "/providers")
        mkdir(town.folder + "/providers", 0o700)
        Files.copy(town.data, to: town.folder + "/good")
        guard town.start(), let good = town.ask("GET", "/v1/accounts")?.body else { return 1 }
        town.end(SIGKILL)
        var corruption = Corruption(town: town, good: good, dice: Dice(seed))
        for _ in 0..<mutants { corruption.play() }
        return corruption.report()
    }

    private init(town: Town, good: [UInt8], dice: Dice) {
        (self.town, self.good, self.dice) = (town, good, dice)
    }

    private mutating func play() {
        let files =
            ["purser.db", "purser.db", "purser.db", "purser.db-wal", "root.key"]
            + Files.names(town.folder + "/good").filter { $0.hasSuffix(".escrow") }
        let name = files[dice.below(files.count)]
        Files.remove(town.data)
        Files.copy(town.folder + "/good", to: town.data)
        let key = Files.bytes(town.key)
        defer { Files.write(town.key, key) }
        let path = name == "root.key" ? town.key : town.data + "/" + name
        var bytes = Files.bytes(path)
        let how = damage(&bytes)
        Files.write(path, bytes)
        let isUp = town.start()
        let answer = isUp ? town.ask("GET", "/v1/accounts") : nil
        let ending = town.daemon?.ending
        town.end(SIGKILL)
        let what = "\(name), \(how)"
        switch (isUp, ending) {
        case (_, let code?) where code < 0: outcomes[name, default: Outcomes()].died.append("\(what): signal \(-code)")
        case (false, _): outcomes[name, default: Outcomes()].refused += 1
        case (true, _) where answer?.status != 200: outcomes[name, default: Outcomes()].told += 1
        case (true, _) where answer?.body == good: outcomes[name, default: Outcomes()].same += 1
        default: outcomes[name, default: Outcomes()].different.append(what)
        }
    }

    /// Changes bytes in one of the ways disks do; says how.
    private mutating func damage(_ bytes: inout [UInt8]) -> String {
        guard !bytes.isEmpty else {
            bytes = (0..<4096).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            return "4096 bytes of noise"
        }
        let page = 4096
        let start = dice.below((bytes.count + page - 1) / page) * page
        let range = start..<min(bytes.count, start + page)
        switch dice.below(4) {
        case 0:
            let at = range.lowerBound + dice.below(range.count)
            bytes[at] ^= 1 << UInt8(dice.below(8))
            return "a bit of byte \(at)"
        case 1:
            for at in range { bytes[at] = 0 }
            return "zeros from \(start)"
        case 2:
            bytes.removeLast(bytes.count - start)
            return "cut at \(start)"
        default:
            for at in range { bytes[at] = UInt8(truncatingIfNeeded: dice.next()) }
            return "noise from \(start)"
        }
    }

    private func report() -> Int32 {
        var died = 0
        for (name, found) in outcomes.sorted(by: { $0.key < $1.key }) {
            Crash.say(
                "\(name): \(found.refused) refused, \(found.told) told, \(found.same) without effect, "
                    + "\(found.different.count) shown otherwise and not noticed")
            for words in found.different.prefix(5) { Crash.say("  not noticed: \(words)") }
            for words in found.died { Crash.say("BROKEN: \(words)") }
            died += found.died.count
        }
        Crash.say(died == 0 ? "the daemon died of none" : "the daemon died of \(died)")
        return died == 0 ? 0 : 1
    }
}
