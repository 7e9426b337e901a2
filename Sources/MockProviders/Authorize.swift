internal import Crypto
internal import Wire

// The authorization endpoint (RFC 6749 3.1, OpenID Connect Core 3.1.2): sign-in, consent, redirect. Until the client
// and its redirect URI are known to belong together, an error is a page and never a redirect (RFC 6749 4.1.2.1).

/// Why an authorization request ends before anybody signs in.
private enum AuthorizationRefusal: Error {
    case page(String)
    case redirect(uri: String, state: String?, way: ResponseWay, code: String, words: String)
}

extension MockProvider {
    mutating func authorize(
        _ request: HTTPRequest, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        let form: Form?
        switch request.method {
        case "GET": form = request.query
        case "POST": form = request.form
        default: return .refusingMethod(allowed: "GET, POST")
        }
        guard let form else { return pages.problem("The request cannot be read.") }
        if request.method == "POST", let ticket = form["ticket"] {
            return goOn(ticket, form, effects: effects, now: now, draw: draw)
        }
        let brought = brought(form, now: now)
        guard let form = brought.form else { return pages.problem(brought.problem ?? "") }
        do throws(AuthorizationRefusal) {
            let visit = try visit(form, now: now)
            let ticket = Self.value("tk_", draw)
            visits.keep(visit, ticket: ticket)
            // Somebody who is named (OpenID Connect Core 3.1.2.1, `login_hint`) need not be looked for among all.
            let hinted = form["login_hint"].flatMap { hint in people.first { $0.subject == hint } }
            return pages.signIn(visit, ticket: ticket, people: hinted.map { [$0] } ?? people)
        } catch {
            switch error {
            case .page(let words): return pages.problem(words)
            case .redirect(let uri, let state, let way, let code, let words):
                return sentBack(uri, state, [("error", code), ("error_description", words)], by: way, effects, now)
            }
        }
    }

    /// The answer to a form: the consent page after sign-in, the redirect after consent.
    private mutating func goOn(
        _ ticket: String, _ form: Form, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        guard form.repeatedNames.isEmpty, var visit = visits.take(ticket, at: now) else {
            return pages.problem(Pages.over)
        }
        guard let subject = visit.subject else {
            guard let person = people.first(where: { $0.subject == form["member"] }) else {
                let again = Self.value("tk_", draw)
                visits.keep(visit, ticket: again)
                return pages.signIn(visit, ticket: again, people: people, hint: Pages.choose)
            }
            visit.subject = person.subject
            let next = Self.value("tk_", draw)
            visits.keep(visit, ticket: next)
            return pages.consent(visit, ticket: next, person: person)
        }
        if let device = visit.deviceCode {
            return answered(device, form["decision"], by: subject, now: now)
        }
        switch form["decision"] {
        case "allow":
            let code = issueCode(visit, subject, now: now, draw: draw)
            return sentBack(visit.redirectURI, visit.state, [("code", code)], by: visit.way, effects, now)
        case "deny":
            return sentBack(
                visit.redirectURI, visit.state,
                [("error", "access_denied"), ("error_description", "the member said no")], by: visit.way, effects, now)
        default: return pages.problem("Neither Allow nor Deny was chosen.")
        }
    }

    private mutating func issueCode(
        _ visit: Visit, _ subject: String, now: Instant, draw: (Int) -> [UInt8]
    ) -> String {
        let code = Self.value("ac_", draw)
        let family = book.begin(
            client: visit.client.id, subject: subject, from: visit.redirectURI, asked: visit.asked, at: now)
        book.issue(
            MockToken(
                value: code, kind: .code, family: family, generation: 0, scopes: visit.scopes,
                endsAt: now.adding(seconds: traits.codeSeconds)), at: now)
        codes[code] = CodeTerms(
            redirectURI: visit.redirectURI, challenge: visit.challenge, key: visit.key, nonce: visit.nonce)
        return code
    }

    /// An authorization response: `state` as it came, `iss` where this server sends it (RFC 9207).
    /// A signed one has both inside, always.
    private func sentBack(
        _ uri: String, _ state: String?, _ parameters: [(String, String)], by way: ResponseWay, _ effects: Effects,
        _ now: Instant
    ) -> HTTPResponse {
        var all = parameters
        if let state { all.append(("state", state)) }
        if let client = way.signedFor {
            all = signedResponse(all, for: client, effects: effects, now: now)
        } else if traits.sendsIssuer {
            all.append(("iss", issuer))
        }
        guard let target = URI(uri) else { return pages.problem("The redirect address cannot be used.") }
        if way.isPosted { return pages.sendingBack(to: target, effects.twisted(Form(all))) }
        var answer = HTTPResponse.redirect(target.appending(all)?.text ?? target.text)
        answer.neverStored()
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer
    }

    private func visit(_ form: Form, now: Instant) throws(AuthorizationRefusal) -> Visit {
        guard form.all("client_id").count == 1, let id = form["client_id"],
            let client = clients.first(where: { $0.id == id })
        else { throw .page("This application is not registered here.") }
        guard form.all("redirect_uri").count == 1, let uri = form["redirect_uri"], client.allows(uri) else {
            throw .page("The address to go back to is not one that this application registered.")
        }
        let state = form.all("state").count == 1 ? form["state"] : nil
        let way = ResponseWay(asked: form, traits)
        func no(_ code: String, _ words: String) -> AuthorizationRefusal {
            .redirect(uri: uri, state: state, way: way, code: code, words: words)
        }
        if let name = form.repeated { throw no("invalid_request", "\(name) came twice") }
        guard let type = form["response_type"] else { throw no("invalid_request", "response_type is missing") }
        guard type == "code" else {
            throw no("unsupported_response_type", "only response_type=code; the implicit grant is not offered")
        }
        if form["request"] != nil { throw no("request_not_supported", "request objects are not taken") }
        if form["request_uri"] != nil { throw no("request_uri_not_supported", "request objects are not taken") }
        if let mode = form["response_mode"], !traits.responseModes.contains(mode) {
            throw no("invalid_request", "response_mode is one of \(traits.responseModes)")
        }
        let asked = (form["scope"] ?? "").split(separator: " ").map(String.init)
        guard !asked.isEmpty, asked.allSatisfy({ name in traits.scopes.contains { $0.name == name } }) else {
            throw no("invalid_scope", "the scope is empty or names something that is not offered")
        }
        if form["prompt"]?.split(separator: " ").contains("none") == true {
            throw no("login_required", "nobody is signed in")
        }
        if traits.proofs?.bindsCodes == true, form["dpop_jkt"] == nil {
            throw no("invalid_request", "dpop_jkt is missing (codes are bound to a key here)")
        }
        let asksFor: AskedFor
        do throws(OAuthRefusal) { asksFor = try traits.reach.asked(form) } catch { throw no(error.code, error.words) }
        let challenge: String?
        switch (form["code_challenge"], form["code_challenge_method"]) {
        case (nil, nil) where !traits.requiresPKCE: challenge = nil
        case (nil, _): throw no("invalid_request", "code_challenge is missing (PKCE is required)")
        case (let value?, "S256"?):
            guard Base64URL.decode(value)?.count == 32 else {
                throw no("invalid_request", "code_challenge is malformed")
            }
            challenge = value
        default: throw no("invalid_request", "code_challenge_method must be S256")
        }
        return Visit(
            client: client, redirectURI: uri, state: state, nonce: form["nonce"], challenge: challenge,
            key: form["dpop_jkt"],
            scopes: asked.enumerated().filter { asked.firstIndex(of: $0.element) == $0.offset }.map(\.element)
                .filter { !traits.withheld.contains($0) },
            asked: asksFor, way: way, startedAt: now)
    }
}
