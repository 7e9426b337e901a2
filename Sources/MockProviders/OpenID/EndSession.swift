internal import Crypto
public import Wire

/// What a client is to be told when somebody has logged out: a logout token, to be POSTed there by whoever serves the
/// provider (OpenID Connect Back-Channel Logout 1.0 2.5).
public struct LogoutCall: Sendable, Hashable {
    /// The client's `backchannel_logout_uri`; on loopback with the port that the person last went back to.
    public let uri: URI
    public let token: String

    /// The request as it is sent.
    public var request: HTTPRequest {
        HTTPRequest(
            "POST", uri.target,
            headers: [
                "Content-Type": "application/x-www-form-urlencoded",
                "Host": String(uri.origin.dropFirst(uri.scheme.utf8.count + 3)),
            ], body: Array(Form([("logout_token", token)]).encoded.utf8))
    }
}

/// Somebody on the page that asks whether they want to log out.
struct Parting: PageTrip {
    /// Where they go afterwards; nil: nowhere.
    let redirectURI: String?
    let state: String?
    let startedAt: Instant
}

// The end of a session (OpenID Connect RP-Initiated Logout 1.0) and who is told of it (Back-Channel Logout 1.0). The
// pretended provider keeps no session in a browser, so that its page asks who somebody is before it logs them out.

extension MockProvider {
    /// Where a session is ended, and what clients may expect of that.
    var logoutMetadata: [(String, JSON)] {
        [
            ("end_session_endpoint", .string(issuer + traits.paths.logout)), ("backchannel_logout_supported", true),
            ("backchannel_logout_session_supported", true),
        ]
    }

    /// The address of the page where people log out.
    public var logoutPage: String { issuer + traits.paths.logout }

    /// The session that a family of tokens grew from (`sid`).
    func session(_ family: Int) -> String {
        Base64URL.encode(Array(Hash.sha256(Array("\(issuer) session \(seed) \(family)".utf8)).prefix(12)))
    }

    mutating func endSession(
        _ request: HTTPRequest, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        let form: Form?
        switch request.method {
        case "GET": form = request.query
        case "POST": form = request.form
        default: return .refusingMethod(allowed: "GET, POST")
        }
        guard let form, form.repeatedNames.isEmpty else { return pages.problem("The request cannot be read.") }
        if request.method == "POST", let ticket = form["ticket"] {
            return logOut(ticket, form, effects: effects, now: now, draw: draw)
        }
        let hint = form["id_token_hint"].flatMap { book.tokens[$0] }.map { book.family(of: $0).client }
        if let named = form["client_id"], let hint, named != hint {
            return pages.problem("The ID token was another application's.")
        }
        let client = clients.first { $0.id == form["client_id"] ?? hint }
        if let uri = form["post_logout_redirect_uri"], client?.allows(uri, among: \.postLogoutURIs) != true {
            return pages.problem("The address to go to afterwards is not one that this application registered.")
        }
        let parting = Parting(
            redirectURI: form["post_logout_redirect_uri"], state: form["state"], startedAt: now)
        return pages.logOut(ticket: kept(parting, draw), people: people)
    }

    private mutating func kept(_ parting: Parting, _ draw: (Int) -> [UInt8]) -> String {
        let ticket = Self.value("lo_", draw)
        partings.keep(parting, ticket: ticket)
        return ticket
    }

    private mutating func logOut(
        _ ticket: String, _ form: Form, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        guard let parting = partings.take(ticket, at: now) else { return pages.problem(Pages.over) }
        guard let person = people.first(where: { $0.subject == form["member"] }) else {
            return pages.logOut(ticket: kept(parting, draw), people: people, hint: Pages.choose)
        }
        endSessions(of: person, twist: effects.logoutToken, now: now, draw: draw)
        guard let uri = parting.redirectURI.flatMap({ URI($0) }) else { return pages.loggedOut() }
        var answer = HTTPResponse.redirect(
            uri.appending(parting.state.map { [("state", $0)] } ?? [])?.text ?? uri.text)
        answer.neverStored()
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer
    }

    /// Every session of a person: clients are told, and grants that do not reach beyond it end (Back-Channel Logout 1.0
    /// 2.7).
    private mutating func endSessions(
        of person: Person, twist: TokenTwist?, now: Instant, draw: (Int) -> [UInt8]
    ) {
        for (number, family) in book.families.enumerated()
        where family.subject == person.subject && family.revokedBecause == nil {
            if let uri = backChannel(of: family) {
                let token = logoutToken(family, number, twist: twist, now: now, draw: draw)
                logoutCalls.append(LogoutCall(uri: uri, token: token))
            }
            if !book.reaches(number, "offline_access") {
                book.revokeFamily(number, because: "logged out", at: now)
            }
        }
    }

    private func backChannel(of family: TokenFamily) -> URI? {
        guard let uri = clients.first(where: { $0.id == family.client })?.backChannelURI else { return nil }
        guard uri.isLoopback, let came = family.cameFrom.flatMap({ URI($0) }), came.isLoopback else { return uri }
        return URI("\(uri.scheme)://\(uri.host):\(came.port)\(uri.target)")
    }

    /// Back-Channel Logout 1.0 2.4.
    private func logoutToken(
        _ family: TokenFamily, _ number: Int, twist: TokenTwist?, now: Instant, draw: (Int) -> [UInt8]
    ) -> String {
        let claims = JSONObject([
            ("iss", .string(issuer)), ("sub", .string(family.subject)), ("aud", .string(family.client)),
            ("iat", .int(now.seconds)), ("exp", .int(now.seconds + 120)),
            ("jti", .string(Self.value("", draw))), ("sid", .string(session(number))),
            ("events", ["http://schemas.openid.net/event/backchannel-logout": [:]]),
        ])
        return signed(claims, traits.signing.idToken, twist: twist, now: now, type: "logout+jwt")
    }
}
