import Testing
import Wire

@testable import PurserEngine

/// A ledger on a pretended server, newest first, and one pull after another that reads it.
struct PagedReader {
    var template: RequestTemplate
    /// Pages of entry names by the place they are at; the first is at "".
    var pages: [String: (entries: [String], next: JSON?)] = [:]
    var refused: Set<String> = []
    var broken: Set<String> = []
    var cursors: [PullCursor] = []
    var known: Set<String> = []
    var pulledAt: Instant?

    struct Pull: Equatable {
        var asked: [String] = []
        var problem: String?
        var failed = false
    }

    /// Entries in pages of one, at places "", "2", "3", …
    mutating func serve(_ entries: [String], perPage: Int = 1) {
        pages = [:]
        var rest = entries[...]
        var number = 1
        repeat {
            let chunk = Array(rest.prefix(perPage))
            rest = rest.dropFirst(perPage)
            number += 1
            pages[number == 2 ? "" : "\(number - 1)"] = (chunk, rest.isEmpty ? nil : .string("\(number)"))
        } while !rest.isEmpty
    }

    mutating func pull() -> Pull {
        var out = Pull()
        var reading = StreamReading(
            name: "activity", template: template, base: URI("https://api.example/v2")!, membership: nil,
            before: LinkLedger(cursors: cursors), pulledAt: pulledAt, now: Fixture.now)
        var seen: Set<String> = []
        while let values = reading.next {
            #expect(out.asked.count < 20, "it never ends")
            guard out.asked.count < 20 else { break }
            let place = values.text("cursor") ?? ""
            out.asked.append((values.text("since") == nil ? "" : "since ") + place)
            if refused.contains(place) {
                if reading.refused(status: 410) { continue }
                out.failed = true
                reading.stop()
                continue
            }
            let page = pages[place] ?? ([], nil)
            let answer: JSON = broken.contains(place) ? ["next": ["x"]] : ["next": page.next ?? .null]
            seen.formUnion(page.entries)
            reading.took(
                answer, [:], at: URI("https://api.example/v2/activity")!, lines: page.entries,
                hasKnownEntry: !known.isDisjoint(with: page.entries))
        }
        known.formUnion(seen)
        out.problem = reading.problem
        if let cursor = reading.cursor { cursors = [cursor] }
        pulledAt = Fixture.now
        return out
    }

    var next: String? { cursors.first?.next }
    var isComplete: Bool { cursors.first.map { $0.next == nil } ?? false }
}
