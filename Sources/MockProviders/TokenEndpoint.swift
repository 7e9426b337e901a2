internal import Crypto
internal import Wire

// The token endpoint (RFC 6749 3.2): one answer a grant type, each refusal by the name the RFC gives it.

extension MockProvider {
    mutating func token(
        _ request: HTTPRequest, effects: Effects, now: Instant, draw: (Int) -> [UInt8]
    ) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        do throws(OAuthRefusal) {
            let form = try Self.checkedForm(request)
            guard let grant = form["grant_type"] else { throw .request("grant_type is missing") }
            guard traits.grantTypes.contains(grant) else {
                throw OAuthRefusal(code: "unsupported_grant_type", words: "this grant type is not offered")
            }
            let client = try client(request, form, now: now)
            let proven = try serverProof(request, now: now)
            // What a token is bound to: a proof's key, or the connection's certificate (RFC 8705 3).
            let key = traits.bindsCertificates ? certificate.map { "x5t " + $0 } : proven
            let answer: JSON
            switch grant {
            case "authorization_code":
                answer = try exchange(form, client, boundTo: key, effects: effects, now: now, draw: draw)
            case ServerTraits.deviceGrant:
                answer = try device(form, client, boundTo: key, effects: effects, now: now, draw: draw)
            case "client_credentials":
                answer = try ownGrant(form, client, boundTo: key, effects: effects, now: now, draw: draw)
            default: answer = try refresh(form, client, boundTo: key, effects: effects, now: now, draw: draw)
            }
            var response = HTTPResponse.json(answer)
            response.neverStored()
            return response
        } catch {
            return error.response(realm: folder.name)
        }
    }

    /// RFC 7009: an unknown token is as good as revoked. A refresh token takes its family along, save at a server that ends
    /// one token at a time.
    mutating func revoke(_ request: HTTPRequest, now: Instant) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        do throws(OAuthRefusal) {
            let form = try Self.checkedForm(request)
            let client = try client(request, form, now: now)
            guard let value = form["token"] else { throw .request("token is missing") }
            if let token = book.tokens[value] {
                guard book.family(of: token).client == client.id else { throw .grant("the token is another client's") }
                switch token.kind {
                case .refresh where traits.revokesOneToken, .access:
                    book.revoke(value, because: "revoked by the client", at: now)
                case .refresh: book.revokeFamily(token.family, because: "revoked by the client", at: now)
                case .code, .id: break
                }
            }
            var response = HTTPResponse(status: 200)
            response.neverStored()
            return response
        } catch {
            return error.response(realm: folder.name)
        }
    }

    static func checkedForm(_ request: HTTPRequest) throws(OAuthRefusal) -> Form {
        guard let form = request.form else { throw .request("the body is no form") }
        if let name = form.repeated { throw .request("\(name) came twice") }
        return form
    }

    // A code: once, in time, by its own client, for its own redirect URI, with its own verifier. A second use kills
    // what the first one bought (RFC 6749 4.1.2), and so does a failed try.
    private mutating func exchange(
        _ form: Form, _ client: MockClient, boundTo key: String?, effects: Effects, now: Instant,
        draw: (Int) -> [UInt8]
    ) throws(OAuthRefusal) -> JSON {
        guard let value = form["code"] else { throw .request("code is missing") }
        guard let code = book.tokens[value], code.kind == .code, let terms = codes[value] else {
            book.refuse(value, .code, because: "unknown", at: now)
            throw .grant("no such code")
        }
        let family = book.family(of: code)
        if code.spentAt != nil {
            book.refuse(value, .code, because: "used before", at: now)
            book.revokeFamily(code.family, because: "its code was used twice", at: now)
            throw .grant("the code was used before; what it bought is revoked")
        }
        if let words = book.fault(code, at: now) ?? Self.mismatch(form, terms, family, client, key) {
            book.refuse(value, .code, because: words, at: now)
            book.revoke(value, because: "a failed try", at: now)
            throw .grant("the code is not good: \(words)")
        }
        try traits.reach.check(form, against: family.asked)
        book.spend(value, at: now)
        return issue(
            code, scopes: code.scopes, parent: nil, withRefresh: traits.grantTypes.contains("refresh_token"),
            nonce: terms.nonce, boundTo: key, effects: effects, now: now, draw: draw)
    }

    private static func mismatch(
        _ form: Form, _ terms: CodeTerms, _ family: TokenFamily, _ client: MockClient, _ key: String?
    ) -> String? {
        guard family.client == client.id else { return "it is another client's" }
        if let bound = terms.key, bound != key { return "it is bound to another key (dpop_jkt)" }
        guard form["redirect_uri"] == terms.redirectURI else { return "redirect_uri is not the one it was asked with" }
        switch (terms.challenge, form["code_verifier"]) {
        case (nil, nil): return nil
        case (nil, .some): return "a code_verifier without a code_challenge"
        case (.some, nil): return "code_verifier is missing"
        case (let challenge?, let verifier?):
            guard isVerifier(verifier) else { return "code_verifier is malformed" }
            let computed = Base64URL.encode(Hash.sha256(Array(verifier.utf8)))
            return computed == challenge ? nil : "code_verifier does not fit"
        }
    }

    /// RFC 7636 4.1: 43 to 128 characters that stand unescaped in a URI.
    private static func isVerifier(_ text: String) -> Bool {
        (43...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "-._~".utf8.contains(byte)
                }
            }
    }

    private mutating func refresh(
        _ form: Form, _ client: MockClient, boundTo key: String?, effects: Effects, now: Instant,
        draw: (Int) -> [UInt8]
    ) throws(OAuthRefusal) -> JSON {
        guard let value = form["refresh_token"] else { throw .request("refresh_token is missing") }
        guard let token = book.tokens[value], token.kind == .refresh else {
            book.refuse(value, .refresh, because: "unknown", at: now)
            throw over("no such refresh token")
        }
        func no(_ words: String) -> OAuthRefusal { .grant("the refresh token is not good: \(words)") }
        guard book.family(of: token).client == client.id else {
            book.refuse(value, .refresh, because: "another client's", at: now)
            throw no("it is another client's")
        }
        if let words = book.fault(token, at: now) {
            book.refuse(value, .refresh, because: words, at: now)
            throw over("the refresh token is not good: \(words)")
        }
        // A public client's refresh token is bound to its key; another's is bound to the client (RFC 9449 5).
        if client.authentication == .none, token.key != key {
            book.refuse(value, .refresh, because: "bound to another key", at: now)
            throw no("it is bound to another key")
        }
        let scopes = try Self.narrowed(form["scope"], token)
        try traits.reach.check(form, against: book.family(of: token).asked)
        if token.spentAt != nil, !isStillTaken(token, at: now) {
            book.refuse(value, .refresh, because: "used before", at: now)
            if traits.reuseRevokesFamily {
                book.revokeFamily(token.family, because: "a refresh token was used twice", at: now)
            }
            throw no("it was used before")
        }
        if token.spentAt != nil {
            book.spendAgain(value, at: now)
            return issue(
                token, scopes: scopes, parent: value, withRefresh: traits.replay == .parallel,
                repeating: traits.replay == .same ? token.successor : traits.replay == .old ? value : nil, nonce: nil,
                boundTo: key, effects: effects, now: now, draw: draw)
        }
        let replaces = isReplaced(draw)
        if replaces { book.spend(value, at: now) }
        return issue(
            token, scopes: scopes, parent: value, withRefresh: replaces, nonce: nil, boundTo: key, effects: effects,
            now: now, draw: draw)
    }

    /// What a refresh token gets that is no longer there.
    private func over(_ words: String) -> OAuthRefusal { traits.forgetsDeadTokens ? .request(words) : .grant(words) }

    /// At most what was granted (RFC 6749 6).
    private static func narrowed(_ asked: String?, _ token: MockToken) throws(OAuthRefusal) -> [String] {
        guard let asked else { return token.scopes }
        let scopes = asked.split(separator: " ").map(String.init)
        guard !scopes.isEmpty, scopes.allSatisfy(token.scopes.contains) else {
            throw OAuthRefusal(code: "invalid_scope", words: "more is asked for than was granted")
        }
        return scopes
    }

    /// Whether a refresh token that was spent is taken once more.
    func isStillTaken(_ token: MockToken, at now: Instant) -> Bool {
        guard let spentAt = token.spentAt else { return true }
        switch traits.rotation {
        case .none: return true
        case .grace(let seconds): return now <= spentAt.adding(seconds: seconds)
        case .graceUntilUsed(let cap): return !token.isSuperseded && now <= spentAt.adding(seconds: cap)
        case .strict, .sometimes: return false
        }
    }

    private func isReplaced(_ draw: (Int) -> [UInt8]) -> Bool {
        switch traits.rotation {
        case .none: false
        case .grace, .graceUntilUsed, .strict: true
        case .sometimes(let every): Int(draw(1).first ?? 0) % every == 0
        }
    }
}
