import Glibc
import Wire

/// Two figures of custody: how long an answer lies in memory only, and how soon after a start all replays are sent.
enum Figures {
    static func run(programs: String, providers: String, links: Int) -> Int32 {
        window(Town(programs: programs, providers: providers, people: 10))
        for variant in Variant.all where !variant.losesOnReplay && variant.name != "patient" {
            replays(Town(programs: programs, providers: providers, people: links), variant, links)
        }
        return 0
    }

    /// Between the first byte of a token endpoint's answer and the sealed answer's being durable, one refresh at a time.
    private static func window(_ town: Town) {
        guard town.start(["limit slots 1"]), town.settle({ _ in 2 }) == nil else { return Crash.say("no beginning") }
        let end = Clock.now + 40_000
        while Clock.now < end {
            _ = town.ask("POST", "/v1/sync")
            usleep(50_000)
        }
        town.end(SIGTERM)
        var (since, spans): (Int, [Int]) = (0, [])
        for line in Files.text(town.folder + "/points").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let at = Int(words[1]) else { continue }
            if words[0] == "firstByte" { since = at }
            if words[0] == "rawDurable", since > 0 { spans.append(at - since) }
        }
        spans.sort()
        guard !spans.isEmpty else { return Crash.say("no refresh was seen") }
        Crash.say(
            "first byte of the answer to durable: p50 \(spans[spans.count / 2]) us, "
                + "p99 \(spans[min(spans.count - 1, spans.count * 99 / 100)]) us, of \(spans.count) refreshes")
    }

    /// Every link's refresh is sent and none answered when the daemon is killed; from its next start to the last replay.
    private static func replays(_ town: Town, _ variant: Variant, _ links: Int) {
        guard town.start() else { return Crash.say("no beginning") }
        for _ in 0..<links where town.link(variant) == nil { return Crash.say("a link did not come to be") }
        town.end(SIGTERM)
        let origin = town.origins[variant.name]!
        Ledger.fault(
            ["match": ["endpoint": "token", "grant": "refresh_token"], "delayMilliseconds": 600_000], at: origin)
        unlink(town.folder + "/points")
        guard town.start(["limit slots \(links + 1)", "limit answerSeconds 30", "limit claimSeconds 60"]) else {
            return
        }
        _ = town.ask("POST", "/v1/sync")
        let end = Clock.now + 120_000
        while town.reached()["intentDurable", default: 0] < links, Clock.now < end { usleep(20_000) }
        let open = town.reached()["intentDurable", default: 0]
        town.end(SIGKILL)
        Ledger.fault(["clear": true], at: origin)
        let before = Ledger.tokenRequests(at: origin)
        let begun = Clock.now
        guard town.start() else { return Crash.say("it does not start again") }
        let ready = Clock.now - begun
        while Ledger.tokenRequests(at: origin) < before + open, Clock.now < begun + 300_000 { usleep(5000) }
        let sent = Ledger.tokenRequests(at: origin) - before
        Crash.say(
            "\(variant.policy["policy"]?.string ?? ""): \(open) unfinished spends; ready after \(ready) ms, "
                + "\(sent) replays sent after \(Clock.now - begun) ms")
    }
}
