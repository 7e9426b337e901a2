import Testing
import Wire

@testable import PurserEngine

@Suite struct StreamReadingTests {
    private static func template(order: Bool = true, since: String? = nil, page: JSON? = nil) -> RequestTemplate {
        var pageObject = JSONObject([("by", "cursor"), ("next", "/next")])
        if order { pageObject["order"] = "newest" }
        var object = JSONObject([
            ("method", "GET"), ("path", "/activity"), ("query", ["cursor": "{cursor}", "since": "{since}"]),
            ("page", page ?? .object(pageObject)),
        ])
        if let since { object["since"] = .string(since) }
        let reader = Reader(file: "test")
        return RequestTemplate.read(.object(object), "", reader)!
    }

    @Test("A first pull reads to the end, and says so")
    func first() {
        var reader = PagedReader(template: Self.template())
        reader.serve(["c", "b", "a"])
        #expect(reader.pull().asked == ["", "2", "3"])
        #expect(reader.isComplete)
    }

    @Test("Four pages a pull; the next ones go on where it was cut, to the very end")
    func cut() {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...10).map { "e\($0)" })
        #expect(reader.pull().asked == ["", "2", "3", "4"])
        #expect(reader.next == #""5""#)
        #expect(reader.pull().asked == ["", "5", "6", "7"])
        #expect(reader.pull().asked == ["", "8", "9", "10"])
        #expect(reader.isComplete && reader.known.count == 10)
        #expect(reader.pull().asked == [""])
        #expect(reader.isComplete)
    }

    @Test("The head is read until an entry that is here already, and no further")
    func headUntilKnown() {
        var reader = PagedReader(template: Self.template())
        reader.serve(["b", "a"])
        _ = reader.pull()
        reader.serve(["d", "c", "b", "a"])
        #expect(reader.pull().asked == ["", "2", "3"])
        #expect(reader.isComplete && reader.known.count == 4)
    }

    @Test("A gap larger than a pull is closed by the next ones, past what is known")
    func gap() {
        var reader = PagedReader(template: Self.template())
        reader.serve(["a"])
        _ = reader.pull()
        reader.serve((1...6).map { "n\($0)" } + ["a"])
        #expect(reader.pull().asked == ["", "2", "3", "4"])
        #expect(!reader.isComplete)
        #expect(reader.pull().asked == ["", "5", "6", "7"])
        #expect(reader.isComplete && reader.known.count == 7)
    }

    @Test("A head of four pages leaves the saved place for the next pull")
    func fullHead() {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...6).map { "e\($0)" })
        _ = reader.pull()
        #expect(reader.next == #""5""#)
        reader.serve(["n1", "n2", "n3"] + (1...6).map { "e\($0)" })
        #expect(reader.pull().asked == ["", "2", "3", "4"])
        #expect(reader.next == #""5""#)
    }

    @Test("A saved place the server refuses starts over from the head, and comes to the end all the same")
    func refusedPlace() {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...7).map { "e\($0)" })
        _ = reader.pull()
        reader.refused = ["5"]
        // The same entries at new places.
        let pages = reader.pages
        reader.pages = ["": (["e1"], "x2")]
        for number in 2...7 {
            reader.pages["x\(number)"] = (["e\(number)"], number == 7 ? nil : .string("x\(number + 1)"))
        }
        #expect(pages.count == 7)
        #expect(reader.pull().asked == ["", "5", "x2", "x3", "x4"])
        #expect(reader.next == #""x5""# && !reader.isComplete)
        #expect(reader.pull().asked == ["", "x5", "x6", "x7"])
        #expect(reader.isComplete && reader.known.count == 7)
    }

    @Test("After a refused place it goes on where the head stopped, not where it began")
    func refusedAfterHead() {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...7).map { "e\($0)" })
        _ = reader.pull()
        reader.serve(["new"] + (1...7).map { "e\($0)" })
        reader.refused = ["5"]
        #expect(reader.pull().asked == ["", "2", "5", "3", "4"])
    }

    @Test("A server that refuses every place is not asked for ever, and nothing counts as complete")
    func refusesAll() {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...7).map { "e\($0)" })
        _ = reader.pull()
        reader.refused = ["2", "5"]
        let pull = reader.pull()
        #expect(pull.asked == ["", "5", "2"] && pull.failed)
        #expect(!reader.isComplete)
    }

    @Test("An answer without the promised cursor never counts as the end", arguments: ["", "2", "5"])
    func brokenCursor(_ place: String) {
        var reader = PagedReader(template: Self.template())
        reader.serve((1...7).map { "e\($0)" })
        if place == "5" { _ = reader.pull() }
        reader.broken = [place]
        let pull = reader.pull()
        #expect(pull.problem != nil && pull.asked.last == place)
        #expect(!reader.isComplete)
        reader.broken = []
        for _ in 0..<3 { _ = reader.pull() }
        #expect(reader.isComplete && reader.known.count == 7)
    }

    @Test("With a window it is read to its end, late entries too, then on from the saved place without the window")
    func since() {
        var reader = PagedReader(template: Self.template(since: "P14D"))
        reader.serve((1...6).map { "e\($0)" })
        #expect(reader.pull().asked == ["", "2", "3", "4"])
        // The window holds two pages of entries that are known; the old ones are still beyond.
        let old = reader.pages
        reader.pages[""] = (["e1"], "w2")
        reader.pages["w2"] = (["late"], nil)
        #expect(old.count == 6)
        #expect(reader.pull().asked == ["since ", "since w2", "5", "6"])
        #expect(reader.isComplete && reader.known.contains("late"))
        #expect(reader.pull().asked == ["since ", "since w2"])
        #expect(reader.isComplete)
    }

    @Test("A window's start overlaps the last pull")
    func sinceTime() {
        let before = LinkLedger(cursors: [PullCursor(request: "activity", membership: "", next: nil)])
        func since(_ pulledAt: Instant?, _ ledger: LinkLedger) -> String? {
            StreamReading(
                name: "activity", template: Self.template(since: "P14D"), base: URI("https://api.example")!,
                membership: nil, before: ledger, pulledAt: pulledAt, now: Fixture.now
            ).next?.text("since")
        }
        #expect(since(Fixture.now, before) == "2026-11-09T09:30:00Z")
        #expect(since(nil, before) == nil)
        #expect(since(Fixture.now, LinkLedger()) == nil)
    }

    @Test("A refused place under a window starts again at the very first page, without the window")
    func refusedUnderWindow() {
        var reader = PagedReader(template: Self.template(since: "P14D"))
        reader.serve((1...7).map { "e\($0)" })
        _ = reader.pull()
        reader.refused = ["5"]
        reader.pages[""] = (["e1"], nil)
        #expect(reader.pull().asked == ["since ", "5", ""])
        #expect(reader.known.count == 4)
    }

    @Test("A stream in no stated order goes on where it was cut, whatever is known")
    func noOrder() {
        var reader = PagedReader(template: Self.template(order: false))
        reader.serve((1...10).map { "e\($0)" })
        #expect(reader.pull().asked == ["", "2", "3", "4"])
        #expect(reader.pull().asked == ["5", "6", "7", "8"])
        #expect(reader.pull().asked == ["9", "10"])
        #expect(reader.isComplete && reader.known.count == 10)
    }

    @Test("A request without pages is read whole at once")
    func unpaged() {
        let template = RequestTemplate.read(["method": "GET", "path": "/me"], "", Reader(file: "test"))!
        var reader = PagedReader(template: template)
        reader.pages[""] = (["a"], "2")
        #expect(reader.pull().asked == [""])
        #expect(reader.isComplete)
    }

    @Test("A request that brought nothing leaves its place as it was")
    func nothing() {
        var reading = StreamReading(
            name: "activity", template: Self.template(), base: URI("https://api.example")!, membership: nil,
            before: LinkLedger(), pulledAt: nil, now: Fixture.now)
        reading.stop()
        #expect(reading.next == nil && reading.cursor == nil && reading.pages == 0)
    }

    @Test("Pages by number start where the manifest says and go on with the saved number")
    func numbers() {
        let page: JSON = ["by": "page", "first": 0, "items": "/items"]
        let template = Self.template(page: page)
        let at = URI("https://api.example/v2/activity")!
        func reading(_ next: String?) -> StreamReading {
            let cursors = next.map { [PullCursor(request: "activity", membership: "", next: $0)] } ?? []
            return StreamReading(
                name: "activity", template: template, base: at, membership: nil, before: LinkLedger(cursors: cursors),
                pulledAt: nil, now: Fixture.now)
        }
        var first = reading(nil)
        var asked: [String?] = []
        while let values = first.next {
            asked.append(values.text("page"))
            first.took(["items": [1]], [:], at: at, hasKnownEntry: false)
        }
        #expect(asked == ["0", "1", "2", "3"])
        #expect(first.cursor?.next == "4")
        var second = reading("4")
        #expect(second.next?.text("page") == "4")
        second.took(["items": [1]], [:], at: at, hasKnownEntry: false)
        #expect(second.next?.text("page") == "5")
        second.took(["items": []], [:], at: at, hasKnownEntry: false)
        #expect(second.next == nil)
        #expect(second.cursor == PullCursor(request: "activity", membership: "", next: nil))
    }

    @Test("Pages by link go on with the saved URI, but never to another origin")
    func links() {
        let template = Self.template(page: ["by": "link", "order": "newest"])
        let at = URI("https://api.example/v2/activity")!
        func reading(_ next: String) -> StreamReading {
            StreamReading(
                name: "activity", template: template, base: URI("https://api.example/v2")!, membership: nil,
                before: LinkLedger(cursors: [PullCursor(request: "activity", membership: "", next: next)]),
                pulledAt: nil, now: Fixture.now)
        }
        let headers: HTTPHeaders = ["Link": #"</v2/activity?p=2>; rel="next""#]
        var good = reading(#""https://api.example/v2/activity?p=9""#)
        #expect(good.uri == nil)
        good.took([], headers, at: at, hasKnownEntry: true)
        #expect(good.uri?.text == "https://api.example/v2/activity?p=9")
        good.took([], [:], at: good.uri!, hasKnownEntry: true)
        #expect(good.next == nil && good.cursor?.next == nil && good.cursor != nil)

        // A place that was changed in the database takes no token anywhere.
        for evil in [#""https://evil.example/""#, #""http://api.example/v2""#, "17", #""https://u@api.example/""#] {
            var reading = reading(evil)
            reading.took([], headers, at: at, hasKnownEntry: true)
            #expect(reading.uri?.text == "https://api.example/v2/activity?p=2", "\(evil)")
            reading.took([], [:], at: at, hasKnownEntry: true)
            #expect(reading.next == nil && reading.cursor?.next == nil && reading.cursor != nil)
        }
    }

    @Test("Only a refusal of a place is one: other statuses, and other moments, are not")
    func refusals() {
        let before = LinkLedger(cursors: [PullCursor(request: "activity", membership: "", next: #""5""#)])
        func resumed() -> StreamReading {
            var reading = StreamReading(
                name: "activity", template: Self.template(), base: URI("https://api.example")!, membership: nil,
                before: before, pulledAt: nil, now: Fixture.now)
            reading.took(["next": "2"], [:], at: URI("https://api.example/a")!, hasKnownEntry: true)
            return reading
        }
        for status in [400, 404, 410, 422] {
            var reading = resumed()
            let once = reading.refused(status: status)
            let twice = reading.refused(status: status)
            #expect(once && !twice, "\(status)")
        }
        for status in [0, 200, 401, 403, 429, 500, 503] {
            var reading = resumed()
            let isTaken = reading.refused(status: status)
            #expect(!isTaken, "\(status)")
        }
        var head = StreamReading(
            name: "activity", template: Self.template(), base: URI("https://api.example")!, membership: nil,
            before: before, pulledAt: nil, now: Fixture.now)
        let isTaken = head.refused(status: 400)
        #expect(!isTaken)
    }

    @Test("What a membership's request may name is there, and places are kept for each membership")
    func memberships() {
        let member = MappedPull.MappedMembership(
            id: "77", number: "7712", holder: nil, since: nil, keys: ["card": "c-1"])
        let template = RequestTemplate.read(
            [
                "method": "GET", "path": "/m/{membership.id}/{membership.card}", "for": "membership",
                "page": ["by": "cursor", "next": "/next"],
            ], "", Reader(file: "test"))!
        let other = PullCursor(request: "activity", membership: "78", next: #""9""#)
        var reading = StreamReading(
            name: "activity", template: template, base: URI("https://api.example")!, membership: member,
            before: LinkLedger(cursors: [other]), pulledAt: nil, now: Fixture.now)
        #expect(reading.next?.text("membership.id") == "77" && reading.next?.text("membership.card") == "c-1")
        #expect(reading.next?.text("today") == "2026-11-23" && reading.next?.text("cursor") == nil)
        #expect(reading.label == "activity")
        reading.took(["next": "2"], [:], at: URI("https://api.example/a")!, hasKnownEntry: false)
        #expect(reading.label == "activity#2")
        reading.stop()
        #expect(reading.cursor == PullCursor(request: "activity", membership: "77", next: #""2""#))
    }
}
