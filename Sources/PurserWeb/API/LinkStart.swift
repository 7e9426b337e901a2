import PurserAPI
import PurserEngine
import QRCode
import Wire

/// Begins a link or a renewal, with the door open that its person comes back through.
struct LinkStart: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    /// By which way the person means to answer, instead of a browser that comes back here.
    struct Way: Sendable {
        /// By a code on another device, whatever else the provider offers.
        let device: Bool
        /// By an address that they bring here by hand.
        let paste: Bool

        /// Of a request's body.
        init(_ object: JSONObject?) throws(Problem) {
            device = try Self.flag("device", object)
            paste = try Self.flag("paste", object)
            if device, paste { throw Problem(.badRequest, "with device nothing comes back that could be pasted") }
        }

        private static func flag(_ name: String, _ object: JSONObject?) throws(Problem) -> Bool {
            guard let value = object?[name] else { return false }
            guard let flag = value.bool else { throw Problem(.badRequest, "\(name) must be true or false") }
            return flag
        }
    }

    func run(_ provider: String, _ way: Way, renewing link: LinkID? = nil) async throws(Problem) -> HTTPResponse {
        let device = way.device
        if way.paste, call.web.wallet?.postsResponses(provider) == true {
            throw Problem(
                .cannotLink,
                "\(provider) sends its response in a form (response_mode form_post): there is no address to paste",
                detail: "nothing was saved; link it with a browser that can reach this machine")
        }
        guard let starter = call.caller.starter else { throw RouteTable.nothingHere }
        let door = try call.door
        // First the door, then the link: nobody is sent away who could not come back.
        let hold = device || door.isDeviceOnly(provider) ? nil : try await opened(provider, door)
        let started: StartedLink
        do throws(StartLinkProblem) {
            started =
                if let link {
                    try await door.relink(link, in: call.wallet, by: starter, device: device)
                } else {
                    try await door.startLink(provider, in: call.wallet, by: starter, device: device)
                }
        } catch {
            if let hold { call.web.doors.release(hold) }
            throw Problem(error, known: call.visibleProviders)
        }
        if let hold { call.web.doors.keep(hold, for: started.link, until: started.expiresAt) }
        let shown = LinkStarted(
            link: started.link.rawValue, authorizationURI: started.authorizationURI.text, expiresAt: started.expiresAt,
            device: started.device.map(Self.shown))
        call.web.poke()
        return .json(shown.json, status: 201)
    }

    private static func shown(_ prompt: DevicePrompt) -> LinkStarted.Device {
        let complete = prompt.verificationURIComplete?.text
        return LinkStarted.Device(
            userCode: prompt.userCode, verificationURI: prompt.verificationURI.text, verificationURIComplete: complete,
            qr: QRCode(complete ?? prompt.verificationURI.text)?.rows ?? [])
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
