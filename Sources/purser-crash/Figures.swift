import CSQLite
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

    /// Every link's refresh was sent and none answered when the daemon was killed: as many requests are not under way at
    /// once, so what they would leave is written into the database. From the next start to the last replay.
    private static func replays(_ town: Town, _ variant: Variant, _ links: Int) {
        guard town.start() else { return Crash.say("no beginning") }
        for _ in 0..<links where town.link(variant) == nil { return Crash.say("a link did not come to be") }
        town.end(SIGTERM)
        let open = Doubt.spread(in: town.data, over: variant.name)
        let origin = town.origins[variant.name]!
        let before = Ledger.tokenRequests(at: origin)
        let begun = Clock.now
        guard town.start() else { return Crash.say("it does not start again") }
        let ready = Clock.now - begun
        while Ledger.tokenRequests(at: origin) < before + open, Clock.now < begun + 300_000 { usleep(20_000) }
        let sent = Ledger.tokenRequests(at: origin) - before
        Crash.say(
            "\(variant.policy["policy"]?.string ?? ""): \(open) unfinished spends; ready after \(ready) ms, "
                + "\(sent) replays sent after \(Clock.now - begun) ms")
        town.end(SIGTERM)
    }
}

/// What a kill leaves when every link's refresh token has just been sent.
private enum Doubt {
    /// - Returns: how many links of the provider are in doubt now.
    static func spread(in data: String, over provider: String) -> Int {
        var handle: OpaquePointer?
        defer { sqlite3_close_v2(handle) }
        guard sqlite3_open("\(data)/purser.db", &handle) == SQLITE_OK else { return 0 }
        let sent = Clock.wall
        let script = """
            BEGIN IMMEDIATE;
            INSERT INTO refresh_intent(wallet, link, purpose, generation, fence, sent_at, deadline, attempt)
                SELECT wallet, id, 'refresh', generation, fence, \(sent), \(sent + 15_000), 1 FROM link
                WHERE provider = '\(provider)' AND state = 'active';
            UPDATE due SET leased = 1, due_at = \(sent + 150_000) WHERE EXISTS (
                SELECT 1 FROM refresh_intent AS spend WHERE spend.wallet = due.wallet AND spend.link = due.link);
            COMMIT;
            """
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { return 0 }
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(handle, "SELECT count(*) FROM refresh_intent", -1, &statement, nil) == SQLITE_OK,
            sqlite3_step(statement) == SQLITE_ROW
        else { return 0 }
        return Int(sqlite3_column_int64(statement, 0))
    }
}
