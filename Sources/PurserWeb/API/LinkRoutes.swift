import PurserAPI
import PurserEngine
import Wire

/// `/v1/links`, what is below it, and `/v1/sync`.
struct LinkRoutes: Sendable {
    let web: Web
    let door: Wallet
    let wallet: WalletID
    let starter: Starter

    /// How often a waiting request looks again, and how long it may wait.
    private static let pauseMilliseconds: Int64 = 150
    private static let longestWaitSeconds: Int64 = 60

    func all() async throws(Problem) -> HTTPResponse {
        let wallet = wallet
        let snapshot: WalletSnapshot
        do {
            snapshot = try await web.world.store.read { reads throws(StoreError) in try reads.snapshot(wallet) }
        } catch { throw Problem(error) }
        var out = Array(#"{"links":["#.utf8)
        for (index, link) in snapshot.links.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out += link.bytes
        }
        out += Array("]}".utf8)
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: out)
    }

    /// `{"provider": NAME}`; answers where the person consents.
    func start(_ request: HTTPRequest) async throws(Problem) -> HTTPResponse {
        guard let json = try? JSON.parse(request.body), let object = json.object else {
            throw Problem(.badRequest, "the body must be a JSON object like {\"provider\": \"skyways\"}")
        }
        for member in object.members where member.name != "provider" {
            throw Problem(.badRequest, "unknown member \(member.name)", detail: "only provider is known here")
        }
        guard let name = json["provider"]?.string else { throw Problem(.badRequest, "provider is missing") }
        let started: StartedLink
        do { started = try await door.startLink(name, in: wallet, by: starter) } catch { throw Problem(error) }
        let shown = LinkStarted(
            link: started.link.rawValue, authorizationURI: started.authorizationURI.text, expiresAt: started.expiresAt)
        web.poke()
        return .json(shown.json, status: 201)
    }

    /// With `?wait=30s`, answers when what is under way has ended, or when the time is up.
    func one(_ id: String, _ query: Form) async throws(Problem) -> HTTPResponse {
        let link = try linkID(id)
        var left: Int64 = 0
        if let text = query["wait"] {
            guard text.hasSuffix("s"), let seconds = Int64(text.dropLast()),
                (0...Self.longestWaitSeconds).contains(seconds)
            else { throw Problem(.badRequest, "wait must be seconds from 0s to \(Self.longestWaitSeconds)s, like 30s") }
            left = seconds * 1000
        }
        while true {
            let bytes = LinkFragment.rendered(try await found(link))
            let isUnderWay = (try? JSON.parse(bytes)).flatMap(LinkShown.init)?.isUnderWay ?? false
            guard isUnderWay, left > 0 else {
                return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: bytes)
            }
            await web.pause(Self.pauseMilliseconds)
            left -= Self.pauseMilliseconds
        }
    }

    func unlink(_ id: String) async throws(Problem) -> HTTPResponse {
        let link = try linkID(id)
        let receipt: Receipt?
        do { receipt = try await door.unlink(wallet, link) } catch { throw Problem(error) }
        guard let receipt else { throw Self.noLink(link) }
        web.poke()
        let shown = ReceiptShown(
            id: receipt.id.rawValue, link: receipt.link.rawValue, provider: receipt.provider,
            answer: receipt.answer.rawValue, detail: receipt.detail, at: receipt.at)
        return .json(shown.json)
    }

    func sync(_ id: String) async throws(Problem) -> HTTPResponse {
        let link = try linkID(id)
        let shown = try await asked(link)
        web.poke()
        return .json(shown.json, status: 202)
    }

    func syncAll() async throws(Problem) -> HTTPResponse {
        let wallet = wallet
        let links: [Link]
        do {
            links = try await web.world.store.read { reads throws(StoreError) in try reads.links(wallet) }
        } catch { throw Problem(error) }
        var out: [JSON] = []
        for link in links where link.state == .active { out.append(try await asked(link.id).json) }
        web.poke()
        return .json(["links": .array(out)], status: 202)
    }

    private func asked(_ link: LinkID) async throws(Problem) -> SyncShown {
        let answer: PullRequest
        do { answer = try await door.requestPull(wallet, link) } catch { throw Problem(error) }
        switch answer {
        case .due: return SyncShown(link: link.rawValue, answer: .due)
        case .running: return SyncShown(link: link.rawValue, answer: .running)
        case .tooSoon(let again): return SyncShown(link: link.rawValue, answer: .tooSoon, again: again)
        case .notActive: return SyncShown(link: link.rawValue, answer: .notActive)
        case .noSuchLink: throw Self.noLink(link)
        }
    }

    private func found(_ id: LinkID) async throws(Problem) -> Link {
        let wallet = wallet
        let link: Link?
        do {
            link = try await web.world.store.read { reads throws(StoreError) in try reads.link(wallet, id) }
        } catch { throw Problem(error) }
        guard let link else { throw Self.noLink(id) }
        return link
    }

    private func linkID(_ text: String) throws(Problem) -> LinkID {
        guard LinkID.looksRight(text) else { throw Problem(.notFound, "that is no link id (they begin with lnk_)") }
        return LinkID(rawValue: text)
    }

    private static func noLink(_ link: LinkID) -> Problem {
        Problem(.notFound, "no link has the id \(link)", detail: "run: purser links")
    }
}
