import Glibc
import Wire

/// Two figures of custody: how long an answer lies in memory only, and how soon after a start all replays are sent.
enum Figures {
    static func run(programs: String, providers: String, links: Int) -> Int32 {
        var isGood = window(Town(programs: programs, providers: providers, people: 10))
        for variant in Variant.all where !variant.losesOnReplay && variant.name != "patient" {
            isGood = replays(Town(programs: programs, providers: providers, people: links), variant, links) && isGood
        }
        return isGood ? 0 : 1
    }

    /// Between the first byte of a token endpoint's answer and the sealed answer's being durable, one refresh at a time.
    private static func window(_ town: Town) -> Bool {
        guard town.start(["limit slots 1"]), town.settle({ _ in 2 }) == nil else { return failed("no beginning") }
        let end = Clock.now + 40_000
        while Clock.now < end {
            _ = town.ask("POST", "/v1/sync")
            usleep(50_000)
        }
        town.end(SIGTERM)
        var (since, spans): (Int, [Int]) = (0, [])
        for point in town.points() {
            if point.name == "firstByte" { since = point.at }
            if point.name == "rawDurable", since > 0 { spans.append(point.at - since) }
        }
        spans.sort()
        guard !spans.isEmpty else { return failed("no refresh was seen") }
        Crash.say(
            "first byte of the answer to durable: p50 \(spans[spans.count / 2]) us, "
                + "p99 \(spans[min(spans.count - 1, spans.count * 99 / 100)]) us, of \(spans.count) refreshes")
        return true
    }

    /// Every link's refresh was sent and none answered when the daemon was killed: as many requests are not under way at
    /// once, so what they would leave is written into the database. From the next start to the last replay.
    private static func replays(_ town: Town, _ variant: Variant, _ links: Int) -> Bool {
        // Nothing is pulled yet: that would only take the time of those who link.
        guard town.start(["limit slots 0"]) else { return failed("no beginning") }
        let linking = Clock.now
        Linkers(town, variant).link(links)
        let linked = Clock.now
        town.end(SIGTERM)
        let doubt = Doubt(town.data, variant)
        let open = doubt.spread()
        guard open == links else { return failed("\(open) of \(links) links came to be") }
        let (begun, wall) = (Clock.now, Clock.wall)
        guard town.start() else { return failed("it does not start again") }
        let ready = Clock.now - begun
        while doubt.isLeft(), Clock.now < begun + 300_000 { usleep(100_000) }
        town.end(SIGTERM)
        let sent = doubt.replays().map { $0 - wall }
        guard sent.count == open else { return failed("\(sent.count) of \(open) replays were sent") }
        var grace = ""
        if let seconds = variant.policy["seconds"]?.int {
            grace = ", \(sent.count { $0 < Int64(seconds) * 1000 }) of them within the grace of \(seconds) s"
        }
        Crash.say(
            "\(variant.policy["policy"]?.string ?? ""): \(open) unfinished spends; ready after \(ready) ms, replays sent "
                + "after \(sent[0]) to \(sent[open - 1]) ms, half of them by \(sent[open / 2]) ms\(grace) "
                + "(linked in \((linked - linking) / 1000) s)")
        return true
    }

    private static func failed(_ words: String) -> Bool {
        Crash.say("BROKEN: \(words)")
        return false
    }
}
