internal import Wire

/// The faults that strike one request.
struct Effects: Sendable {
    /// Each with its place among the waiting faults.
    var struck: [(index: Int, effect: FaultEffect)] = []

    private var all: [FaultEffect] { struck.map(\.effect) }

    var revokes: Bool { all.contains { if case .revoke = $0 { true } else { false } } }
    var keyChanges: [KeyChange] { all.compactMap { if case .rotateKeys(let change) = $0 { change } else { nil } } }

    /// The server never saw the request.
    var isUnprocessed: Bool {
        all.contains { if case .replace(_, _, _, unprocessed: true) = $0 { true } else { false } }
    }

    /// The request as the server looks at it.
    func withoutIgnored(_ request: HTTPRequest) -> HTTPRequest {
        let names = all.flatMap { effect -> [String] in if case .ignoreQuery(let names) = effect { names } else { [] } }
        guard !names.isEmpty, var query = request.query else { return request }
        query.fields.removeAll { names.contains($0.name) }
        var request = request
        request.target = request.path + (query.fields.isEmpty ? "" : "?" + query.encoded)
        return request
    }

    var idToken: TokenTwist? {
        for case .idToken(let twist) in all { return twist }
        return nil
    }

    var userinfo: TokenTwist? {
        for case .userinfo(let twist) in all { return twist }
        return nil
    }

    var response: TokenTwist? {
        for case .response(let twist) in all { return twist }
        return nil
    }

    var logoutToken: TokenTwist? {
        for case .logoutToken(let twist) in all { return twist }
        return nil
    }

    var introspection: TokenTwist? {
        for case .introspection(let twist) in all { return twist }
        return nil
    }

    /// The answer with everything done to it: replaced, then patched, repeated, redirected elsewhere, slowed, cut, or both.
    func applied(to response: HTTPResponse) -> MockAnswer {
        var answer = MockAnswer(response)
        for case .replace(let status, let headers, let body, _) in all {
            answer.response = HTTPResponse(status: status, body: body)
            for header in headers { answer.response.headers.append(header.name, header.value) }
        }
        for effect in all {
            switch effect {
            case .patch(let patches): Self.patch(&answer.response, patches)
            case .bodyRepeat(let body): answer.response.body = body
            case .rearrange(let pointer, let how): Self.rearrange(&answer.response, pointer, how)
            case .redirect: redirect(&answer.response)
            case .delay(let milliseconds): answer.delayMilliseconds = milliseconds
            case .cut(let count): answer.cutAfterBytes = count
            case .drip(let milliseconds): answer.dripMilliseconds = milliseconds
            case .headers(let fields): for field in fields { answer.response.headers[field.name] = field.value }
            case .replace, .idToken, .userinfo, .response, .logoutToken, .introspection, .revoke, .rotateKeys,
                .ignoreQuery:
                break
            }
        }
        return answer
    }

    private static func patch(_ response: inout HTTPResponse, _ patches: [(pointer: [String], value: JSON?)]) {
        guard var json = try? JSON.parse(response.body, limits: .file) else { return }
        for patch in patches { json = replacing(patch.pointer[...], in: json, with: patch.value) ?? .null }
        response.body = json.bytes
    }

    private static func rearrange(_ response: inout HTTPResponse, _ pointer: [String], _ how: Rearrangement) {
        guard let json = try? JSON.parse(response.body, limits: .file),
            let items = Rearrangement.list(pointer, in: json)
        else { return }
        response.body = (replacing(pointer[...], in: json, with: .array(how.applied(to: items))) ?? .null).bytes
    }

    /// The value with what the tokens name set, added or (nil) removed; unchanged where the way there ends early.
    private static func replacing(_ tokens: ArraySlice<String>, in json: JSON, with value: JSON?) -> JSON? {
        guard let token = tokens.first else { return value }
        switch json {
        case .object(var object):
            if tokens.count == 1 {
                object[token] = value
            } else if let inner = object[token] {
                object[token] = replacing(tokens.dropFirst(), in: inner, with: value)
            }
            return .object(object)
        case .array(var items):
            if token == "-", tokens.count == 1, let value {
                items.append(value)
            } else if let index = Int(token), items.indices.contains(index) {
                if let changed = replacing(tokens.dropFirst(), in: items[index], with: value) {
                    items[index] = changed
                } else {
                    items.remove(at: index)
                }
            }
            return .array(items)
        default: return json
        }
    }

    /// What a browser is sent back with, as the redirects that strike make it.
    func twisted(_ form: Form) -> Form {
        var form = form
        for case .redirect(let set, let remove) in all {
            form.fields.removeAll { field in remove.contains(field.name) || set.contains { $0.name == field.name } }
            for (name, values) in set {
                for value in values { form.fields.append(Form.Field(name: name, value: value)) }
            }
        }
        return form
    }

    private func redirect(_ response: inout HTTPResponse) {
        guard let location = response.headers["Location"] else { return }
        let parts = location.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let form = Form(parsing: parts.count == 2 ? String(parts[1]) : "").map(twisted) else { return }
        response.headers["Location"] = parts[0] + (form.fields.isEmpty ? "" : "?" + form.encoded)
    }
}
