import Crypto
import Wire

@testable import PurserEngine

/// The answers of registration and client configuration endpoints (RFC 7591, RFC 7592), under every kind of status.
enum RegistrationTarget {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let server = [URI("https://as.example/register")!]
    private static let redirect = "http://127.0.0.1:7878/callback/a"
    private static let methods: [ClientAuthentication] = [.clientSecretBasic, .none, .privateKeyJWT]

    /// Folders that differ in how a client proves who it is.
    private static let folders: [Manifest.Authorization] = methods.compactMap { method in
        let manifest: JSON = [
            "name": "a", "title": "A",
            "programme": [
                "key": "a.points", "kind": "other",
                "units": ["points": ["decimals": 0, "one": "point", "many": "points"]],
            ],
            "authorization": [
                "issuer": "https://as.example", "grant": "authorization_code", "scopes": ["openid", "read"],
                "clientAuthentication": .string(method.rawValue), "rotation": ["policy": "strict"],
                "identity": ["from": "idToken"],
            ],
            "api": ["base": "https://as.example/api", "requests": ["me": ["method": "GET", "path": "/me"]]],
            "schedule": ["every": "PT1H", "freshFor": "PT2H"],
        ]
        return Manifest.read(manifest, folder: "a", Reader(file: "manifest.json"))?.authorization
    }

    static func run(_ bytes: [UInt8]) throws {
        try demand(folders.count == methods.count, "the target's own folders do not load")
        for status in [200, 201, 202, 302, 400, 401, 405, 429, 500, 503] {
            let asked = Asked.answered(HTTPResponse(status: status, body: bytes))
            switch RegistrationOutcome.decide(asked, near: server) {
            case .told(let told):
                try demand(status == 200 || status == 201, "HTTP \(status) registers a client")
                try check(told)
            case .refused(let why), .unauthorized(let why), .later(let why), .unclear(let why):
                try harmless(why)
            }
            let isGone = RegistrationOutcome.whyNotDeleted(asked) == nil
            try demand(isGone == (status == 200), "HTTP \(status) takes a registration back")
        }
    }

    private static func harmless(_ words: String) throws {
        try demand(!words.unicodeScalars.contains { $0.isHidden }, "something hidden is told")
        try demand(words.unicodeScalars.count <= 400, "too many words")
    }

    private static func check(_ told: ClientInformation) throws {
        try demand(!told.clientID.isEmpty, "a client without a name")
        if let access = told.access.following(nil) {
            try demand(
                access.endpoint.host == "as.example" && access.endpoint.scheme == "https", "a token goes elsewhere")
            try demand(access.endpoint.userinfo == nil && access.endpoint.fragment == nil, "a place that is none")
            try demand(ConfigurationAccess.isBearer(access.token), "a token that cannot be sent")
            let kept = ConfigurationAccess(access.kept)
            try demand(kept?.endpoint == access.endpoint && kept?.token == access.token, "what is kept is another")
        }
        for authorization in folders {
            let asked = RegistrationFit.Asked(
                authorization: authorization, redirectURI: redirect, requestAlgorithm: nil, hasPushEndpoint: false)
            for present in [nil, RegistrationFit.Present(authentication: .clientSecretPost, secretEndsAt: now)] {
                do {
                    let fit = try RegistrationFit.judge(told, asked, present: present, now: now)
                    try judge(fit, told, authorization, present)
                } catch let problem as RegistrationFit.Problem { try harmless(problem.words) }
            }
        }
    }

    private static func judge(
        _ fit: RegistrationFit, _ told: ClientInformation, _ authorization: Manifest.Authorization,
        _ present: RegistrationFit.Present?
    ) throws {
        let method = fit.authentication
        try demand(present.map { $0.authentication == method } ?? true, "a method that changed")
        if present == nil, authorization.clientAuthentication != .none {
            try demand(method != .none, "a client that proves nothing, where the folder wants proof")
            try demand(!authorization.clientAuthentication.needsKeys || method.needsKeys, "a secret in a key's place")
        }
        if method.needsSecret, present == nil {
            guard let secret = told.secret else { throw Broken(description: "no secret") }
            try demand(
                secret.withBytes { $0.allSatisfy { (0x20...0x7e).contains($0) } }, "a secret that breaks a header")
            try demand(fit.secretEndsAt.map { $0 > now } ?? true, "a secret that is over")
            let ends = told.registered["client_secret_expires_at"]?.number?.text
            try demand(ends != nil && (ends != "0") == (fit.secretEndsAt != nil), "an end that nobody said")
        }
        try demand(told.registered["redirect_uris"]?.array?.contains(.string(redirect)) == true, "no way back")
        try demand(fit.scopes.map { $0 == ["openid"] } ?? true, "scopes that nobody asked for")
    }
}
