import PurserAPI
import PurserEngine
import Wire

/// The redirect URI's end: takes an authorization response and tells the person what became of it.
struct Callback: Sendable {
    let web: Web

    /// Takes a response by the way that the provider's folder asks for, and by no other: nothing of it is looked at else.
    func take(_ provider: String, _ request: HTTPRequest) async throws(Problem) -> HTTPResponse {
        guard !Self.isPrefetch(request) else { return Self.ahead.response }
        let method = web.wallet?.postsResponses(provider) ?? false ? "POST" : "GET"
        guard request.method != method else { return await answer(provider, request) }
        guard ["GET", "POST"].contains(request.method) else { throw RouteTable.wrongMethod([method]) }
        var page = Self.otherWay(isPostAskedFor: method == "POST").response
        page.headers["Allow"] = method
        return page
    }

    /// Whether a browser fetches the address before anybody goes there (Fetch 3.6, and what came before it).
    private static func isPrefetch(_ request: HTTPRequest) -> Bool {
        ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"].contains { name in
            request.headers.all(name).contains { value in
                value.lowercased().split { ";, ".contains($0) }.contains { $0 == "prefetch" || $0 == "preview" }
            }
        }
    }

    /// A browser throws such an answer away, and asks again when the person goes there.
    private static let ahead = Page(
        status: 503, title: "Not yet",
        words: ["Your browser fetched this address ahead of you. Nothing was looked at; open it again."])

    private static func otherWay(isPostAskedFor: Bool) -> Page {
        let (form, address) = ("in a form (response_mode form_post)", "in an address")
        let (asked, came) = isPostAskedFor ? (form, address) : (address, form)
        return Page(
            status: 405, title: "Nothing was linked",
            words: [
                "Purser asks this provider for its response \(asked), and this one came \(came). It was not looked at.",
                "If you wanted to link, start over.",
            ])
    }

    private func answer(_ provider: String, _ request: HTTPRequest) async -> HTTPResponse {
        guard let door = web.wallet else {
            return Page.refused(
                "Purser is sealed", "Nothing was linked. Once the daemon has its key again, start over."
            ).response
        }
        let arrived: ArrivedResponse
        switch Self.read(request) {
        case .success(let found): arrived = found
        case .failure(let malformed): return Page.refused("Nothing was linked", malformed.words).response
        }
        let ending = await door.completeLink(provider, arrived, by: nil)
        if let link = ending.link { web.doors.close(link) }
        web.poke()
        let title = web.catalogue[provider]?.manifest.title ?? "The provider"
        return Self.page(ending, title).response
    }

    private struct Malformed: Error { let words: String }

    private static func read(_ request: HTTPRequest) -> Result<ArrivedResponse, Malformed> {
        guard let query = request.query else {
            return .failure(Malformed(words: "The address this page was called with is malformed."))
        }
        guard request.method == "POST" else { return .success(ArrivedResponse(query)) }
        guard let form = request.form else {
            return .failure(Malformed(words: "What the provider sent is no form, or a malformed one."))
        }
        guard let arrived = ArrivedResponse.posted(form, to: query) else {
            return .failure(
                Malformed(words: "A part of the response stands in the address, and it was asked for in a form."))
        }
        return .success(arrived)
    }

    /// The page for a path that is no provider's redirect URI.
    var unknown: HTTPResponse {
        guard web.wallet != nil else {
            return Page.refused(
                "Purser is sealed", "Nothing was linked. Once the daemon has its key again, start over."
            ).response
        }
        return Self.page(.nobodys, "The provider").response
    }

    private static func page(_ ending: LinkEnding, _ title: String) -> Page {
        switch ending {
        case .linked:
            Page(
                status: 200, title: "\(title) is linked",
                words: ["Purser now pulls your balances by itself.", "You can close this window."])
        case .renewed:
            Page(
                status: 200, title: "\(title) is linked again",
                words: [
                    "This member was linked already: that link goes on with your new consent, and nothing of it is lost.",
                    "You can close this window.",
                ])
        case .anotherMember(let link, let than):
            Page(
                status: 200, title: "\(title): another member",
                words: [
                    "You were to renew the link \(than.rawValue), but another member consented. That link stays as it was.",
                    "Purser holds the new consent as \(link.rawValue) and does nothing with it until you say so: "
                        + "purser resume \(link.rawValue) keeps both, purser unlink \(link.rawValue) gives it up.",
                ])
        case .identifying(_, let why):
            Page(
                status: 200, title: "\(title) is nearly linked",
                words: [
                    "Your consent is kept safe, but \(title) does not answer yet: \(why).",
                    "Purser tries again by itself. You can close this window.",
                ])
        case .failed(_, .denied, _):
            refused("\(title) was not linked", "You said no, and that is that: Purser holds nothing.")
        case .failed(_, _, let why):
            refused(
                "\(title) was not linked",
                "\(why.prefix(1).uppercased())\(why.dropFirst()). Purser holds nothing of it.")
        case .notOurs(let why):
            refused(
                "Nothing was linked",
                "\(why.prefix(1).uppercased())\(why.dropFirst()). If you wanted to link, start over.")
        }
    }

    private static func refused(_ title: String, _ words: String) -> Page { Page.refused(title, words) }
}

/// A small page of ours: no script, no image, nothing from elsewhere.
struct Page: Sendable {
    let status: Int
    let title: String
    let words: [String]

    static func refused(_ title: String, _ words: String) -> Page {
        Page(status: 400, title: title, words: [words, "You can close this window."])
    }

    var response: HTTPResponse {
        let body = words.map { "<p>\(HTML.escaped($0))</p>\n" }.joined()
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(HTML.escaped(title))</title>
            </head>
            <body>
            <main>
            <h1>\(HTML.escaped(title))</h1>
            \(body)</main>
            </body>
            </html>

            """
        var response = HTTPResponse.html(html, status: status)
        response.headers["Content-Security-Policy"] =
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        // For browsers that do not know frame-ancestors.
        response.headers["X-Frame-Options"] = "DENY"
        // The address holds a spent code; no page it leads to needs to know.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    }
}
