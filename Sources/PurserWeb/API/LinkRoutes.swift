import PurserAPI
import PurserEngine
import Wire

extension Route {
    private static let wait = Parameter(
        "wait", .text("^([0-9]|[1-5][0-9]|60)s$"),
        "Answer when what is under way has ended, or after so long: `30s`; at most `60s`.")

    private static let logout = Parameter(
        "logout", .text("^(true|false)$"),
        "Say besides where the person ends their session at the provider: `true`.")

    static let links: [Route] = [
        Route(
            "listLinks", "GET", "/v1/links", .one(of: [.balancesRead, .linksManage]), "Every link, oldest first.",
            replies: [.json(200, "Links", "All of them, failed ones too.")],
            run: { call throws(Problem) in try await LinkRoutes(call).all() }),
        Route(
            "startLink", "POST", "/v1/links", .scope(.linksManage), "Begin a link.",
            body: LinkStarted.requestSchema,
            replies: [.json(201, "LinkStarted", "Where the person consents, and until when.")],
            problems: [.unknownProvider, .providerBroken, .cannotLink, .providerUnavailable],
            run: { call throws(Problem) in try await LinkRoutes(call).start() }),
        Route(
            "getLink", "GET", "/v1/links/{link}", .one(of: [.balancesRead, .linksManage]), "One link.",
            parameters: [wait], replies: [.json(200, "Link", "As it stands.")], problems: [.notFound],
            run: { call throws(Problem) in try await LinkRoutes(call).one() }),
        Route(
            "getStory", "GET", "/v1/links/{link}/story", .scope(.linksManage),
            "What became of a link's tokens, oldest first, without any secret.",
            replies: [.json(200, "Story", "Its custody journal, and how it stands.")], problems: [.notFound],
            run: { call throws(Problem) in try await LinkRoutes(call).story() }),
        Route(
            "unlink", "DELETE", "/v1/links/{link}", .scope(.linksManage),
            "Revoke the grant at the provider and delete everything of the link here.", parameters: [logout],
            replies: [.json(200, "Receipt", "What the provider answered.")], problems: [.notFound],
            run: { call throws(Problem) in try await LinkRoutes(call).unlink() }),
        Route(
            "syncLink", "POST", "/v1/links/{link}/sync", .scope(.linksManage), "Pull one link now.",
            replies: [.json(202, "Sync", "What asking for it came to.")], problems: [.notFound],
            run: { call throws(Problem) in try await LinkRoutes(call).sync() }),
        Route(
            "syncAll", "POST", "/v1/sync", .scope(.linksManage), "Pull every active link now.",
            replies: [.json(202, "Syncs", "What asking came to, by link.")],
            run: { call throws(Problem) in try await LinkRoutes(call).syncAll() }),
    ]
}

/// `/v1/links`, what is below it, and `/v1/sync`.
struct LinkRoutes: Sendable {
    private let call: Call
    private var web: Web { call.web }
    private var wallet: WalletID { call.wallet }

    init(_ call: Call) { self.call = call }

    /// How often a waiting request looks again, and how long it may wait.
    private static let pauseMilliseconds: Int64 = 150
    private static let longestWaitSeconds: Int64 = 60

    func all() async throws(Problem) -> HTTPResponse {
        let (wallet, sight) = (wallet, call.caller.sight)
        let snapshot = try await call.read { reads throws(StoreError) in try reads.snapshot(wallet, seeing: sight) }
        var out = Array(#"{"links":["#.utf8)
        for (index, link) in snapshot.links.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += link.bytes
        }
        out += Array("]}".utf8)
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: out)
    }

    /// `{"provider": NAME, "device": true}`; answers where the person consents.
    func start() async throws(Problem) -> HTTPResponse {
        let object = try call.object()
        guard let name = object["provider"]?.string else {
            throw Problem(.badRequest, "provider must be the name of one, as text")
        }
        let known = call.visibleProviders
        guard known.contains(name) else { throw Problem.unknownProvider("no provider has that name", known) }
        return try await LinkStart(call).run(name, try LinkStart.Way(object))
    }

    /// With `?wait=30s`, answers when what is under way has ended, or when the time is up.
    func one() async throws(Problem) -> HTTPResponse {
        let link = try call.linkID()
        var left: Int64 = 0
        if let text = call.query["wait"] {
            guard text.hasSuffix("s"), let seconds = Int64(text.dropLast()),
                (0...Self.longestWaitSeconds).contains(seconds)
            else { throw Problem(.badRequest, "wait must be seconds from 0s to \(Self.longestWaitSeconds)s, like 30s") }
            left = seconds * 1000
        }
        while true {
            let bytes = LinkFragment.rendered(try await call.link(link))
            let isUnderWay = (try? JSON.parse(bytes)).flatMap(LinkShown.init)?.isUnderWay ?? false
            guard isUnderWay, left > 0 else {
                return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: bytes)
            }
            await web.pause(Self.pauseMilliseconds)
            left -= Self.pauseMilliseconds
        }
    }

    /// All of one state: the story, the link as it stands, and how long its access token lasts.
    func story() async throws(Problem) -> HTTPResponse {
        let (wallet, id) = (wallet, try await call.link(try call.linkID()).id)
        let found = try await call.read { reads throws(StoreError) -> JSON? in
            guard let link = try reads.link(wallet, id), let shown = try? JSON.parse(LinkFragment.rendered(link)) else {
                return nil
            }
            let events = try reads.custodyEvents(wallet, id).map { event in
                StoryShown.Event(
                    at: event.at, kind: event.shownKind, generation: event.generation, words: event.words,
                    detail: event.shownDetail)
            }
            return StoryShown.json(
                shown, accessEndsAt: try reads.grant(wallet, id)?.accessEndsAt, events,
                forgotten: try reads.forgottenEvents(wallet, id), after: Limits.storyFirst)
        }
        guard let found else { throw call.noLink(id) }
        return .json(found)
    }

    func unlink() async throws(Problem) -> HTTPResponse {
        let door = try call.door
        let wish = call.query["logout"] ?? "false"
        guard ["true", "false"].contains(wish) else { throw Problem(.badRequest, "logout must be true or false") }
        let link = try await call.link(try call.linkID()).id
        let receipt: Receipt?
        do { receipt = try await door.unlink(wallet, link) } catch { throw Problem(error) }
        guard let receipt else { throw call.noLink(link) }
        web.doors.close(link)
        web.poke()
        let logout = wish == "true" ? await sessionEnd(receipt.provider, door) : nil
        return .json(ReceiptShown(receipt, logout: logout).json)
    }

    private func sessionEnd(_ provider: String, _ door: Wallet) async -> ReceiptShown.Logout {
        switch await door.endSession(provider) {
        case .page(let uri): .page(uri.text)
        case .none(let why): .problem(why)
        }
    }

    func sync() async throws(Problem) -> HTTPResponse {
        let link = try await call.link(try call.linkID()).id
        guard let shown = try await asked(link) else { throw call.noLink(link) }
        web.poke()
        return .json(shown.json, status: 202)
    }

    func syncAll() async throws(Problem) -> HTTPResponse {
        let wallet = wallet
        let links = try await call.read { reads throws(StoreError) in try reads.links(wallet) }
        var out: [JSON] = []
        for link in links where link.state == .active && call.caller.sight.sees(link.provider) {
            if let shown = try await asked(link.id) { out.append(shown.json) }
        }
        web.poke()
        return .json(["links": .array(out)], status: 202)
    }

    /// Nil: it is gone meanwhile.
    private func asked(_ link: LinkID) async throws(Problem) -> SyncShown? {
        let door = try call.door
        let answer: PullRequest
        do { answer = try await door.requestPull(wallet, link) } catch { throw Problem(error) }
        return answer.shown.map { SyncShown(link: link.rawValue, answer: $0, again: $1) }
    }
}

extension PullRequest {
    /// In the API's words; nil: there is nothing to pull.
    var shown: (SyncShown.Answer, again: Instant?)? {
        switch self {
        case .due: (.due, nil)
        case .running: (.running, nil)
        case .tooSoon(let again): (.tooSoon, again)
        case .notActive: (.notActive, nil)
        case .noSuchLink: nil
        }
    }
}

extension Call {
    /// The link that the path names.
    func linkID() throws(Problem) -> LinkID {
        let text = self["link"]
        guard LinkID.looksRight(text) else { throw Problem(.notFound, "that is no link id (they begin with lnk_)") }
        return LinkID(rawValue: text)
    }

    func link(_ id: LinkID) async throws(Problem) -> Link {
        let wallet = wallet
        let link = try await read { reads throws(StoreError) in try reads.link(wallet, id) }
        guard let link, caller.sight.sees(link.provider) else { throw noLink(id) }
        return link
    }

    func noLink(_ link: LinkID) -> Problem {
        Problem(.notFound, "no link has the id \(link)", detail: "run: purser links")
    }
}
