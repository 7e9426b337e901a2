internal import Wire

// A fault as JSON:
//
//     {"match": {"endpoint": "token", "path": "/v2/members/*", "grant": "refresh_token"}, "after": 2, "times": 1, EFFECT}
//
// with one EFFECT:
//
//     "replace": {"status": 502, "headers": {"Content-Type": "text/html"}, "body": "<h1>Oops</h1>"}
//     "patch": {"pointer": "/expires_in", "value": "3600"}     or {"pointer": …, "remove": true}, or a list of them
//     "idToken": {"claims": {"aud": "other"}, "remove": ["nonce"], "breakSignature": true}    (TokenTwist.swift has all)
//     "userinfo": the same, for UserInfo; "logoutToken": for logout tokens; "response": for signed authorization responses;
//                 "introspection": for what is said of tokens
//     "redirect": {"set": {"iss": "https://other.example"}, "remove": ["state"]}   a list of values: the name repeats
//     "delayMilliseconds": 500, "cutAfterBytes": 10, "revoke": true,
//     "dripMilliseconds": 500         the body comes byte by byte, each so long after the one before
//     "rotateKeys": true              the next key signs; or "announce": it is shown, or "inPlace": it takes the kid over
//     "headers": {"Cache-Control": "max-age=60", "ETag": null}     set, or (null) taken away
//     "bodyRepeat": {"text": "[", "count": 1048576}
//     "rearrange": {"pointer": "/items", "reversed": true}     or "doubled": true, or "withoutFirst": 2
//     "ignoreQuery": ["page"]                                  the server does not look at these parameters
//
// A replaced answer stands for a request that was served and whose answer was lost on the way, unless `unprocessed`
// (true) says that the server never saw it. A cut after -1 bytes breaks the connection before the answer begins.
// `match` may be left out (everything), and so may `times` (until cleared) and `after` (so many that match go by first). `{"clear": true}` takes all faults away.

extension Fault {
    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(json, at: "fault", knows: ["match", "after", "times"] + FaultEffect.names)
        let match = try Shape(shape["match"] ?? [:], at: "fault/match", knows: ["endpoint", "path", "grant"])
        let name = try match.optionalText("endpoint") ?? "*"
        endpoint = Endpoint(rawValue: name)
        guard name == "*" || endpoint != nil else {
            throw match.problem("endpoint", "* or one of \(Endpoint.allCases.map(\.rawValue))")
        }
        path = try match.optionalText("path")
        grant = try match.optionalText("grant")
        after = try shape.int("after", in: 0...1_000_000) ?? 0
        times = try shape.int("times", in: 1...1_000_000)
        let given = FaultEffect.names.filter { shape[$0] != nil }
        guard given.count == 1 else {
            throw shape.problem("", "exactly one effect is needed, of \(FaultEffect.names)")
        }
        kind = given[0]
        effect = try FaultEffect(kind, shape)
    }
}

extension FaultEffect {
    fileprivate init(_ kind: String, _ shape: Shape) throws(MockProblem) {
        switch kind {
        case "replace": self = try Self.replace(shape[kind])
        case "patch": self = try Self.patch(shape[kind] ?? .null)
        case "idToken": self = .idToken(try TokenTwist(shape[kind], at: "fault/idToken"))
        case "userinfo": self = .userinfo(try TokenTwist(shape[kind], at: "fault/userinfo"))
        case "response": self = .response(try TokenTwist(shape[kind], at: "fault/response"))
        case "introspection": self = .introspection(try TokenTwist(shape[kind], at: "fault/introspection"))
        case "logoutToken": self = .logoutToken(try TokenTwist(shape[kind], at: "fault/logoutToken"))
        case "rotateKeys": self = .rotateKeys(try Self.keyChange(shape))
        case "headers":
            self = .headers(
                try shape.members(kind).map { field throws(MockProblem) in
                    guard field.value.isNull || field.value.string != nil else {
                        throw shape.problem(kind, "header values are texts, or null")
                    }
                    return (name: field.name, value: field.value.string)
                })
        case "redirect": self = try Self.redirect(shape[kind])
        case "delayMilliseconds": self = .delay(try shape.int(kind, in: 0...600_000) ?? 0)
        case "cutAfterBytes": self = .cut(try shape.int(kind, in: -1...1 << 30) ?? 0)
        case "dripMilliseconds": self = .drip(try shape.int(kind, in: 1...600_000) ?? 1)
        case "bodyRepeat": self = try Self.bodyRepeat(shape[kind])
        case "rearrange": self = try Self.rearrange(shape[kind])
        case "ignoreQuery": self = .ignoreQuery(try shape.texts(kind) ?? [])
        default:
            guard try shape.bool(kind, default: false) else { throw shape.problem(kind, "only true means something") }
            self = .revoke
        }
    }

    private static func replace(_ json: JSON?) throws(MockProblem) -> FaultEffect {
        let shape = try Shape(json, at: "fault/replace", knows: ["status", "headers", "body", "unprocessed"])
        var headers: [(name: String, value: String)] = []
        for header in try shape.members("headers") {
            guard let value = header.value.string else { throw shape.problem("headers", "header values are texts") }
            headers.append((header.name, value))
        }
        let named = headers.contains { $0.name.lowercased() == "content-type" }
        let body = shape["body"]
        if let body, !named { headers.append(("Content-Type", body.string == nil ? "application/json" : "text/plain")) }
        return .replace(
            status: try shape.int("status", in: 200...599) ?? 200, headers: headers,
            body: body.map { $0.string.map { Array($0.utf8) } ?? $0.bytes } ?? [],
            unprocessed: try shape.bool("unprocessed", default: false))
    }

    private static func patch(_ json: JSON) throws(MockProblem) -> FaultEffect {
        var out: [(pointer: [String], value: JSON?)] = []
        for item in json.array ?? [json] {
            let shape = try Shape(item, at: "fault/patch", knows: ["pointer", "value", "remove"])
            guard let tokens = JSONPointer.tokens(try shape.optionalText("pointer") ?? "") else {
                throw shape.problem("pointer", "a JSON Pointer")
            }
            let removes = try shape.bool("remove", default: false)
            guard removes != shape.has("value") else { throw shape.problem("", "either a value or remove: true") }
            out.append((tokens, removes ? nil : item["value"]))
        }
        return .patch(out)
    }

    private static func keyChange(_ shape: Shape) throws(MockProblem) -> KeyChange {
        if shape["rotateKeys"]?.bool == true { return .next }
        guard let change = shape["rotateKeys"]?.string.flatMap(KeyChange.init) else {
            throw shape.problem("rotateKeys", "true, or one of \(KeyChange.allCases.map(\.rawValue))")
        }
        return change
    }

    private static func redirect(_ json: JSON?) throws(MockProblem) -> FaultEffect {
        let shape = try Shape(json, at: "fault/redirect", knows: ["set", "remove"])
        var set: [(name: String, values: [String])] = []
        for member in try shape.members("set") {
            let values = (member.value.array ?? [member.value]).compactMap(\.string)
            guard !values.isEmpty else { throw shape.problem("set", "a text, or a list of texts") }
            set.append((member.name, values))
        }
        return .redirect(set: set, remove: try shape.texts("remove") ?? [])
    }

    private static func rearrange(_ json: JSON?) throws(MockProblem) -> FaultEffect {
        let shape = try Shape(json, at: "fault/rearrange", knows: ["pointer", "reversed", "doubled", "withoutFirst"])
        guard let tokens = JSONPointer.tokens(try shape.optionalText("pointer") ?? "") else {
            throw shape.problem("pointer", "a JSON Pointer to a list")
        }
        if try shape.bool("reversed", default: false) { return .rearrange(pointer: tokens, .reversed) }
        if try shape.bool("doubled", default: false) { return .rearrange(pointer: tokens, .doubled) }
        guard let count = try shape.int("withoutFirst", in: 1...1000) else {
            throw shape.problem("", "reversed, doubled or withoutFirst")
        }
        return .rearrange(pointer: tokens, .without(first: count))
    }

    private static func bodyRepeat(_ json: JSON?) throws(MockProblem) -> FaultEffect {
        let shape = try Shape(json, at: "fault/bodyRepeat", knows: ["text", "count"])
        let text = Array(try shape.text("text").utf8)
        guard let count = try shape.int("count", in: 1...1 << 26), count <= (1 << 26) / text.count else {
            throw shape.problem("count", "at most 64 MiB in all")
        }
        if text.count == 1 { return .bodyRepeat(Array(repeating: text[0], count: count)) }
        var body: [UInt8] = []
        body.reserveCapacity(text.count * count)
        for _ in 0..<count { body += text }
        return .bodyRepeat(body)
    }
}
