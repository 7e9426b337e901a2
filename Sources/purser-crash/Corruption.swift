import Glibc
import Wire

/// Damaged files: database, log, key and escrow are changed on disk, and the daemon starts on what is left.
struct Corruption {
    private struct Outcomes {
        var refused = 0
        var same = 0
        /// The log went whole, and what was in it with it: nothing is left to tell.
        var gone = 0
        /// Started, and says with an error that something cannot be read, or that it is sealed.
        var told = 0
        var different: [String] = []
        var died: [String] = []
    }

    /// A data folder as it was left, and what is shown of it.
    private struct Good {
        let folder: String
        let shown: [UInt8]
    }

    private let town: Town
    /// After an orderly end.
    private let ended: Good
    /// After a kill, with all of the last life in the log.
    private let killed: Good
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
        guard let ended = keep(town, "ended") else { return 1 }
        guard town.start() else { return 1 }
        for account in 0..<20 {
            _ = town.ask("POST", "/v1/tokens", ["name": .string("canary \(account)"), "scopes": ["balances"]])
        }
        // At once: the log is emptied when nothing happens.
        town.end(SIGKILL)
        guard let killed = keep(town, "killed") else { return 1 }
        var corruption = Corruption(town: town, ended: ended, killed: killed, dice: Dice(seed))
        for _ in 0..<mutants { corruption.play() }
        return corruption.report()
    }

    /// Copies the data folder, and asks what is shown of it with no provider to ask: what is stored stays as it is.
    private static func keep(_ town: Town, _ name: String) -> Good? {
        let (folder, away) = (town.folder + "/" + name, town.folder + "/away")
        Files.copy(town.data, to: folder)
        rename(town.folder + "/providers", away)
        mkdir(town.folder + "/providers", 0o700)
        defer {
            if name == "ended" {
                rmdir(town.folder + "/providers")
                rename(away, town.folder + "/providers")
            }
        }
        guard town.start(), let shown = shown(town) else { return nil }
        town.end(SIGKILL)
        Files.remove(town.data)
        Files.copy(folder, to: town.data)
        return Good(folder: folder, shown: shown)
    }

    private static func shown(_ town: Town) -> [UInt8]? {
        let answers = ["/v1/accounts", "/v1/tokens"].map { town.ask("GET", $0) }
        return answers.allSatisfy { $0?.status == 200 } ? answers.flatMap { $0?.body ?? [] } : nil
    }

    private init(town: Town, ended: Good, killed: Good, dice: Dice) {
        (self.town, self.ended, self.killed, self.dice) = (town, ended, killed, dice)
    }

    private mutating func play() {
        let files =
            ["purser.db", "purser.db", "purser.db", "purser.db-wal", "purser.db-wal", "root.key"]
            + Files.names(ended.folder).filter { $0.hasSuffix(".escrow") }
        let name = files[dice.below(files.count)]
        let good = name.hasSuffix("-wal") ? killed : ended
        Files.remove(town.data)
        Files.copy(good.folder, to: town.data)
        let key = Files.bytes(town.key)
        defer { Files.write(town.key, key) }
        let path = name == "root.key" ? town.key : town.data + "/" + name
        var bytes = Files.bytes(path)
        let how = damage(&bytes)
        Files.write(path, bytes)
        Files.write(town.log, [])
        let isUp = town.start()
        let answer = isUp ? Self.shown(town) : nil
        let isTold = Files.text(town.log).contains("ended in something unreadable")
        let ending = town.daemon?.ending
        town.end(SIGKILL)
        let what = "\(name), \(how)"
        switch (isUp, ending) {
        case (_, let code?) where code < 0: outcomes[name, default: Outcomes()].died.append("\(what): signal \(-code)")
        case (false, _): outcomes[name, default: Outcomes()].refused += 1
        case (true, _) where answer == nil || isTold: outcomes[name, default: Outcomes()].told += 1
        case (true, _) where answer == good.shown: outcomes[name, default: Outcomes()].same += 1
        case _ where bytes.isEmpty && name.hasSuffix("-wal"): outcomes[name, default: Outcomes()].gone += 1
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
        var broken = 0
        for (name, found) in outcomes.sorted(by: { $0.key < $1.key }) {
            Crash.say(
                "\(name): \(found.refused) refused, \(found.told) told, \(found.same) without effect, \(found.gone) gone whole, "
                    + "\(found.different.count) shown otherwise and not noticed")
            for words in found.different.prefix(5) { Crash.say("BROKEN: not noticed: \(words)") }
            for words in found.died { Crash.say("BROKEN: the daemon died of it: \(words)") }
            broken += found.died.count + found.different.count
        }
        Crash.say(broken == 0 ? "all was noticed or did no harm" : "\(broken) broken")
        return broken == 0 ? 0 : 1
    }
}
