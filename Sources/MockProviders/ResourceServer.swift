internal import Crypto
internal import Wire

// The resource server: who may (RFC 6750), then what the folder's routes say.

/// Why a bearer request is turned away (RFC 6750 3).
struct BearerRefusal: Error, Sendable {
    let status: Int
    /// Nil: no token came, so no error is named (RFC 6750 3.1).
    let code: String?
    let words: String
    var scope: String?
    var scheme = "Bearer"

    func challenge(realm: String) -> String {
        var out = "\(scheme) realm=\"\(realm)\""
        if let code { out += ", error=\"\(code)\", error_description=\"\(words)\"" }
        if let scope { out += ", scope=\"\(scope)\"" }
        return out
    }
}

extension MockProvider {
    /// The member a request's access token speaks for.
    private mutating func member(
        _ request: HTTPRequest, scope: String?, now: Instant
    ) throws(BearerRefusal) -> Person {
        let subject = book.family(of: try presented(request, scope: scope, now: now)).subject
        guard let person = people.first(where: { $0.subject == subject }) else {
            throw BearerRefusal(status: 401, code: "invalid_token", words: "the member is gone")
        }
        return person
    }

    /// The access token that a request shows, if it is good and reaches that far.
    mutating func presented(
        _ request: HTTPRequest, scope: String?, now: Instant
    ) throws(BearerRefusal) -> MockToken {
        guard request.headers["Authorization"] != nil else {
            throw BearerRefusal(status: 401, code: nil, words: "no access token came with the request")
        }
        guard let value = Self.bearer(request) else {
            throw BearerRefusal(status: 401, code: "invalid_token", words: "the Authorization header holds no token")
        }
        guard let token = book.tokens[value], token.kind == .access else {
            book.refuse(value, .access, because: "unknown", at: now)
            throw BearerRefusal(status: 401, code: "invalid_token", words: "the access token is not known")
        }
        if let words = book.fault(token, at: now) {
            book.refuse(value, .access, because: words, at: now)
            throw BearerRefusal(status: 401, code: "invalid_token", words: "the access token is not good: \(words)")
        }
        try checkBinding(request, token, now: now)
        book.spend(value, at: now)
        if let scope, !token.scopes.contains(scope) {
            throw BearerRefusal(
                status: 403, code: "insufficient_scope", words: "the access token does not reach this", scope: scope)
        }
        return token
    }

    /// A bound token comes with a proof of its own key, and never as Bearer (RFC 9449 7.1, 7.2).
    private mutating func checkBinding(
        _ request: HTTPRequest, _ token: MockToken, now: Instant
    ) throws(BearerRefusal) {
        func no(_ code: String, _ words: String) -> BearerRefusal {
            BearerRefusal(status: 401, code: code, words: words, scheme: "DPoP")
        }
        guard let key = token.key else {
            if Self.isProven(request) { throw no("invalid_token", "the access token is bound to no key") }
            return
        }
        if traits.bindsCertificates {
            guard certificate.map({ "x5t " + $0 }) == key else {
                book.refuse(token.value, .access, because: "another certificate", at: now)
                throw BearerRefusal(
                    status: 401, code: "invalid_token", words: "the access token is bound to another certificate")
            }
            return
        }
        guard Self.isProven(request) else { throw no("invalid_token", "the access token is bound to a key") }
        do {
            guard try proof(request, access: token.value, now: now) == key else {
                throw ProofRefusal.wrong("the proof is of another key")
            }
        } catch ProofRefusal.nonce {
            throw no("use_dpop_nonce", "a proof carries the server's nonce here")
        } catch ProofRefusal.wrong(let words) {
            book.refuse(token.value, .access, because: words, at: now)
            throw no("invalid_dpop_proof", words)
        } catch { throw no("invalid_dpop_proof", "\(error)") }
    }

    /// OpenID Connect Core 5.3.
    mutating func userinfo(_ request: HTTPRequest, effects: Effects, now: Instant) -> HTTPResponse {
        guard ["GET", "POST"].contains(request.method) else { return .refusingMethod(allowed: "GET, POST") }
        do throws(BearerRefusal) {
            let person = try member(request, scope: "openid", now: now)
            let claims = JSONObject([
                ("sub", .string(person.subject)), ("name", .string(person.name)),
                ("given_name", .string(person.first)), ("family_name", .string(person.last)),
                ("email", .string(person.email)),
            ])
            let client = Self.bearer(request).flatMap { book.tokens[$0] }.map { book.family(of: $0).client }
            var answer = userinfoAnswer(claims, client: client ?? "", effects: effects, now: now)
            answer.neverStored()
            return answer
        } catch {
            return turnedAway(error)
        }
    }

    /// An answer of the loyalty API by the folder's routes.
    mutating func resource(_ request: HTTPRequest, now: Instant) -> HTTPResponse {
        if let stumble = folder.routes.stumble, requests[Endpoint.api.rawValue, default: 0] % stumble.every == 0 {
            return stumble.response
        }
        guard request.path.hasPrefix(folder.apiPath + "/") else { return .text("nothing is here\n", status: 404) }
        let path = String(request.path.dropFirst(folder.apiPath.count))
        let fitting = folder.routes.routes.compactMap { route in route.match(path).map { (route, $0) } }
        guard let (route, parameters) = fitting.first(where: { $0.0.method == request.method }) else {
            guard !fitting.isEmpty else { return refused(404, "not_found", "there is no such resource") }
            var answer = refused(405, "method_not_allowed", "this method is not taken here")
            answer.headers["Allow"] = fitting.map(\.0.method).joined(separator: ", ")
            return answer
        }
        do throws(BearerRefusal) {
            let person = try member(request, scope: route.scope, now: now)
            let root = truth(of: person, now: now)
            guard let query = Self.asked(request) else {
                return refused(400, "bad_request", "the query cannot be read")
            }
            switch route.body(root: root, parameters: parameters, query: query) {
            case .found(let body, let next):
                var answer = HTTPResponse.json(body, status: route.status)
                if let next { answer.headers["Link"] = "<\(request.path)?\(next.encoded)>; rel=\"next\"" }
                answer.headers["Cache-Control"] = "no-store"
                for header in route.headers { answer.headers[header.name] = header.value }
                return route.hasTag ? Self.tagged(answer, asked: request.headers["If-None-Match"]) : answer
            case .notTheirs: return refused(404, "not_found", "there is no such member")
            case .badParameter(let words): return refused(400, "bad_request", words)
            }
        } catch {
            return turnedAway(error)
        }
    }

    /// What a request asks for: its query, and the members of a JSON body that are texts or numbers.
    private static func asked(_ request: HTTPRequest) -> Form? {
        guard var query = request.query else { return nil }
        guard request.method == "POST", !request.body.isEmpty else { return query }
        guard let object = (try? JSON.parse(request.body))?.object else { return nil }
        for member in object.members {
            if let text = member.value.string ?? member.value.number?.text {
                query.fields.append(Form.Field(name: member.name, value: text))
            }
        }
        return query
    }

    /// RFC 9110 8.8.3 and 13.1.2: the tag says all that the answer does, and who has it gets no other.
    private static func tagged(_ answer: HTTPResponse, asked: String?) -> HTTPResponse {
        var answer = answer
        let told = answer.body + Array((answer.headers["Link"] ?? "").utf8)
        let tag = "\"" + Hex.encode(Hash.sha256(told).prefix(12)) + "\""
        answer.headers["ETag"] = tag
        guard asked == tag else { return answer }
        answer.status = 304
        answer.body = []
        for name in ["Link", "Content-Type"] { answer.headers[name] = nil }
        return answer
    }

    func turnedAway(_ refusal: BearerRefusal) -> HTTPResponse {
        if traits.forbidsDeadTokens, refusal.status == 401 { return .text("Forbidden\n", status: 403) }
        var answer = refused(refusal.status, refusal.code ?? "unauthorized", refusal.words)
        answer.headers["WWW-Authenticate"] = refusal.challenge(realm: folder.name)
        return answer
    }

    private func refused(_ status: Int, _ code: String, _ words: String) -> HTTPResponse {
        let truth: JSON = ["status": .int(status), "error": .string(code), "message": .string(words)]
        var answer = HTTPResponse.json(Template.render(folder.routes.error, [truth]) ?? truth, status: status)
        answer.neverStored()
        return answer
    }
}
