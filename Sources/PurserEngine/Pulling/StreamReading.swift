import Wire

/// How far one stream of pages is read in one pull: which page comes next, and where the next pull goes on.
///
/// Asked with `{since}`, a stream is read to the end of its window, so that what was posted late is seen too. Without,
/// a stream that is newest first is read from its head until an entry that is here already; then it goes on where an
/// earlier pull was cut, past known entries, to the very end. At most `Limits.pagesPerStream` pages in all.
struct StreamReading {
    private let name: String
    private let template: RequestTemplate
    private let membershipID: String
    private var values: PlaceholderValues
    private let saved: PullCursor?
    private let hasSince: Bool
    private var isResuming = false
    private var isDone = false
    /// Where the head goes on, should the saved place be refused.
    private var headNext: JSON?
    private var number: Int
    /// Left over from this pull: the page not read yet.
    private var rest: JSON?
    private var reachedEnd = false
    private(set) var pages = 0
    private(set) var uri: URI?
    private(set) var problem: String?

    init(
        name: String, template: RequestTemplate, membership: MappedPull.MappedMembership?, before: LinkLedger,
        pulledAt: Instant?, now: Instant
    ) {
        self.name = name
        self.template = template
        membershipID = membership?.id ?? ""
        let id = membershipID
        saved = before.cursors.first { $0.request == name && $0.membership == id }
        var values = PlaceholderValues(["today": .string(now.date.iso)])
        if let membership {
            for (key, value) in membership.keys { values["membership." + key] = .string(value) }
            values["membership.id"] = .string(membership.id)
        }
        hasSince = saved != nil && pulledAt != nil && template.sinceSeconds != nil
        if hasSince, let pulledAt, let overlap = template.sinceSeconds {
            values["since"] = .string(pulledAt.adding(seconds: -overlap).rfc3339)
        }
        number = 1
        if case .page(let first, _, _)? = template.page {
            number = first
            values["page"] = .int(first)
        }
        self.values = values
    }

    var label: String { pages == 0 ? name : "\(name)#\(pages + 1)" }

    /// The placeholders of the next page; nil: enough.
    var next: PlaceholderValues? { isDone ? nil : values }

    /// A page was read.
    mutating func took(_ answer: JSON, _ headers: HTTPHeaders, at uri: URI, hasKnownEntry: Bool) {
        pages += 1
        guard let page = template.page else { return stop() }
        let next = NextPage.decide(page, answer, headers, at: uri, number: number)
        self.uri = nil
        switch next {
        case .end:
            if isResuming || !hasSince { reachedEnd = true }
            finishHead(andResume: !isResuming && hasSince)
        case .broken(let why):
            problem = why
            stop()
        case .value(let value):
            if headNext == nil { headNext = value }
            rest = value
            goOn(value, hasKnownEntry)
        case .uri(let next):
            rest = .string(next.text)
            self.uri = next
            goOn(nil, hasKnownEntry)
        }
    }

    private mutating func goOn(_ value: JSON?, _ hasKnownEntry: Bool) {
        if !isResuming, hasKnownEntry, template.isNewestFirst, !hasSince {
            rest = nil
            return finishHead(andResume: true)
        }
        guard pages < Limits.pagesPerStream else { return stop() }
        if let value { point(at: value) }
    }

    /// The head met what was here. If an earlier pull was cut further down, go on there.
    private mutating func finishHead(andResume resumes: Bool) {
        guard !reachedEnd else { return stop() }
        guard resumes, let next = saved?.next, let value = try? JSON.parse(next), pages < Limits.pagesPerStream else {
            if let next = saved?.next { rest = try? JSON.parse(next) } else { reachedEnd = true }
            return stop()
        }
        isResuming = true
        rest = value
        values["since"] = nil
        if case .link? = template.page {
            uri = value.string.flatMap { URI($0) }
        } else {
            point(at: value)
        }
    }

    private mutating func point(at value: JSON) {
        if case .page? = template.page {
            number = value.int ?? number + 1
            values["page"] = value
        } else {
            values["cursor"] = value
        }
    }

    /// The server refused the saved place: read on from the head instead. False: this was not about a saved place.
    mutating func refused(status: Int) -> Bool {
        guard isResuming, [400, 404, 410, 422].contains(status) else { return false }
        isResuming = false
        rest = headNext
        guard let headNext, pages < Limits.pagesPerStream else {
            stop()
            return true
        }
        point(at: headNext)
        return true
    }

    mutating func stop() { isDone = true }

    /// What to remember of this stream; nil: as it was.
    var cursor: PullCursor? {
        guard pages > 0, template.page != nil else {
            return pages > 0 ? PullCursor(request: name, membership: membershipID, next: nil) : nil
        }
        return PullCursor(request: name, membership: membershipID, next: reachedEnd ? nil : rest?.text)
    }
}
