import Wire

/// How far one stream of pages is read in one pull: which page comes next, and where the next pull goes on.
///
/// Asked with `{since}`, a stream is read to the end of its window, so that what was posted late is seen too. Without,
/// a stream that is newest first is read from its head until an entry that is here already. Then either goes on where
/// an earlier pull was cut, past known entries, to the very end. A stream in no stated order goes on there at once. At
/// most `Limits.pagesPerStream` pages in all, and none twice: pages that go round in a circle end it, with a warning.
///
/// A saved place of null is the very first page: the whole is to be read again.
struct StreamReading {
    private let name: String
    private let template: RequestTemplate
    private let base: URI
    private let membershipID: String
    private var values: PlaceholderValues
    /// Whether an earlier pull read this stream at all, and where it was cut; nil: it was read to its end.
    private let wasRead: Bool
    private var saved: JSON?
    private let hasSince: Bool
    /// Past known entries, to the very end.
    private var isResuming = false
    private var hasStartedOver = false
    private var isDone = false
    /// Where the head goes on, should the saved place be refused.
    private var headNext: JSON?
    private var number: Int
    /// Left over from this pull: the page not read yet.
    private var rest: JSON?
    private var reachedEnd = false
    /// Places this pull has gone on at, and the lines it has seen.
    private var places: Set<JSON> = []
    private var seen: Set<String> = []
    private(set) var pages = 0
    private(set) var uri: URI?
    private(set) var problem: String?

    init(
        name: String, template: RequestTemplate, base: URI, membership: MappedPull.MappedMembership?,
        before: LinkLedger, pulledAt: Instant?, now: Instant
    ) {
        self.name = name
        self.template = template
        self.base = base
        membershipID = membership?.id ?? ""
        let id = membershipID
        let cursor = before.cursors.first { $0.request == name && $0.membership == id }
        wasRead = cursor != nil
        saved = cursor?.next.flatMap { try? JSON.parse($0) }
        var values = PlaceholderValues(["today": .string(now.date.iso)])
        if let membership {
            for (key, value) in membership.keys { values["membership." + key] = .string(value) }
            values["membership.id"] = .string(membership.id)
        }
        hasSince = cursor != nil && pulledAt != nil && template.sinceSeconds != nil
        if hasSince, let pulledAt, let overlap = template.sinceSeconds {
            values["since"] = .string(pulledAt.adding(seconds: -overlap).rfc3339)
        }
        number = Self.firstNumber(template)
        if case .page? = template.page { values["page"] = .int(number) }
        self.values = values
        if !hasSince, !template.isNewestFirst, let saved { resume(at: saved) }
    }

    private static func firstNumber(_ template: RequestTemplate) -> Int {
        if case .page(let first, _, _)? = template.page { first } else { 1 }
    }

    var label: String { pages == 0 ? name : "\(name)#\(pages + 1)" }

    /// The placeholders of the next page; nil: enough.
    var next: PlaceholderValues? { isDone ? nil : values }

    /// Whether the page that comes next is the first, and the provider may confirm what it was.
    var isConfirmable: Bool {
        template.isConditional && template.method == "GET" && pages == 0 && !isResuming && uri == nil
    }

    /// Whether the page that comes next is one of those from the head on.
    var isAtHead: Bool { !isResuming }

    /// A page was read.
    ///
    /// - Parameter lines: the ids of the entries on it.
    mutating func took(
        _ answer: JSON, _ headers: HTTPHeaders, at uri: URI, lines: [String] = [], hasKnownEntry: Bool
    ) {
        pages += 1
        guard let page = template.page else { return stop() }
        let next = NextPage.decide(page, answer, headers, at: uri, number: number)
        self.uri = nil
        let bringsNothing = !lines.isEmpty && seen.isSuperset(of: lines)
        seen.formUnion(lines)
        switch next {
        case .end:
            if hasSince, !isResuming { return finishHead() }
            reachedEnd = true
            stop()
        case .value where bringsNothing, .uri where bringsNothing:
            problem = "a page repeats what the pages before it had; reading stops there"
            stop()
        case .broken(let why):
            problem = why
            stop()
        case .value(let place): goOn(place, hasKnownEntry)
        case .uri(let next): goOn(.string(next.text), hasKnownEntry)
        }
    }

    private mutating func goOn(_ place: JSON, _ hasKnownEntry: Bool) {
        rest = place
        if !isResuming {
            headNext = place
            if hasKnownEntry, wasRead, template.isNewestFirst, !hasSince { return finishHead() }
        }
        guard pages < Limits.pagesPerStream else { return stop() }
        point(at: place)
    }

    /// The head met what was here. If an earlier pull was cut further down, go on there.
    private mutating func finishHead() {
        guard let saved else {
            reachedEnd = true
            return stop()
        }
        rest = saved
        guard pages < Limits.pagesPerStream else { return stop() }
        resume(at: saved)
    }

    private mutating func resume(at place: JSON) {
        isResuming = true
        values["since"] = nil
        rest = place
        guard !place.isNull else { return pointAtStart() }
        point(at: place)
    }

    /// The very first page, however much of it was seen.
    private mutating func pointAtStart() {
        uri = nil
        values["cursor"] = nil
        number = Self.firstNumber(template)
        if case .page? = template.page { values["page"] = .int(number) }
        seen = []
    }

    private mutating func point(at place: JSON) {
        guard places.insert(place).inserted else {
            problem = "the pages go round in a circle; reading stops there"
            return stop()
        }
        switch template.page {
        case .link?:
            // The place comes from the database: never a token to another origin.
            guard let text = place.string, let next = RequestBuilder.following(text, from: base) else {
                if !startOver() { stop() }
                return
            }
            uri = next
        case .page?:
            number = place.int ?? number + 1
            values["page"] = .int(number)
        default: values["cursor"] = place
        }
    }

    /// The server refused a place to go on from: read on from the head instead, once. False: it was not about that.
    mutating func refused(status: Int) -> Bool {
        [400, 404, 410, 422].contains(status) && startOver()
    }

    /// On from where the head stopped, past known entries; or, where that was a window, from the very first page.
    private mutating func startOver() -> Bool {
        guard isResuming, !hasStartedOver else { return false }
        hasStartedOver = true
        rest = hasSince ? nil : headNext
        uri = nil
        if let rest { point(at: rest) } else { pointAtStart() }
        return true
    }

    mutating func stop() { isDone = true }

    /// What to remember of this stream; nil: as it was.
    var cursor: PullCursor? {
        guard pages > 0 else { return nil }
        if template.page == nil || reachedEnd {
            return PullCursor(request: name, membership: membershipID, next: nil)
        }
        return rest.map { PullCursor(request: name, membership: membershipID, next: $0.text) }
    }
}
