import CLinux
import Glibc
import PurserEngine
import Threads
import Usage
import Wire

/// `make crash`: kills the real daemon and looks at what is left.
enum Crash {
    private static let program = Program<@Sendable (Line) -> Int32>(
        Command(
            "purser-crash", "kills the real daemon, again and again, and looks at what is left",
            options: [
                Option("--kills", value: "N", kind: .number(1...1_000_000), "so many kills (200)"),
                Option("--seed", value: "N", kind: .number(0...UInt64.max), "their order follows from this number (1)"),
                Option("--towns", value: "N", kind: .number(1...64), "so many daemons at a time (3)"),
                Option("--core", "search an idle daemon's memory for secrets instead"),
                Option("--full", "let the disk run full instead"),
                Option("--corrupt", value: "N", kind: .number(1...100_000), "damage files instead, in so many ways"),
                Option("--figures", value: "N", kind: .number(1...100_000), "measure instead, with so many links"),
                Option("--tell", "a line for every kill"),
                Option("--providers", value: "DIR", kind: .folder, "the shipped folders (./providers)"),
            ],
            text: [
                .paragraph(
                    """
                    Runs pretend providers of every rotation policy and the daemon beside it, which must be a build \
                    for trials (PURSER_TRIED=1). Links, pulls, kills, starts it again, and checks links, ledgers, \
                    database and secrets after each kill. Exit code 1 when something does not hold.
                    """)
            ], run: run),
        section: 1, exitCodes: [Item("0", "all holds"), Item("1", "something does not"), Item("2", "misuse")],
        seeAlso: ["purserd(8)"])

    static func run(_ arguments: [String]) -> Int32 {
        do {
            switch try program.read(Array(arguments.dropFirst()), width: 80) {
            case .show(let text):
                say(text)
                return 0
            case .run(let command, let line): return command(line)
            }
        } catch {
            say("purser-crash: \(error)")
            return 2
        }
    }

    static func say(_ text: String) {
        let line = text + "\n"
        _ = write(1, line, line.utf8.count)
    }

    /// Where this program and the others lie.
    static let programs: String = {
        var room = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &room, room.count)
        let path = String(decoding: room.prefix(max(0, count)), as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }()

    @Sendable private static func run(_ line: Line) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let begun = Clock.now
        let providers = line.value("--providers") ?? "providers"
        if line.has("--core") { return IdleCore.run(programs: programs, providers: providers) }
        if line.has("--full") { return FullDisk.run(programs: programs, providers: providers) }
        if let mutants = line.number("--corrupt") {
            return Corruption.run(
                programs: programs, providers: providers, mutants: Int(mutants), seed: line.number("--seed") ?? 1)
        }
        if let links = line.number("--figures") {
            return Figures.run(programs: programs, providers: providers, links: Int(links))
        }
        var dice = Dice(line.number("--seed") ?? 1)
        let deck = Kill.deck(Int(line.number("--kills") ?? 200), &dice)
        let towns = Int(line.number("--towns") ?? 3)
        let tells = line.has("--tell")
        // A ledger grows with every kill; a new town begins with an empty one.
        let most = min(36, max(1, (deck.count + towns - 1) / towns))
        let parts = stride(from: 0, to: deck.count, by: most).map { Array(deck[$0..<min($0 + most, deck.count)]) }
        let seeds = parts.map { _ in dice.next() }
        let (next, total, ended) = (Lock(0), Lock(Tally()), Gate())
        for _ in 0..<min(towns, parts.count) {
            OwnThread.start("town") {
                while true {
                    let part = next.withLock { next in
                        defer { next += 1 }
                        return next
                    }
                    guard part < parts.count else { break }
                    let siege = Siege(
                        programs: programs, providers: providers, seed: seeds[part], tell: { if tells { say($0) } })
                    siege.run(parts[part])
                    let tally = siege.tally
                    total.withLock { $0.add(tally) }
                }
                ended.open()
            }
        }
        for _ in 0..<min(towns, parts.count) { ended.wait() }
        let tally = total.withLock { $0 }
        return report(tally, deck, seconds: Double(Clock.now - begun) / 1000)
    }

    private static func report(_ tally: Tally, _ deck: [Kill], seconds: Double) -> Int32 {
        say(
            "\(tally.kills) kills, \(tally.restarts) recoveries, \(tally.checked) links looked at after one, "
                + "\(tally.bytesSearched >> 20) MiB searched for secrets, \(Int(seconds)) s")
        for variant in Variant.all {
            let losses = tally.losses[variant.name] ?? [:]
            say("  \(variant.policy["policy"]?.string ?? ""): \(losses.values.reduce(0, +)) lost")
            for (words, count) in losses.sorted(by: { $0.key < $1.key }) { say("    \(count) x \(words)") }
        }
        var violations = tally.violations
        for point in Point.allCases {
            let name = point.rawValue
            let (died, missed) = (tally.stopped[name] ?? 0, tally.missed[name] ?? 0)
            say(
                "  \(name): passed \(tally.reached[name] ?? 0) times, died there \(died)"
                    + (missed > 0 ? ", missed \(missed)" : ""))
            // In a short run the one kill meant for a point may come when nothing passes there.
            let isShort = deck.count < 200
            guard deck.contains(.point(point)), died == 0, !isShort || tally.reached[name] ?? 0 == 0 else { continue }
            violations.append("the daemon never died at \(name)")
        }
        for words in violations { say("BROKEN: \(words)") }
        say(violations.isEmpty ? "all holds" : "\(violations.count) broken")
        return violations.isEmpty ? 0 : 1
    }
}
