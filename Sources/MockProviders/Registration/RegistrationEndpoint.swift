internal import Wire

// The client registration endpoint (RFC 7591 3) and, below it, the client configuration endpoints (RFC 7592 2).

extension MockProvider {
    /// The folder's clients, and those that registered themselves.
    var clients: [MockClient] {
        traits.clients + newcomers.compactMap { $0.client(speaksFor: traits.clients.first?.speaksFor) }
    }

    /// Whether something is where clients register, or manage that.
    public func isRegistration(_ path: String) -> Bool {
        traits.registration != nil && (path == prefix + traits.paths.register || isConfiguration(path))
    }

    func isConfiguration(_ path: String) -> Bool {
        traits.registration != nil && path.hasPrefix(prefix + traits.paths.register + "/")
    }

    /// Those that registered themselves and are here still, for the ledger.
    var registrations: [(String, JSON)] {
        guard traits.registration != nil else { return [] }
        let rows = newcomers.map { newcomer -> JSON in
            [
                "client": .string(newcomer.id), "registered": .object(newcomer.metadata.registered),
                "secretEndsAt": newcomer.secretEndsAt.map { .string($0.rfc3339) } ?? .null,
            ]
        }
        return [("registrations", .array(rows))]
    }

    mutating func register(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        do throws(OAuthRefusal) {
            guard let terms = traits.registration else { throw .request("nobody registers here") }
            if let token = terms.initialToken, Self.bearer(request) != token { throw Self.tokenRefusal }
            let wish = try ClientWish(try Self.metadata(request), traits)
            var newcomer = Newcomer(
                id: Self.value("cl_", draw), issuedAt: now, metadata: wish, secret: nil, secretSince: now,
                secretEndsAt: nil, token: nil)
            give(&newcomer, newSecret: true, newToken: terms.manages, now: now, draw: draw)
            newcomers.append(newcomer)
            return answer(newcomer, status: 201)
        } catch { return Self.refused(error) }
    }

    mutating func configure(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> HTTPResponse {
        do throws(OAuthRefusal) {
            let id = String(request.path.dropFirst(prefix.utf8.count + traits.paths.register.utf8.count + 1))
            // A client that is not there is told from a wrong token by nobody (RFC 7592 2.1).
            guard let terms = traits.registration, let token = Self.bearer(request),
                let at = newcomers.firstIndex(where: { $0.id == id && $0.token == token })
            else { throw Self.tokenRefusal }
            var newcomer = newcomers[at]
            switch request.method {
            case "GET":
                let left = newcomer.secretEndsAt.map { $0.milliseconds(since: now) * 2 } ?? .max
                let isLate = left < (terms.secretSeconds ?? 0) * 1000
                give(
                    &newcomer, newSecret: terms.renews == .read && isLate, newToken: terms.rotates, now: now,
                    draw: draw)
            case "PUT":
                let json = try Self.metadata(request)
                try Self.checkUpdate(json, of: newcomer)
                newcomer.metadata = try ClientWish(json, traits)
                give(&newcomer, newSecret: terms.renews == .update, newToken: terms.rotates, now: now, draw: draw)
            case "DELETE":
                remove(at, now: now)
                var answer = HTTPResponse(status: 204)
                answer.neverStored()
                return answer
            default: return .refusingMethod(allowed: "GET, PUT, DELETE")
            }
            newcomers[at] = newcomer
            return answer(newcomer)
        } catch { return Self.refused(error) }
    }

    /// RFC 7592 2.3: what the client was given ends with it.
    private mutating func remove(_ at: Int, now: Instant) {
        let newcomer = newcomers.remove(at: at)
        for (number, family) in book.families.enumerated() where family.client == newcomer.id {
            book.revokeFamily(number, because: "the client is gone", at: now)
        }
    }

    /// RFC 7592 2.2: which client it is stands there, and nothing that only the server may say.
    private static func checkUpdate(_ json: JSON, of newcomer: Newcomer) throws(OAuthRefusal) {
        guard json["client_id"]?.string == newcomer.id else { throw .request("client_id is another client's") }
        for name in [
            "registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at",
        ] where json[name] != nil {
            throw .request("\(name) is not the client's to say")
        }
        if let secret = json["client_secret"]?.string, secret != newcomer.secret {
            throw .request("client_secret is not the client's own")
        }
    }

    private mutating func give(
        _ newcomer: inout Newcomer, newSecret: Bool, newToken: Bool, now: Instant, draw: (Int) -> [UInt8]
    ) {
        if newSecret, [.basic, .rawBasic, .post].contains(newcomer.metadata.authentication) {
            let secret = Self.value("cs_", draw)
            newcomer.secret = secret
            newcomer.secretSince = now
            newcomer.secretEndsAt = traits.registration?.secretSeconds.map { now.adding(seconds: $0) }
            book.note("issued", of: "client secret", token: secret, because: newcomer.id, at: now)
        }
        guard newToken, traits.registration?.manages ?? false else { return }
        let token = Self.value("rt_", draw)
        newcomer.token = token
        book.note("issued", of: "registration token", token: token, because: newcomer.id, at: now)
    }

    private func answer(_ newcomer: Newcomer, status: Int = 200) -> HTTPResponse {
        var out = JSONObject([
            ("client_id", .string(newcomer.id)), ("client_id_issued_at", .int(newcomer.issuedAt.seconds)),
        ])
        if let secret = newcomer.secret {
            out["client_secret"] = .string(secret)
            out["client_secret_expires_at"] = .int(newcomer.secretEndsAt?.seconds ?? 0)
        }
        if let token = newcomer.token {
            out["registration_access_token"] = .string(token)
            out["registration_client_uri"] = .string(issuer + traits.paths.register + "/" + newcomer.id)
        }
        for member in newcomer.metadata.registered.members { out[member.name] = member.value }
        var response = HTTPResponse.json(.object(out), status: status)
        response.neverStored()
        return response
    }

    private static let tokenRefusal = OAuthRefusal(
        code: "invalid_token", words: "no registration token, or none that is good", status: 401)

    private static func refused(_ refusal: OAuthRefusal) -> HTTPResponse {
        var response = refusal.response(realm: "registration")
        if refusal.status == 401 { response.headers["WWW-Authenticate"] = "Bearer error=\"invalid_token\"" }
        return response
    }

    private static func metadata(_ request: HTTPRequest) throws(OAuthRefusal) -> JSON {
        guard let type = request.headers["Content-Type"], HeaderGrammar.mediaType(type) == "application/json",
            let json = try? JSON.parse(request.body)
        else { throw OAuthRefusal(code: "invalid_client_metadata", words: "the body is no JSON") }
        return json
    }
}
