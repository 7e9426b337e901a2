internal import Wire

/// What a pushed request is kept under until a browser brings it (RFC 9126).
struct Pushed: Sendable {
    let client: String
    let form: Form
    let endsAt: Instant
}

// The endpoint that authorization requests are pushed to (RFC 9126 2).

extension MockProvider {
    mutating func push(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> HTTPResponse {
        guard request.method == "POST" else { return .refusingMethod(allowed: "POST") }
        do throws(OAuthRefusal) {
            var form = try Self.checkedForm(request)
            let client = try client(request, form, now: now)
            guard form["request_uri"] == nil else { throw .request("request_uri is not pushed (RFC 9126 2.1)") }
            let key = try serverProof(request, now: now)
            form.fields.removeAll {
                ["client_assertion", "client_assertion_type", "client_secret", "client_id"].contains($0.name)
            }
            form.fields.append(Form.Field(name: "client_id", value: client.id))
            form = try opened(form, isPushed: true, now: now)
            if let key, let named = form["dpop_jkt"], named != key {
                throw OAuthRefusal(code: "invalid_dpop_proof", words: "dpop_jkt is another key's")
            }
            if let key, form["dpop_jkt"] == nil { form.fields.append(Form.Field(name: "dpop_jkt", value: key)) }
            let reference = "urn:ietf:params:oauth:request_uri:" + Self.value("", draw)
            let seconds: Int64 = 90
            pushed = pushed.filter { $0.value.endsAt > now }
            pushed[reference] = Pushed(client: client.id, form: form, endsAt: now.adding(seconds: seconds))
            var answer = HTTPResponse.json(
                ["request_uri": .string(reference), "expires_in": .int(seconds)], status: 201)
            answer.neverStored()
            return answer
        } catch {
            return error.response(realm: folder.name)
        }
    }

    /// The request that a browser brings: what was pushed where it brings a reference, once and in time (RFC 9126 4);
    /// else what it brings itself. Nil, in words: it is not taken. A reference comes with its client and nothing beside it:
    /// whatever an address could add, whoever holds the address could change.
    mutating func brought(_ form: Form, now: Instant) -> (form: Form?, problem: String?) {
        guard traits.push != nil, let reference = form["request_uri"] else {
            guard traits.push != .required else { return (nil, "Requests must be pushed here first.") }
            do throws(OAuthRefusal) { return (try opened(form, isPushed: false, now: now), nil) } catch {
                return (nil, "The request is not taken: \(error.words).")
            }
        }
        guard form.fields.allSatisfy({ ["client_id", "request_uri"].contains($0.name) }) else {
            return (nil, "Something stands beside the reference to this request.")
        }
        guard let found = pushed.removeValue(forKey: reference), now < found.endsAt else {
            return (nil, "This request was used already, or it is too old.")
        }
        guard form["client_id"] == found.client else { return (nil, "This request is another application's.") }
        return (found.form, nil)
    }
}
