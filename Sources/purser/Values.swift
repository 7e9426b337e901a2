import PurserAPI
import Usage
import Wire

/// `purser values`.
enum Values {
    static let command = Command<Run>(
        "values", "show what points are worth, and where they transfer",
        options: [
            Option("--partners", "where points of one programme can be made points of another"),
            Option("--sync", "have the valuation providers asked now, instead of showing what they said last"),
        ],
        text: [
            .paragraph(
                """
                Shows what valuation providers said last, with source and date: opinions, which no balance is changed \
                by. They are asked in the name of whoever runs the daemon, by themselves; nobody links them.
                """),
            .paragraph("A value older than its provider's schedule allows is marked stale."),
        ],
        run: run)

    static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        if line.has("--sync") { return try sync(line, terminal) }
        let json = try Daemon(line).get("/v1/values")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        let feeds = json["feeds"]?.array?.compactMap(FeedShown.init) ?? []
        guard !feeds.isEmpty else {
            terminal.remark("no valuation provider is known here; purser providers lists what is")
            return ExitCode.done
        }
        let rows =
            line.has("--partners")
            ? partners(json["partners"]?.array?.compactMap(TransferPartnerShown.init) ?? [], terminal)
            : values(json["values"]?.array?.compactMap(PointValueShown.init) ?? [], terminal)
        if rows == 0, feeds.contains(where: { $0.nextAt != nil }) {
            terminal.remark("nothing came yet; purser asks again by itself, and now with: purser values --sync")
        }
        for feed in feeds {
            if let cause = feed.cause { terminal.warn(trouble(feed, cause)) }
            for warning in feed.warnings { terminal.warn("\(feed.provider): \(warning)") }
        }
        return ExitCode.done
    }

    /// The worth of a thousand points, to the cent at least and never rounded.
    static func perThousand(_ amount: ExactDecimal) -> String {
        guard let thousand = amount.scaled(3) else { return Words.grouped(amount.text) + " a point" }
        return Words.grouped(thousand.text(fractionDigits: 2))
    }

    private static func values(_ values: [PointValueShown], _ terminal: Terminal) -> Int {
        let now = Now.instant
        var table = Table([
            Table.Column("PROGRAMME", cut: .end, keeps: 12), Table.Column("PER 1,000", right: true),
            Table.Column("FROM … TO", right: true, goes: 1), Table.Column("SOURCE", cut: .end, goes: 3),
            Table.Column("AS OF", goes: 4), Table.Column("SEEN", goes: 2),
        ])
        // A title says enough where one kind of points of a programme has a value.
        let kinds = Dictionary(grouping: values, by: \.programme).mapValues { Set($0.map(\.unit)).count }
        for value in values {
            let isOne = value.title != nil && kinds[value.programme] == 1
            let unit = isOne ? "" : value.unit.map { " \($0)" } ?? ""
            let range = [value.low, value.high].map { $0.map(perThousand) ?? "" }
            table.rows.append([
                (value.title ?? value.programme) + unit,
                perThousand(value.amount) + " " + value.currency,
                range == ["", ""] ? "" : range.joined(separator: " … "), value.source ?? "", value.asOf?.iso ?? "",
                seen(value.observedAt, value.staleAfter, now),
            ])
        }
        return show(table, terminal)
    }

    private static func partners(_ partners: [TransferPartnerShown], _ terminal: Terminal) -> Int {
        let now = Now.instant
        var table = Table([
            Table.Column("FROM", cut: .end, keeps: 12), Table.Column("TO", cut: .end, keeps: 12),
            Table.Column("RATIO"), Table.Column("AT LEAST", right: true, goes: 4), Table.Column("SINCE", goes: 1),
            Table.Column("UNTIL", goes: 5), Table.Column("REMARK", cut: .end, goes: 2), Table.Column("SEEN", goes: 3),
        ])
        for partner in partners {
            table.rows.append([
                partner.fromTitle ?? partner.from, partner.toTitle ?? partner.to,
                Words.grouped(partner.give.text) + " → " + Words.grouped(partner.get.text),
                partner.minimum.map { Words.grouped($0.text) } ?? "", partner.since?.iso ?? "",
                partner.until?.iso ?? "", partner.title ?? "", seen(partner.observedAt, partner.staleAfter, now),
            ])
        }
        return show(table, terminal)
    }

    private static func seen(_ at: Instant, _ staleAfter: Instant, _ now: Instant) -> String {
        Words.age(at, now) + (staleAfter < now ? ", stale" : "")
    }

    private static func show(_ table: Table, _ terminal: Terminal) -> Int {
        guard !table.rows.isEmpty else { return 0 }
        for line in table.lines(terminal) { Terminal.out(line) }
        return table.rows.count
    }

    private static func trouble(_ feed: FeedShown, _ cause: String) -> String {
        let kept = feed.pulledAt == nil ? "" : "; what it said before stays, with its date"
        let next = (feed.until ?? feed.nextAt).map { "; it is asked again at \(Words.moment($0))" } ?? ""
        return "\(feed.provider): \(cause)\(kept)\(next)"
    }

    private static func sync(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        if line.has("--partners") { throw Stop.usage("--sync shows nothing, so --partners has no meaning with it") }
        let json = try Daemon(line).post("/v1/values/sync")
        if terminal.wantsJSON {
            Terminal.out(json.text)
            return ExitCode.done
        }
        let feeds = json["feeds"]?.array ?? []
        if feeds.isEmpty { terminal.remark("no valuation provider is known here; purser providers lists what is") }
        var isResting = false
        for feed in feeds {
            guard let name = feed["provider"]?.string, let answer = feed["answer"]?.string else { continue }
            let words: String
            switch SyncShown.Answer(rawValue: answer) {
            case .due: words = "asked for"
            case .running: words = "is being asked"
            case .tooSoon:
                words = "asked less than a minute ago, or told to wait; again from \(feed["again"]?.string ?? "later")"
            case .notActive, nil:
                words = "rests; purser values says why"
                isResting = true
            }
            terminal.remark("\(name): \(words)")
        }
        return isResting ? ExitCode.failed : ExitCode.done
    }
}
