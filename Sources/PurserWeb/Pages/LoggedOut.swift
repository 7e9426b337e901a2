import PurserEngine
import Wire

/// Where people come back to from a provider's logout page (OpenID Connect RP-Initiated Logout 1.0 3). By then nothing of
/// the link is left here: it only says so.
struct LoggedOut: Sendable {
    static let path = "/loggedout/"

    let web: Web

    func answer(_ provider: String, _ request: HTTPRequest) async -> HTTPResponse {
        guard let door = web.wallet else { return Self.unknown("purser is sealed").response }
        guard let query = request.query else {
            return Self.unknown("the address this page was called with is malformed").response
        }
        switch await door.loggedOut(provider, query) {
        case .loggedOut: return Self.done(web.catalogue[provider]?.manifest.title ?? "the provider").response
        case .notOurs(let why): return Self.unknown(why).response
        }
    }

    private static func done(_ title: String) -> Page {
        Page(
            status: 200, title: "You are logged out of \(title)",
            words: [
                "The provider says that your session there has ended. The link was unlinked before: purser holds nothing of it.",
                "You can close this window.",
            ])
    }

    private static func unknown(_ why: String) -> Page {
        Page.refused(
            "Nothing is known of this logout",
            "\(why.prefix(1).uppercased())\(why.dropFirst()). Whether you are logged out the provider\u{2019}s own page tells. "
                + "Nothing was changed here.")
    }
}
