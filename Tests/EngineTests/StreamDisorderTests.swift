import Testing
import Wire

@testable import PurserEngine

/// Streams that are not what they promise.
@Suite struct StreamDisorderTests {
    private static func template() -> RequestTemplate {
        RequestTemplate.read(
            [
                "method": "GET", "path": "/activity", "query": ["cursor": "{cursor}", "since": "{since}"],
                "page": ["by": "cursor", "next": "/next", "order": "newest"],
            ], "", Reader(file: "test"))!
    }

    @Test("A place that comes again ends the reading: nothing counts as complete, and every pull is as short")
    func circle() {
        var reader = PagedReader(template: Self.template())
        reader.pages = ["": (["a"], "2"), "2": (["b"], "3"), "3": (["c"], "2")]
        let first = reader.pull()
        #expect(first.asked == ["", "2", "3"])
        #expect(first.problem?.contains("circle") == true)
        #expect(!reader.isComplete)
        for _ in 0..<3 {
            let next = reader.pull()
            #expect(next.asked.count <= 4 && next.problem != nil)
            #expect(!reader.isComplete && reader.known == ["a", "b", "c"])
        }
        // The provider has mended it.
        reader.serve(["a", "b", "c", "d"])
        for _ in 0..<2 { _ = reader.pull() }
        #expect(reader.isComplete && reader.known.count == 4)
    }

    @Test("A page that brings only what the pages before it had ends the reading, wherever it says to go on")
    func repeats() {
        var reader = PagedReader(template: Self.template())
        reader.pages = ["": (["a", "b"], "2"), "2": (["b", "a"], "3"), "3": (["c"], nil)]
        let pull = reader.pull()
        #expect(pull.asked == ["", "2"])
        #expect(pull.problem?.contains("repeats") == true)
        #expect(!reader.isComplete && reader.next == #""2""#)
    }

    @Test("A page without entries, and the last page, repeat nothing")
    func noRepeat() {
        var reader = PagedReader(template: Self.template())
        reader.pages = ["": (["a"], "2"), "2": ([], "3"), "3": (["a"], nil)]
        let pull = reader.pull()
        #expect(pull.asked == ["", "2", "3"] && pull.problem == nil)
        #expect(reader.isComplete)
    }

    @Test("A saved place of null is the very first page: the whole is read again, past what is known")
    func anew() {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...6).map { "e\($0)" })
        for _ in 0..<2 { _ = reader.pull() }
        #expect(reader.isComplete)
        reader.cursors = [PullCursor(request: "activity", membership: "", next: "null")]
        #expect(reader.pull().asked == ["", "", "2", "3"])
        #expect(!reader.isComplete)
        #expect(reader.pull().asked == ["", "4", "5", "6"])
        #expect(reader.isComplete)
    }

    @Test("From the very first page: number, Link and window begin anew too")
    func anewByKind() {
        let at = URI("https://api.example/v2/activity")!
        func reading(_ page: JSON, since: Bool = false) -> StreamReading {
            var request = JSONObject([
                ("method", "GET"), ("path", "/activity"), ("query", ["page": "{page}", "since": "{since}"]),
                ("page", page),
            ])
            if since { request["since"] = "P14D" }
            let template = RequestTemplate.read(.object(request), "", Reader(file: "test"))!
            return StreamReading(
                name: "activity", template: template, base: at, membership: nil,
                before: LinkLedger(cursors: [PullCursor(request: "activity", membership: "", next: "null")]),
                pulledAt: Fixture.now, now: Fixture.now)
        }
        var numbers = reading(["by": "page", "first": 0, "items": "/items", "order": "newest"])
        numbers.took(["items": [1]], [:], at: at, lines: ["a"], hasKnownEntry: true)
        #expect(numbers.next?.text("page") == "0" && numbers.isAtHead == false)
        numbers.took(["items": [1]], [:], at: at, lines: ["a"], hasKnownEntry: true)
        #expect(numbers.problem == nil && numbers.next?.text("page") == "1")
        var links = reading(["by": "link", "order": "newest"])
        let headers: HTTPHeaders = ["Link": #"</v2/activity?p=2>; rel="next""#]
        links.took([], headers, at: at, lines: ["a"], hasKnownEntry: true)
        #expect(links.next != nil && links.uri == nil)
        links.took([], headers, at: at, lines: ["a"], hasKnownEntry: true)
        #expect(links.uri?.text == "https://api.example/v2/activity?p=2")
        var window = reading(["by": "cursor", "next": "/next", "order": "newest"], since: true)
        #expect(window.next?.text("since") != nil)
        window.took(["next": nil], [:], at: at, lines: [], hasKnownEntry: false)
        #expect(window.next != nil && window.next?.text("since") == nil)
    }
}

@Suite struct VanishedLinesTests {
    private func line(_ id: String, _ day: Int64) -> MappedPull.MappedEntry { PullFixture.entry(id, "1", day: day) }

    private func stored(_ id: String, _ day: Int64) -> Entry {
        Entry(
            id: EntryID(rawValue: "ent_\(id)"), account: AccountID(rawValue: "acc_a"), externalID: id,
            posted: Fixture.now.adding(seconds: -86_400 * day), kind: "earn", amount: .zero, text: nil,
            balanceAfter: nil, firstSeenAt: Fixture.now)
    }

    @Test("What is newer than the last line of the head must be on it")
    func counted() {
        let head = [line("a", 1), line("c", 3), line("d", 4)]
        #expect(VanishedLines.count(head: head, stored: [stored("a", 1), stored("c", 3), stored("z", 90)]) == 0)
        #expect(VanishedLines.count(head: head, stored: [stored("a", 1), stored("b", 2), stored("x", 3)]) == 2)
    }

    @Test("Of the last line's own moment, others may stand on the next page")
    func ties() {
        let head = [line("a", 1), line("d", 4)]
        #expect(VanishedLines.count(head: head, stored: [stored("e", 4)]) == 0)
    }

    @Test("Nothing is known of an empty head, of one in another order, and of ids that were made here")
    func unknown() {
        #expect(VanishedLines.count(head: [], stored: [stored("a", 1)]) == 0)
        let late = [line("a", 1), line("late", 60), line("c", 3)]
        #expect(VanishedLines.count(head: late, stored: [stored("b", 2)]) == 0)
        let head = [line("a", 1), line("d", 4)]
        #expect(VanishedLines.count(head: head, stored: [stored(MadeID.prefix + "x", 2)]) == 0)
    }
}

@Suite struct ClockStepsTests {
    @Test("Only a wall clock that goes back beside the other one is told, and only once")
    func steps() {
        var steps = ClockSteps()
        var uptime: Int64 = 5000
        func look(_ steps: inout ClockSteps, wall: Int64, uptime: Int64) -> Int64? {
            steps.stepBack(wall: Fixture.now.adding(milliseconds: wall), uptimeMilliseconds: uptime)
        }
        #expect(look(&steps, wall: 0, uptime: uptime) == nil, "the first look knows nothing")
        uptime += 30_000
        #expect(look(&steps, wall: 30_000, uptime: uptime) == nil)
        // Eight hours of sleep count on both.
        uptime += 28_800_000
        #expect(look(&steps, wall: 28_830_000, uptime: uptime) == nil)
        // Put right by as much as clocks are every day.
        #expect(look(&steps, wall: 28_830_000 - 60_000, uptime: uptime) == nil)
        #expect(look(&steps, wall: 28_770_000 - 86_400_000, uptime: uptime) == 86_400_000)
        #expect(look(&steps, wall: 28_770_000 - 86_400_000, uptime: uptime) == nil)
        // Forward is no step back.
        #expect(look(&steps, wall: 99_000_000, uptime: uptime) == nil)
    }
}
