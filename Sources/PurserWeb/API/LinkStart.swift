import PurserAPI
import PurserEngine
import QRCode
import Wire

/// Begins a link or a renewal, with the door open that its person comes back through.
struct LinkStart: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    /// Whether a body asks for a code instead of a browser that comes back.
    static func wantsDevice(_ object: JSONObject) throws(Problem) -> Bool {
        guard let value = object["device"] else { return false }
        guard let isDevice = value.bool else { throw Problem(.badRequest, "device must be true or false") }
        return isDevice
    }

    /// - Parameter device: the person answers on another device, whatever else the provider offers.
    func run(_ provider: String, device: Bool, renewing link: LinkID? = nil) async throws(Problem) -> HTTPResponse {
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
