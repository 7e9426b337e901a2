import Glibc
import PurserEngine
import Wire

/// A town, and one kill after another in it. After each one the daemon starts again, everything recovers, and everything
/// is looked at.
final class Siege {
    /// As many of a strict provider as may be refused at once before that is taken for a mass event, and one more
    /// elsewhere.
    private static func members(_ variant: Variant) -> Int { variant.losesOnReplay ? 5 : 6 }

    private let town: Town
    private var dice: Dice
    private let judge: Judge
    private(set) var tally = Tally()
    /// Links whose refresh was in doubt at a kill of this round.
    private var doubted: Set<String> = []

    /// Hears of every round.
    private let tell: (String) -> Void

    init(programs: String, providers: String, seed: UInt64, tell: @escaping (String) -> Void) {
        self.tell = tell
        town = Town(programs: programs, providers: providers, people: 60)
        dice = Dice(seed)
        judge = Judge(town)
    }

    func run(_ kills: [Kill]) {
        guard town.start(), town.settle(Self.members).map(complain) == nil else { return complain("no beginning") }
        if recovered() {
            for kill in kills {
                let begun = Clock.now
                round(kill)
                tell("\(kill): \(Clock.now - begun) ms, \(doubted.count) in doubt")
                // What is broken once stays so: more of it says nothing.
                if tally.violations.count > 20 { break }
            }
        }
        town.end(SIGTERM)
        note(judge.secrets(whole: true))
        if !tally.violations.isEmpty {
            town.isKept = true
            complain("what it left is kept in \(town.folder)")
        }
        tally.reached = town.reached()
        tally.bytesSearched = town.search.bytesSearched
    }

    private func complain(_ words: String) { tally.violations.append(words) }

    private func note(_ words: [String], _ round: String = "at the end") {
        tally.violations += words.map { "\(round): \($0)" }
    }

    private func round(_ kill: Kill) {
        doubted = []
        switch kill {
        case .point(let point): stop(at: point)
        case .held:
            guard hold() else { return complain("no refresh was asked for within seconds") }
            die()
        case .after(let milliseconds):
            if town.daemon == nil { _ = town.start() }
            work(milliseconds)
            die()
        }
        if town.daemon != nil { die() }
        // Sometimes the recovery is killed too.
        if dice.below(3) == 0 {
            _ = town.start()
            work(Int64(dice.below(700)))
            die()
        }
        tally.restarts += 1
        guard town.start() else {
            return complain("\(kill): the daemon does not start again: \(Files.text(town.log).suffix(600))")
        }
        guard recovered("\(kill)") else { return }
        note(judge.secrets(whole: false), "\(kill)")
        heal()
    }

    // Dying

    /// The daemon is gone now, by its own hand or ours: what it left is looked at.
    private func die() {
        let code = town.end(SIGKILL)
        tally.kills += 1
        if code != -SIGKILL { complain("the daemon ended by itself with \(code): \(Files.text(town.log).suffix(600))") }
        let left = Snapshot(of: town.data)
        if let fault = left.fault { complain("after a kill: \(fault)") }
        doubted.formUnion(left.inDoubt)
        note(judge.ledgers(doubted), "after a kill")
    }

    /// Has it work for so long: pulls asked for again and again.
    private func work(_ milliseconds: Int64) {
        let end = Clock.now + milliseconds
        while Clock.now < end, town.daemon?.ending == nil {
            _ = town.ask("POST", "/v1/sync")
            usleep(UInt32(min(250, max(1, end - Clock.now))) * 1000)
        }
    }

    /// Asks for pulls until providers hold back answers to refreshes. False: nobody refreshes.
    private func hold() -> Bool {
        if town.daemon == nil { _ = town.start() }
        let before = town.origins.mapValues { Ledger.tokenRequests(at: $0) }
        for origin in town.origins.values {
            Ledger.fault(
                ["match": ["endpoint": "token", "grant": "refresh_token"], "delayMilliseconds": 60_000], at: origin)
        }
        defer { for origin in town.origins.values { Ledger.fault(["clear": true], at: origin) } }
        let end = Clock.now + 8000
        while Clock.now < end {
            _ = town.ask("POST", "/v1/sync")
            usleep(UInt32(20 + dice.below(150)) * 1000)
            if town.origins.contains(where: { Ledger.tokenRequests(at: $0.value) > before[$0.key, default: 0] }) {
                usleep(UInt32(dice.below(60)) * 1000)
                return true
            }
        }
        return false
    }

    private func stop(at point: Point) {
        if point.cause == .doubt, hold() { die() }
        if town.daemon != nil { town.end(SIGTERM) }
        let often = [.sync, .doubt].contains(point.cause) ? 1 + dice.below(6) : 1
        let plan = ["stop \(point.rawValue) \(point == .recovering ? 1 : often)"]
        let ended: Int32?
        if town.start(plan) { provoke(point) }
        ended = town.daemon?.wait(milliseconds: 6000)
        if ended == -SIGKILL {
            tally.stopped[point.rawValue, default: 0] += 1
        } else {
            tally.missed[point.rawValue, default: 0] += 1
        }
    }

    private func provoke(_ point: Point) {
        switch point.cause {
        case .link: _ = town.link(Variant.all[dice.below(Variant.all.count)])
        case .relink: _ = town.relink(town.links[dice.below(town.links.count)])
        case .unlink:
            if let id = town.link(Variant.all[dice.below(Variant.all.count)]) {
                _ = town.ask("DELETE", "/v1/links/\(id)")
            }
        case .sync: work(5000)
        case .rotate: _ = town.ask("POST", "/v1/keys/rotate")
        case .reroot: _ = town.ask("POST", "/v1/keys/reroot", [:])
        case .doubt: break
        }
    }

    // Coming back

    /// Waits until every link was pulled in this life, or is lost and says so. False: it never comes to that.
    private func recovered(_ round: String = "at the beginning") -> Bool {
        let end = Clock.now + 40_000
        var open: [String] = []
        while Clock.now < end {
            if town.daemon?.ending != nil {
                complain("\(round): the daemon died by itself: \(Files.text(town.log).suffix(600))")
                return false
            }
            let shown = town.shown() ?? [:]
            let standings = town.links.map { ($0, Standing(shown[$0.id], since: town.bornAt)) }
            let waiting = standings.filter { $0.1 == .open }.map(\.0)
            open = waiting.map { "\($0.variant.name) \(shown[$0.id]?.text ?? "gone")" }
            if open.isEmpty {
                for (linked, standing) in standings { look(linked, standing, shown[linked.id], round) }
                note(judge.ledgers(doubted), round)
                return true
            }
            for linked in waiting { _ = town.ask("POST", "/v1/links/\(linked.id)/sync") }
            usleep(150_000)
        }
        complain("\(round): \(open.count) links do not come back, one of them: \(open[0])")
        return false
    }

    private func look(_ linked: Town.Linked, _ standing: Standing, _ shown: JSON?, _ round: String) {
        tally.checked += 1
        guard case .lost(let words) = standing else { return }
        if linked.variant.losesOnReplay, doubted.contains(linked.id), judge.hasRotated(linked) {
            tally.losses[linked.variant.name, default: [:]][words, default: 0] += 1
        } else {
            complain("\(round): a link at \(linked.variant.name) was lost: \(shown?.text ?? "gone")")
        }
    }

    /// Lost links consent anew, and links that nobody counts on are ended.
    private func heal() {
        let shown = town.shown() ?? [:]
        for linked in town.links {
            if case .lost = Standing(shown[linked.id], since: town.bornAt) { _ = town.relink(linked) }
        }
        for (id, link) in shown.sorted(by: { $0.key < $1.key }) where !town.links.contains(where: { $0.id == id }) {
            if link["state"]?.string == "active" { _ = town.ask("DELETE", "/v1/links/\(id)") }
        }
    }
}

/// How a link stands after a kill.
enum Standing: Hashable {
    case good
    /// It is gone, and these are the daemon's words for it.
    case lost(String)
    /// It is not settled yet.
    case open

    init(_ shown: JSON?, since born: Instant) {
        guard let shown, let state = shown["state"]?.string else {
            self = .lost("it is not there any more")
            return
        }
        let pulled = shown["pulledAt"]?.string.flatMap { Instant(rfc3339: $0) }
        switch state {
        case "active":
            let isGood = shown["condition"]?.string == "ok" && pulled.map { $0 >= born } ?? false
            self = isGood ? .good : .open
        case "linking": self = .open
        default: self = .lost("\(state) \(shown["reason"]?.string ?? ""): \(shown["note"]?.string ?? "")")
        }
    }
}
