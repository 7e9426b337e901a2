import Glibc
import Wire

/// A disk that fills up: before a refresh, and while answers to refreshes are on their way.
struct FullDisk {
    private let town: Town
    private let judge: Judge
    private var filler: String { town.data + "/filler" }

    static func run(programs: String, providers: String) -> Int32 {
        let town = Town(programs: programs, providers: providers, people: 10)
        mkdir(town.data, 0o700)
        let mount = Child(
            "/bin/mount", ["-t", "tmpfs", "-o", "size=48m,mode=700", "none", town.data], log: town.folder + "/mount.log"
        )
        guard mount.wait(milliseconds: 5000) == 0
        else {
            Crash.say("!!! no small filesystem can be mounted here (root may): the full disk is SKIPPED")
            return 0
        }
        defer {
            town.end(SIGKILL)
            _ = Child("/bin/umount", [town.data], log: town.folder + "/mount.log").wait(milliseconds: 5000)
        }
        let words = FullDisk(town: town, judge: Judge(town)).play()
        for word in words { Crash.say("BROKEN: \(word)") }
        Crash.say(words.isEmpty ? "all holds" : "\(words.count) broken")
        return words.isEmpty ? 0 : 1
    }

    private func play() -> [String] {
        guard town.start(), town.settle({ _ in 3 }) == nil, back() else {
            return ["no beginning: \(lost()) \(Files.text(town.log).suffix(700))"]
        }
        var out = before() + during()
        if town.daemon?.ending != nil { out.append("the daemon died: \(Files.text(town.log).suffix(400))") }
        out += judge.ledgers([]) + judge.secrets(whole: true)
        town.end(SIGTERM)
        if let fault = Snapshot(of: town.data).fault { out.append(fault) }
        if !["disk is full", "disk is nearly full"].contains(where: Files.text(town.log).contains) {
            out.append("nothing was said of a full disk")
        }
        return out
    }

    /// Full before anything is sent: nothing is.
    private func before() -> [String] {
        usleep(1_500_000)
        fill()
        // What the log has room for already may still be written.
        sync(milliseconds: 1500)
        fill()
        let sent = requests()
        sync(milliseconds: 3000)
        let more = requests() - sent
        unlink(filler)
        Crash.say("full before a refresh: \(more) refresh tokens sent")
        var out = more > 0 ? ["\(more) refresh tokens were sent though their answers could not be saved"] : []
        if !back() { out.append("a link does not come back after the disk was full") }
        return out
    }

    /// Full while answers are on their way: they are kept until there is room.
    private func during() -> [String] {
        usleep(1_500_000)
        for origin in town.origins.values {
            Ledger.fault(
                ["match": ["endpoint": "token", "grant": "refresh_token"], "delayMilliseconds": 1200], at: origin)
        }
        let sent = requests()
        _ = town.ask("POST", "/v1/sync")
        let end = Clock.now + 5000
        while requests() < sent + 5, Clock.now < end { usleep(5000) }
        fill()
        let flying = requests() - sent
        usleep(2_500_000)
        for origin in town.origins.values { Ledger.fault(["clear": true], at: origin) }
        unlink(filler)
        Crash.say("full while \(flying) answers were on their way")
        return back() ? [] : ["an answer that came to a full disk was lost: \(lost())"]
    }

    private func requests() -> Int { town.origins.values.reduce(0) { $0 + Ledger.tokenRequests(at: $1) } }

    private func sync(milliseconds: Int64) {
        let end = Clock.now + milliseconds
        while Clock.now < end {
            _ = town.ask("POST", "/v1/sync")
            usleep(100_000)
        }
    }

    private func fill() {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        for size in [64 << 10, 4096, 1] {
            let block = [UInt8](repeating: 0, count: size)
            while write(descriptor, block, size) > 0 {}
        }
    }

    /// Whether every link is pulled again from now on.
    private func back() -> Bool {
        let now = Instant(milliseconds: Clock.wall)
        let end = Clock.now + 30_000
        while Clock.now < end {
            let shown = town.shown() ?? [:]
            let open = town.links.filter { Standing(shown[$0.id], since: now) != .good }
            if open.isEmpty { return true }
            for linked in open { _ = town.ask("POST", "/v1/links/\(linked.id)/sync") }
            usleep(200_000)
        }
        return false
    }

    private func lost() -> String {
        let shown = town.shown() ?? [:]
        return town.links.compactMap { shown[$0.id] }.first { $0["condition"]?.string != "ok" }?.text ?? ""
    }
}
