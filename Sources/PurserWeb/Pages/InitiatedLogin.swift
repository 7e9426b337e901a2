import PurserEngine
import Wire

/// Where a provider, or anybody else, may send a browser to have a sign-in begun (`initiate_login_uri`, OpenID Connect Core
/// 4). It says how a link is begun and begins none: no request, no cookie, no redirect, and no look at the store.
struct LoginInitiation: Sendable {
    static let path = "/initiate-login/"

    let web: Web

    func answer(_ provider: String, _ request: HTTPRequest) -> HTTPResponse {
        guard let form = request.method == "POST" ? request.form : request.query else {
            return Self.refused("the request is malformed").response
        }
        let manifest = web.catalogue[provider]?.manifest
        // What is asked in our own name nobody links.
        let issuer = manifest.flatMap { $0.isFeed ? nil : $0.authorization.issuer }
        switch InitiatedLogin.decide(form, issuer: issuer) {
        case .refused(let why): return Self.refused(why).response
        case .told: return Self.told(manifest?.title ?? provider, provider).response
        }
    }

    private static func told(_ title: String, _ provider: String) -> Page {
        Page(
            status: 200, title: "\(title): nothing was begun",
            words: [
                "Another page asked Purser to begin a sign-in at \(title). Only you can begin that, so nothing was done.",
                "If you want to link \(title), run: purser link \(provider)", "Else close this window.",
            ])
    }

    private static func refused(_ why: String) -> Page {
        Page.refused(
            "Nothing was begun", "Another page asked Purser to begin a sign-in, and it was not looked into: \(why).")
    }
}
