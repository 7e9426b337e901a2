internal import Wire

// The device authorization grant (RFC 8628): the endpoint that gives codes out, the page that takes them, and what the
// token endpoint says of them.

extension MockProvider {
    /// The device code behind a user code that somebody was shown; for tests that follow it.
    public func deviceCode(of userCode: String) -> String? { devices.waiting(for: userCode)?.code }

    /// RFC 8628 3.1 and 3.2.
    mutating func deviceAuthorization(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        do throws(OAuthRefusal) {
            let form = try Self.checkedForm(request)
            let client = try client(request, form, now: now)
            let asked = (form["scope"] ?? "").split(separator: " ").map(String.init)
            guard !asked.isEmpty, asked.allSatisfy({ name in traits.scopes.contains { $0.name == name } }) else {
                throw OAuthRefusal(
                    code: "invalid_scope", words: "the scope is empty or names something that is not offered")
            }
            let device = Device(
                code: Self.value("dc_", draw), userCode: Self.userCode(draw), client: client, scopes: asked,
                endsAt: now.adding(seconds: traits.deviceSeconds), interval: traits.deviceInterval)
            devices.add(device, now: now)
            let page = issuer + traits.paths.verify
            var answer = HTTPResponse.json([
                "device_code": .string(device.code), "user_code": .string(device.userCode),
                "verification_uri": .string(page),
                "verification_uri_complete": .string(page + "?" + Form([("user_code", device.userCode)]).encoded),
                "expires_in": .int(traits.deviceSeconds), "interval": .int(traits.deviceInterval),
            ])
            answer.neverStored()
            return answer
        } catch {
            return error.response(realm: folder.name)
        }
    }

    /// Eight letters in which no word stands and none is taken for another (RFC 8628 6.1).
    private static func userCode(_ draw: (Int) -> [UInt8]) -> String {
        let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
        let drawn = draw(8).map { letters[Int($0) % letters.count] }
        return String(drawn.prefix(4)) + "-" + String(drawn.suffix(4))
    }

    /// The page that takes a user code; from there on it is sign-in and consent as with a browser.
    mutating func verify(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> HTTPResponse {
        switch request.method {
        case "GET": return pages.enterCode(request.query?["user_code"] ?? "")
        case "POST": break
        default: return .refusingMethod(allowed: "GET, POST")
        }
        let entered = request.form?["user_code"] ?? ""
        guard let device = devices.waiting(for: entered), case .none = device.answer, now < device.endsAt else {
            return pages.enterCode(entered, hint: "There is no such code, or it is too old.")
        }
        let visit = Visit(
            client: device.client, redirectURI: "", state: nil, nonce: nil, challenge: nil, key: nil,
            scopes: device.scopes,
            startedAt: now, deviceCode: device.code)
        let ticket = Self.value("tk_", draw)
        visits.keep(visit, ticket: ticket)
        return pages.signIn(visit, ticket: ticket, people: people)
    }

    /// The person has decided.
    mutating func answered(_ code: String, _ decision: String?, by subject: String, now: Instant) -> HTTPResponse {
        guard var device = devices[code], case .none = device.answer, now < device.endsAt else {
            return pages.problem("The code was used already, or it is too old.")
        }
        switch decision {
        case "allow":
            device.answer = .allowed
            let family = book.begin(client: device.client.id, subject: subject, at: now)
            book.issue(
                MockToken(
                    value: code, kind: .code, family: family, generation: 0, scopes: device.scopes,
                    endsAt: device.endsAt), at: now)
        case "deny": device.answer = .denied
        default: return pages.problem("Neither Allow nor Deny was chosen.")
        }
        devices[code] = device
        return pages.deviceAnswered(decision == "allow")
    }

    /// RFC 8628 3.4 and 3.5. A code that has brought tokens is good no longer; asking again ends nothing.
    mutating func device(
        _ form: Form, _ client: MockClient, boundTo key: String?, effects: Effects, now: Instant,
        draw: (Int) -> [UInt8]
    ) throws(OAuthRefusal) -> JSON {
        guard let value = form["device_code"] else { throw .request("device_code is missing") }
        guard var device = devices[value], device.client.id == client.id else {
            book.refuse(value, .code, because: "unknown", at: now)
            throw .grant("no such device code")
        }
        defer { devices[value] = device }
        let isTooSoon = device.askedAt.map { now < $0.adding(seconds: device.interval) } ?? false
        device.askedAt = now
        switch device.answer {
        case .denied: throw OAuthRefusal(code: "access_denied", words: "the member said no")
        case .spent:
            book.refuse(value, .code, because: "a device code that was used up", at: now)
            throw .grant("the device code was used up")
        case .none, .allowed: break
        }
        guard now < device.endsAt else { throw OAuthRefusal(code: "expired_token", words: "the code is too old") }
        if isTooSoon {
            device.interval += 5
            book.note("too-soon", of: "code", because: "asked more often than it may be", at: now)
            throw OAuthRefusal(code: "slow_down", words: "asked too often")
        }
        guard case .allowed = device.answer, let code = book.tokens[value] else {
            throw OAuthRefusal(code: "authorization_pending", words: "the member has not answered yet")
        }
        device.answer = .spent
        book.spend(value, at: now)
        return issue(
            code, scopes: code.scopes, parent: nil, withRefresh: traits.grantTypes.contains("refresh_token"),
            nonce: nil, boundTo: key, effects: effects, now: now, draw: draw)
    }
}
