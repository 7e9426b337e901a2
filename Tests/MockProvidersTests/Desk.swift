import Crypto
import Testing
import Wire

@testable import MockProviders

#if canImport(Glibc)
    import Glibc
#endif

/// A client and its person at one mock provider: time stands still unless moved, draws count up.
struct Desk {
    static let issuer = "http://127.0.0.1:7901"
    static let redirect = "http://127.0.0.1:7878/callback/skyways"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    var provider: MockProvider
    var now: Instant
    private var drawn: UInt64 = 0

    init(
        authorization: [(pointer: String, value: JSON)] = [], members: JSON? = nil, people: Int = 0,
        daysLater: Int64 = 0
    ) throws {
        let folder = try Self.folder(authorization: authorization, members: members)
        provider = MockProvider(folder: folder, issuer: Self.issuer, epoch: folder.dayZero, people: people, seed: 7)
        now = folder.dayZero.adding(seconds: daysLater * 86_400)
    }

    static let manifest: JSON = [
        "name": "skyways", "authorization": ["issuer": "http://127.0.0.1:7901"],
        "api": ["base": "http://127.0.0.1:7901/v2"],
    ]

    static func folder(
        authorization changes: [(pointer: String, value: JSON)] = [], members: JSON? = nil, keys: JSON? = nil
    ) throws -> MockFolder {
        var authorization = try file("authorization")
        for (name, value) in changes {
            var object = try #require(authorization.object)
            object[name] = value
            authorization = .object(object)
        }
        return try MockFolder(
            name: "skyways", manifest: manifest, authorization: authorization, members: members ?? file("members"),
            routes: file("routes"), keys: keys ?? file("keys"))
    }

    /// A shipped folder, whole.
    static func shipped(_ name: String, routes: JSON? = nil) throws -> MockFolder {
        try MockFolder(
            name: name, manifest: file("manifest", of: name, in: ""), authorization: file("authorization", of: name),
            members: file("members", of: name), routes: routes ?? file("routes", of: name), keys: file("keys", of: name)
        )
    }

    /// A file of a shipped folder.
    static func file(
        _ name: String, of folder: String = "skyways", in part: String = "mock/", below top: String = "providers"
    ) throws -> JSON {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let handle = try #require(fopen("\(root)/\(top)/\(folder)/\(part)\(name).json", "r"))
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&block, 1, block.count, handle), count > 0 { bytes += block[..<count] }
        return try JSON.parse(bytes, limits: .file)
    }

    mutating func send(_ request: HTTPRequest) -> MockAnswer {
        var counter = drawn
        let answer = provider.answer(request, now: now) { count in
            counter += 1
            return Array(Hash.sha256(Array("draw \(counter)".utf8)).prefix(count))
        }
        drawn = counter
        return answer
    }

    mutating func get(_ target: String, bearer: String? = nil) -> HTTPResponse {
        var headers = HTTPHeaders()
        if let bearer { headers["Authorization"] = "Bearer " + bearer }
        return send(HTTPRequest("GET", target, headers: headers)).response
    }

    mutating func post(_ target: String, _ fields: [(String, String)], headers: HTTPHeaders = [:]) -> HTTPResponse {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return send(HTTPRequest("POST", target, headers: headers, body: Array(Form(fields).encoded.utf8))).response
    }

    /// The parameters of a good authorization request, some of them changed or (nil) left out.
    static func request(_ changes: [(String, String?)] = []) -> String {
        var fields: [(String, String)] = [
            ("response_type", "code"), ("client_id", "purser"), ("redirect_uri", redirect), ("state", "s t&1"),
            ("scope", "openid loyalty.read"), ("nonce", "n-1"), ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]
        for (name, value) in changes {
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
        return "/authorize?" + Form(fields).encoded
    }

    /// Signs in and decides, as a person does; the final redirect.
    mutating func consent(
        _ target: String = Desk.request(), member: String = "sw-1001", decision: String = "allow"
    ) throws -> HTTPResponse {
        let signIn = get(target)
        try #require(signIn.status == 200)
        let first = try #require(HTMLForm.forms(in: signIn.body.text).first)
        let second = post(first.action, [("ticket", first.value("ticket")), ("member", member)])
        let form = try #require(HTMLForm.forms(in: second.body.text).first)
        return post(form.action, [("ticket", form.value("ticket")), ("decision", decision)])
    }

    mutating func code(_ target: String = Desk.request(), member: String = "sw-1001") throws -> String {
        try #require(try consent(target, member: member).location["code"])
    }

    mutating func exchange(
        _ code: String, _ changes: [(String, String?)] = [], headers: HTTPHeaders = [:]
    ) -> HTTPResponse {
        var fields: [(String, String)] = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Self.redirect),
            ("client_id", "purser"), ("code_verifier", Self.verifier),
        ]
        for (name, value) in changes {
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
        return post("/token", fields, headers: headers)
    }

    mutating func refresh(_ token: String) -> HTTPResponse {
        post("/token", [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "purser")])
    }

    /// The whole flow; the token response.
    mutating func link(_ target: String = Desk.request(), member: String = "sw-1001") throws -> Tokens {
        try Tokens(exchange(code(target, member: member)))
    }

    mutating func wait(_ seconds: Int64) { now = now.adding(seconds: seconds) }

    /// What the journal says of a token, in order.
    func story(of token: String) -> [String] {
        (provider.ledger["events"]?.array ?? []).filter { $0["token"]?.string == token }.compactMap {
            $0["what"]?.string
        }
    }
}

/// A good token response.
struct Tokens {
    let access: String
    let refresh: String?
    let json: JSON

    init(_ response: HTTPResponse) throws {
        try #require(response.status == 200)
        json = try response.json()
        access = try #require(json["access_token"]?.string)
        refresh = json["refresh_token"]?.string
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension HTTPResponse {
    func json() throws -> JSON { try JSON.parse(body, limits: .file) }

    /// The parameters of the redirect.
    var location: Form {
        let text = headers["Location"] ?? ""
        return text.firstIndex(of: "?").flatMap { Form(parsing: String(text[text.index(after: $0)...])) } ?? Form()
    }
}

extension HTMLForm {
    func value(_ name: String) -> String { inputs.first { $0.name == name }?.value ?? "" }
}
