import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let rest: [Route] = [
        Route(
            "relink", "POST", "/v1/links/{link}/relink", .scope(.linksManage),
            "Begin a new consent for a link. Denied or abandoned, it leaves the link as it was.",
            body: LinkStarted.renewalSchema, isBodyOptional: true,
            replies: [.json(201, "LinkStarted", "Where the person consents, and until when.")],
            problems: [.notFound, .unknownProvider, .providerBroken, .cannotLink, .providerUnavailable],
            run: { call throws(Problem) in try await RestRoutes(call).relink() }),
        Route(
            "pasteLink", "POST", "/v1/links/{link}/response", .scope(.linksManage),
            "Bring a provider's response by hand: the address at which the browser ended.",
            body: .object(.must("address", .text(upTo: 8192).saying("The whole address; it holds a code."))),
            replies: [.json(200, "Link", "As it stands now.")], problems: [.notFound, .cannotLink, .notActive],
            isSocketOnly: true,
            run: { call throws(Problem) in try await RestRoutes(call).paste() }),
        Route(
            "pauseLink", "POST", "/v1/links/{link}/pause", .scope(.linksManage),
            "Let a link rest: nothing is refreshed or pulled until it is resumed.",
            replies: [.json(200, "Link", "As it stands now.")], problems: [.notFound, .notActive],
            run: { call throws(Problem) in try await RestRoutes(call).pause() }),
        Route(
            "resumeLink", "POST", "/v1/links/{link}/resume", .scope(.linksManage),
            "Let a paused link go on, or answer the question of a suspended one with yes.",
            replies: [.json(200, "Link", "As it stands now.")], problems: [.notFound, .notActive],
            run: { call throws(Problem) in try await RestRoutes(call).resume() }),
    ]
}

/// Consent anew, rest, and going on.
struct RestRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func relink() async throws(Problem) -> HTTPResponse {
        let link = try call.linkID()
        let way = try LinkStart.Way(call.request.body.isEmpty ? nil : try call.object())
        return try await LinkStart(call).run(try await call.link(link).provider, way, renewing: link)
    }

    /// A paste that is not the response costs nothing (`cannotLink`); a link that waits for none is `notActive`.
    func paste() async throws(Problem) -> HTTPResponse {
        let door = try call.door
        guard let starter = call.caller.starter else { throw RouteTable.nothingHere }
        let link = try await call.link(try call.linkID()).id
        guard let address = try call.object()["address"]?.string, (1...8192).contains(address.utf8.count) else {
            throw Problem(.badRequest, "address must be what the browser shows, as text of 8192 bytes at most")
        }
        let ending: PasteEnding
        do { ending = try await door.pasteLink(address, for: link, in: call.wallet, by: starter) } catch {
            throw Problem(error)
        }
        switch ending {
        case .noSuchLink: throw call.noLink(link)
        case .notThat(let why): throw Problem(.cannotLink, why, detail: "nothing is lost: the link still waits")
        case .notWaiting(let why), .dealtWith(.notOurs(let why)): throw Problem(.notActive, why)
        case .dealtWith:
            call.web.doors.close(link)
            call.web.poke()
            let bytes = LinkFragment.rendered(try await call.link(link))
            return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: bytes)
        }
    }

    func pause() async throws(Problem) -> HTTPResponse {
        let door = try call.door
        let link = try await call.link(try call.linkID()).id
        let answer: PauseAnswer
        do { answer = try await door.pause(call.wallet, link) } catch { throw Problem(error) }
        return try await shown(link, answer, "paused")
    }

    func resume() async throws(Problem) -> HTTPResponse {
        let door = try call.door
        let link = try await call.link(try call.linkID()).id
        let answer: PauseAnswer
        do { answer = try await door.resume(call.wallet, link) } catch { throw Problem(error) }
        call.web.poke()
        return try await shown(link, answer, "resumed")
    }

    private func shown(_ link: LinkID, _ answer: PauseAnswer, _ what: String) async throws(Problem) -> HTTPResponse {
        switch answer {
        case .done, .already:
            let bytes = LinkFragment.rendered(try await call.link(link))
            return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: bytes)
        case .cannot(let why): throw Problem(.notActive, "the link cannot be \(what): \(why)")
        case .noSuchLink: throw call.noLink(link)
        }
    }
}
