import PurserAPI
import PurserEngine
import Wire

/// Begins a link or a renewal, with the door open that its person comes back through.
struct LinkStart: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func run(_ provider: String, renewing link: LinkID? = nil) async throws(Problem) -> HTTPResponse {
        guard let starter = call.caller.starter else { throw RouteTable.nothingHere }
        let door = try call.door
        // First the door, then the link: nobody is sent away who could not come back.
        let hold = try await opened(provider, door)
        let started: StartedLink
        do throws(StartLinkProblem) {
            started =
                if let link {
                    try await door.relink(link, in: call.wallet, by: starter)
                } else {
                    try await door.startLink(provider, in: call.wallet, by: starter)
                }
        } catch {
            if let hold { call.web.doors.release(hold) }
            throw Problem(error, known: call.visibleProviders)
        }
        if let hold { call.web.doors.keep(hold, for: started.link, until: started.expiresAt) }
        let shown = LinkStarted(
            link: started.link.rawValue, authorizationURI: started.authorizationURI.text, expiresAt: started.expiresAt)
        call.web.poke()
        return .json(shown.json, status: 201)
    }

    /// Nil: the daemon listens there anyway, or nobody here ever does.
    private func opened(_ provider: String, _ door: Wallet) async throws(Problem) -> DoorHold? {
        let redirect: String?
        do { redirect = try await door.redirectURI(of: provider) } catch { throw Problem(error) }
        guard let uri = redirect.flatMap({ URI($0) }), call.web.listens(at: uri) == .whilePending else { return nil }
        do { return try call.web.doors.open(uri) } catch {
            throw Problem(
                .cannotLink, "nobody could come back from \(provider): \(error.words)",
                detail: "its redirect URI is \(uri.text); nothing was saved. Free the port, or register another "
                    + "redirect URI: purser client set \(provider)")
        }
    }
}
