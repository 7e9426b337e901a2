import Wire

/// Manifests that do not load, each with one thing wrong.
enum BrokenManifests {
    static let all = head + programme + server + twice + profile + plain + client + rest + requests

    /// Folders whose authorization endpoint has a parameter that every request has, ours or the folder's own.
    static let twice: [Broken] = ["client_id=a", "tenant=1&state=x", "request_uri=", "prompt=none", "a=%ff"].map {
        query in
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none").with(
                "/parameters", ["prompt": "consent"]
            )
            .with(
                "/endpoints",
                ["token": "https://a.example/t", "authorization": .string("https://a.example/a?" + query)]),
            at: "/authorization/endpoints/authorization", "none may have twice", isOfForm: false)
    }

    private static func fapi(_ changes: [(String, JSON?)], at place: String, _ words: String) -> Broken {
        let base: [(String, JSON?)] = [
            ("/profile", "fapi2"), ("/senderConstrained", "dpop"), ("/client", nil),
            ("/clientAuthentication", "private_key_jwt"),
        ]
        let whole = (base + changes).reduce(Changed.base(.manifest)["authorization"] ?? .null) { $0.with($1.0, $1.1) }
        return Broken(.manifest, "/authorization", whole, at: "/authorization/" + place, words)
    }

    /// Folders below the profile they name.
    static let profile: [Broken] = [
        fapi([("/grant", "device_code")], at: "grant", "by the code flow"),
        fapi(
            [
                ("/discovery", "none"),
                ("/endpoints", ["token": "https://a.example/t", "authorization": "https://a.example/a"]),
            ], at: "discovery", "metadata alone"),
        fapi([("/endpoints", ["revocation": "https://a.example/r"])], at: "endpoints", "metadata alone"),
        fapi(
            [("/introspection", "json"), ("/endpoints", ["introspection": "https://a.example/i"])], at: "endpoints",
            "metadata alone"),
        fapi([("/idTokenAlgorithm", "RS256")], at: "idTokenAlgorithm", "RS256 is not among its algorithms"),
        fapi([("/userinfoAlgorithm", "PS384")], at: "userinfoAlgorithm", "PS384 is not among its algorithms"),
        fapi([("/senderConstrained", nil)], at: "senderConstrained", "bound to a key"),
        fapi(
            [("/client", ["id": "a", "secretFile": "s"]), ("/clientAuthentication", "client_secret_post")],
            at: "clientAuthentication", "with a key, not with a secret"),
    ]

    /// Folders whose client would show its certificate where no TLS is.
    static let plain: [Broken] = [
        ("/authorization/issuer", "http://127.0.0.1:7901"), ("/api/base", "http://127.0.0.1:7901/v2"),
        (
            "/authorization/endpoints",
            ["token": "http://127.0.0.1:7901/token", "authorization": "https://id.example/authorize"]
        ),
    ].map { (place: String, value: JSON) in
        let base = GoodFolders.overTLS("tls_client_auth")
        let whole = place.hasSuffix("endpoints") ? base.with("/authorization/discovery", "none") : base
        return Broken(
            .manifest, "", whole.with(place, value), at: place + (value.object == nil ? "" : "/token"),
            "over https alone (RFC 8705)", isOfForm: false)
    }

    static let head: [Broken] = [
        Broken(.manifest, "", [], "must be an object"),
        Broken(.manifest, "/password", "secret", "unknown key"),
        Broken(.manifest, "/name", nil, "missing"),
        Broken(.manifest, "/name", "another", "must be the folder's name", isOfForm: false),
        Broken(.manifest, "/title", nil, "missing"),
        Broken(.manifest, "/title", "", "must be a text"),
        Broken(.manifest, "/mock", "yes", "must be true or false"),
        Broken(.manifest, "/caFile", "../../etc/passwd", "own folder"),
        Broken(.manifest, "/caFile", ".hidden", "own folder"),
        Broken(.manifest, "/schedule", nil, "missing"),
        Broken(.manifest, "/schedule/every", "6 hours", "ISO 8601 duration"),
        Broken(.manifest, "/schedule/every", "P1M", "for example PT6H"),
        Broken(.manifest, "/schedule/every", "PT", "ISO 8601 duration"),
        Broken(.manifest, "/schedule/every", "PT30S", "ISO 8601 duration", isOfForm: false),
        Broken(.manifest, "/schedule/every", "P400D", "ISO 8601 duration", isOfForm: false),
    ]

    static let programme: [Broken] = [
        Broken(.manifest, "/programme", nil, "missing"),
        Broken(.manifest, "/programme/key", "Skyways", "reverse-domain"),
        Broken(.manifest, "/programme/kind", "ferry", "one of: airline, hotel"),
        Broken(.manifest, "/programme/units/miles/decimals", 9, "whole number from 0 to 8"),
        Broken(.manifest, "/programme/units/miles/one", nil, "missing"),
        Broken(.manifest, "/programme/units/miles/symbol", "mi", "unknown key"),
        Broken(.manifest, "/programme/tiers/0/title", nil, "missing"),
        Broken(.manifest, "/programme/tiers/1/needs/amount", 300, "decimal number as text"),
        Broken(.manifest, "/programme/tiers/1/needs/amount", "1,200", "decimal number as text"),
        Broken(.manifest, "/programme/tiers/1/needs/unit", "points", "no such unit", isOfForm: false),
        Broken(.manifest, "/programme/tiers/1/code", "blue", "comes twice", isOfForm: false),
        Broken(.manifest, "/programme/expiry/rule", "whenever", "one of: fixed, rolling"),
        Broken(.manifest, "/programme/expiry/months", nil, "missing"),
        Broken(.manifest, "/programme/expiry/rule", "never", at: "/programme/expiry/months", "no meaning"),
    ]

    static let server: [Broken] = [
        Broken(.manifest, "/authorization/grant", "password", "RFC 9700 2.4"),
        Broken(.manifest, "/authorization/grant", "implicit", "RFC 9700 2.1.2"),
        Broken(.manifest, "/authorization/grant", "token", "RFC 9700 2.1.2"),
        Broken(.manifest, "/authorization/grant", "magic", "one of: authorization_code"),
        Broken(.manifest, "/authorization/issuer", nil, "missing"),
        Broken(.manifest, "/authorization/issuer", "http://id.skyways.example", "loopback address only"),
        Broken(.manifest, "/authorization/issuer", "http://localhost:7901", "loopback address only"),
        Broken(.manifest, "/authorization/issuer", "ftp://127.0.0.1", "absolute https URI"),
        Broken(.manifest, "/authorization/issuer", "https://id.example#top", "without a fragment"),
        Broken(.manifest, "/authorization/issuer", "https://me@id.example", "absolute https URI"),
        Broken(.manifest, "/authorization/issuer", "https://id.example?x=1", "no query"),
        Broken(.manifest, "/authorization/scopes", "openid", "list of texts"),
        Broken(.manifest, "/authorization/scopes", ["openid", "a b"], "no space"),
        Broken(.manifest, "/authorization/scopes", ["loyalty.read"], at: "/authorization/identity/from", "openid"),
        Broken(.manifest, "/authorization/discovery", "guess", "one of: oidc, oauth, none"),
        Broken(.manifest, "/authorization/discovery", "none", at: "/authorization/endpoints", "missing"),
        Broken(
            .manifest, "/authorization/endpoints",
            ["revocation": "https://a.example/revoke", "token": "https://a.example"],
            at: "/authorization/endpoints/token", "no meaning with discovery oidc"),
        Broken(
            .manifest, "/authorization/endpoints", ["jwks": "https://a.example"],
            at: "/authorization/endpoints/revocation", "missing"),
        Broken(
            .manifest, "/authorization/endpoints", ["revocation": "http://a.example/revoke"],
            at: "/authorization/endpoints/revocation", "loopback address only"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none")
                .with("/endpoints", ["authorization": "https://a.example", "token": "http://a.example/token"]),
            at: "/authorization/endpoints/token", "loopback address only"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none")
                .with("/endpoints", ["token": "https://a.example/token", "device": "https://a.example/device"]),
            at: "/authorization/endpoints/authorization", "missing"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none").with("/grant", "device_code")
                .with("/endpoints", ["token": "https://a.example/token", "authorization": "https://a.example/a"]),
            at: "/authorization/endpoints/device", "missing"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none").with("/grant", "client_credentials")
                .with("/endpoints", ["device": "https://a.example/device"]),
            at: "/authorization/endpoints/token", "missing"),
        Broken(.manifest, "/authorization/rotation", nil, "missing"),
        Broken(.manifest, "/authorization/identity", nil, "missing"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none").with("/grant", "device_code")
                .with("/endpoints", ["token": "https://a.example/token", "device": "http://a.example/device"]),
            at: "/authorization/endpoints/device", "loopback address only"),
        Broken(.manifest, "/authorization/rotation/policy", "daily", "one of: none, grace"),
        Broken(
            .manifest, "/authorization/rotation", ["policy": "grace"], at: "/authorization/rotation/seconds", "missing"),
        Broken(
            .manifest, "/authorization/rotation", ["policy": "grace", "seconds": 5],
            at: "/authorization/rotation/seconds", "from 6 to"),
        Broken(.manifest, "/authorization/rotation/seconds", 30, "no meaning with strict"),
        Broken(.manifest, "/authorization/rotation/idleSeconds", 60, "from 3600 to"),
        Broken(.manifest, "/authorization/rotation/idleSeconds", "P60D", "from 3600 to"),
        Broken(.manifest, "/api/limits/perSecond", "0.0", "above 0"),
        Broken(.manifest, "/api/limits/perSecond", "-1", "above 0"),
        Broken(.manifest, "/authorization/idTokenAlgorithm", "none", "proves nothing"),
        Broken(.manifest, "/authorization/idTokenAlgorithm", "HS256", "can make it"),
        Broken(.manifest, "/authorization/idTokenAlgorithm", "rs256", "one of: RS256"),
        Broken(.manifest, "/authorization/idTokenAlgorithm", ["RS256"], "must be a text"),
        Broken(.manifest, "/authorization/userinfoAlgorithm", "HS512", "can make it"),
        Broken(
            .manifest, "/authorization/responseMode", "fragment",
            "one of: query, form_post, jwt, query.jwt, form_post.jwt"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/grant", "device_code").with("/responseMode", "form_post"),
            at: "/authorization/responseMode", "nobody is sent back"),
        Broken(.manifest, "/authorization/responseMode", true, "must be a text"),
        Broken(.manifest, "/authorization/authorizationAlgorithm", "PS256", "no meaning without a responseMode"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/responseMode", "form_post")
                .with("/authorizationAlgorithm", "PS256"),
            at: "/authorization/authorizationAlgorithm", "a responseMode that is signed"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/responseMode", "query")
                .with("/authorizationAlgorithm", "PS256"),
            at: "/authorization/authorizationAlgorithm", "a responseMode that is signed"),
        Broken(.manifest, "/authorization/authorizationAlgorithm", "none", "proves nothing"),
        Broken(.manifest, "/authorization/introspection", "yes", "one of: json, jwt"),
        Broken(.manifest, "/authorization/introspection", true, "must be a text"),
        Broken(.manifest, "/authorization/introspectionAlgorithm", "PS256", "no meaning without an introspection"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/introspection", "json")
                .with("/introspectionAlgorithm", "PS256"),
            at: "/authorization/introspectionAlgorithm", "an introspection that is signed"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/introspection", "jwt")
                .with("/introspectionAlgorithm", "HS256"),
            at: "/authorization/introspectionAlgorithm", "can make it"),
        Broken(
            .manifest, "/authorization/endpoints", ["introspection": "https://a.example/introspect"],
            at: "/authorization/endpoints/introspection", "no meaning without introspection"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/introspection", "json")
                .with("/endpoints", ["introspection": "http://a.example/introspect"]),
            at: "/authorization/endpoints/introspection", "loopback address only"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/introspection", "json").with("/discovery", "none")
                .with("/endpoints", ["token": "https://a.example/token", "authorization": "https://a.example/a"]),
            at: "/authorization/endpoints/introspection", "missing"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/profile", "fapi2").with("/senderConstrained", "dpop")
                .with("/client", nil).with("/clientAuthentication", "private_key_jwt").with("/introspection", "jwt")
                .with("/introspectionAlgorithm", "RS256"),
            at: "/authorization/introspectionAlgorithm", "not among its algorithms"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/grant", "device_code").with("/responseMode", "jwt"),
            at: "/authorization/responseMode", "nobody is sent back"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/profile", "fapi2").with("/senderConstrained", "dpop")
                .with("/client", nil).with("/clientAuthentication", "private_key_jwt").with("/responseMode", "jwt")
                .with("/authorizationAlgorithm", "RS256"),
            at: "/authorization/authorizationAlgorithm", "not among its algorithms"),
        Broken(.manifest, "/authorization/requestObject", true, "signed with the client's key, and none has none"),
        Broken(.manifest, "/authorization/requestObject", "true", "true or false"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/client", nil)
                .with("/clientAuthentication", "private_key_jwt").with("/requestObject", true)
                .with("/parameters", ["sub": "x"]),
            at: "/authorization/parameters/sub", "who signs it"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/client", nil)
                .with("/clientAuthentication", "private_key_jwt").with("/requestObject", true)
                .with("/grant", "device_code"),
            at: "/authorization/requestObject", "nobody is sent there"),
        Broken(.manifest, "/authorization/profile", "fapi1", "one of: fapi2"),
        Broken(.manifest, "/authorization/senderConstrained", "bearer", "one of: dpop, mtls"),
        Broken(
            .manifest, "/authorization/profile", "fapi2", at: "/authorization/senderConstrained", "bound to a key"),
        Broken(
            .manifest, "/authorization/profile", "fapi2", at: "/authorization/clientAuthentication",
            "with a key, not with a secret"),
        Broken(.manifest, "/authorization/sharedSignals", [:], "belongs to a client that proves who it is"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals([:], scopes: ["read"]),
            at: "/authorization/sharedSignals", "none is asked for"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals(["events": ["account-disabled"]]),
            at: "/authorization/sharedSignals/events", "unknown event type"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals(["events": []]),
            at: "/authorization/sharedSignals/events", "at least one"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals(["transmitter": "http://signals.example"]),
            at: "/authorization/sharedSignals/transmitter", "loopback"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals(["transmitter": "https://signals.example?a=b"]),
            at: "/authorization/sharedSignals/transmitter", "no query"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals(["scopes": "ssf.manage"]),
            at: "/authorization/sharedSignals/scopes", "must be a list of texts"),
        Broken(
            .manifest, "/authorization", GoodFolders.signals(["push": true]),
            at: "/authorization/sharedSignals/push", "unknown key"),
        Broken(
            .manifest, "/authorization/quirks", ["sends-html"], "a quirk is named in providers/README.md"),
        Broken(.manifest, "/authorization/quirks", ["raw-basic"], "is about client_secret_basic"),
        Broken(.manifest, "/authorization/quirks", ["typed-assertion"], "is about private_key_jwt"),
        Broken(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/discovery", "none").with("/quirks", ["discovery-slash"])
                .with("/endpoints", ["token": "https://a.example/t", "authorization": "https://a.example/a"]),
            at: "/authorization/quirks", "this folder asks for none"),
        Broken(.manifest, "/authorization/resource", "/v1", "no absolute URI without a fragment"),
        Broken(.manifest, "/authorization/resource", "https://api.example/#a", "no absolute URI without a fragment"),
        Broken(.manifest, "/authorization/resource", "https://me@api.example/", "no absolute URI without a fragment"),
        Broken(.manifest, "/authorization/resource", ["https://a.example/"], "must be a text"),
        Broken(.manifest, "/authorization/authorizationDetails", [], "each with a type"),
        Broken(.manifest, "/authorization/authorizationDetails", [["actions": ["read"]]], "each with a type"),
        Broken(.manifest, "/authorization/authorizationDetails", ["type": "accounts"], "each with a type"),
    ]

    static let client: [Broken] = [
        Broken(
            .manifest, "/authorization/clientAuthentication", "client_secret_jwt", "one of: none, client_secret_basic"),
        Broken(
            .manifest, "/authorization/clientAuthentication", "client_secret_basic",
            at: "/authorization/client/secretFile", "needs a client secret"),
        Broken(.manifest, "/authorization/client/id", nil, "missing"),
        Broken(.manifest, "/authorization/client/secret", "hunter2", "unknown key"),
        Broken(.manifest, "/authorization/client/secretFile", "../client-secret", "own folder"),
        Broken(.manifest, "/authorization/client/secretFile", "/etc/shadow", "own folder"),
        Broken(.manifest, "/authorization/client/secretFile", "client-secret", "not in the folder", isOfForm: false),
        Broken(
            .manifest, "/authorization/clientAuthentication", "private_key_jwt", at: "/authorization/client/keyFile",
            "needs a key"),
        Broken(
            .manifest, "/authorization/clientAuthentication", "tls_client_auth",
            at: "/authorization/client/certificateFile", "missing"),
        Broken(.manifest, "/authorization/client/certificateFile", "cert.pem", "has no meaning with none"),
        Broken(
            .manifest, "/authorization/senderConstrained", "mtls", at: "/authorization/client/certificateFile",
            "missing"),
        Broken(.manifest, "/caFile", "ca.pem", "not in the folder", isOfForm: false),
        Broken(.manifest, "/authorization/client/keyFile", "client-keys.json", "has no meaning with none"),
        Broken(.manifest, "/authorization/client/redirectUri", "http://purser.example/callback", "loopback"),
        Broken(
            .manifest, "/authorization/identity", ["from": "guess"], at: "/authorization/identity/from",
            "one of: idToken"),
        Broken(
            .manifest, "/authorization/identity", ["from": "request", "name": "me"],
            at: "/authorization/identity/pointer", "missing"),
        Broken(
            .manifest, "/authorization/identity", ["from": "userinfo", "pointer": "sub"],
            at: "/authorization/identity/pointer", "no JSON Pointer"),
        Broken(
            .manifest, "/authorization/identity", ["from": "request", "name": "you", "pointer": "/id"],
            at: "/authorization/identity/name", "no request you", isOfForm: false),
        Broken(
            .manifest, "/authorization/identity", ["from": "request", "name": "activity", "pointer": "/id"],
            at: "/authorization/identity/name", "once per membership", isOfForm: false),
    ]

    /// Parameters that the client sets itself.
    static let rest: [Broken] =
        [
            "response_type", "client_id", "redirect_uri", "state", "nonce", "scope", "code_challenge",
            "code_challenge_method", "response_mode", "request", "request_uri", "client_secret", "code", "password",
            "username", "grant_type", "dpop_jkt", "client_assertion", "client_assertion_type", "device_code",
            "resource",
            "authorization_details",
        ].map { Broken(.manifest, "/authorization/parameters/" + $0, "x", "sets this parameter itself") } + [
            Broken(.manifest, "/authorization/parameters/max_age", 0, "must be a text"),
            Broken(.manifest, "/authorization/parameters/max_age", "soon", "whole number of seconds"),
            Broken(
                .manifest, "/authorization/parameters/claims", "acr", "must be a JSON object with id_token",
                isOfForm: false),
            Broken(.manifest, "/authorization/parameters/claims", ["id_token": [:]], "must be a text"),
            Broken(.manifest, "/authorization/parameters/note", "", "has no value"),
            Broken(.manifest, "/authorization/parameters/max_age", "-1", "whole number of seconds"),
            Broken(.manifest, "/authorization/parameters/max_age", "+1", "whole number of seconds"),
        ]

    static let requests: [Broken] = [
        Broken(.manifest, "/api/base", "http://api.skyways.example/v2", "loopback address only"),
        Broken(.manifest, "/api/base", "https://api.example/v2?key=1", "no query"),
        Broken(.manifest, "/api/requests", [:], "names no request"),
        Broken(.manifest, "/api/requests/me/method", "DELETE", "GET or POST"),
        Broken(.manifest, "/api/requests/me/path", nil, "missing"),
        Broken(.manifest, "/api/requests/me/path", "me", "start with a slash"),
        Broken(.manifest, "/api/requests/me/path", "/me/{membership.id}", "only with \"for\""),
        Broken(.manifest, "/api/requests/me/path", "/me/{secret}", "unknown placeholder {secret}"),
        Broken(.manifest, "/api/requests/me/path", "/me/{since", "opens or closes nothing"),
        Broken(.manifest, "/api/requests/me/body", ["a": 1], "a GET has no body"),
        Broken(.manifest, "/api/requests/me/for", "person", "must be \"membership\""),
        Broken(.manifest, "/api/requests/activity/query/since", "{when}", "known: membership.id"),
        Broken(
            .manifest, "/api/requests/activity/query/card", "{membership.card}", at: "/api/requests/activity",
            "under \"keys\"", isOfForm: false),
        Broken(.manifest, "/api/requests/activity/query/limit", 20, "must be a text"),
        Broken(.manifest, "/api/requests/activity/page/by", "offset", "one of: cursor, link, page"),
        Broken(.manifest, "/api/requests/activity/page/next", nil, "missing"),
        Broken(.manifest, "/api/requests/activity/page/next", "next", "no JSON Pointer"),
        Broken(.manifest, "/api/requests/activity/page/order", "oldest", "must be \"newest\""),
        Broken(
            .manifest, "/api/requests/activity/page", ["by": "page"], at: "/api/requests/activity/page/last", "items"),
        Broken(.manifest, "/api/requests/activity/since", "P2W", "ISO 8601 duration"),
        Broken(
            .manifest, "/api/requests/me/failure", ["at": "/error", "map": ["E1": "panic"]],
            at: "/api/requests/me/failure/map/E1", "one of: rateLimited"),
        Broken(
            .manifest, "/api/requests/me/failure", ["at": "error"], at: "/api/requests/me/failure/at", "no JSON Pointer"
        ),
        Broken(
            .manifest, "/api/requests/feed",
            ["method": "POST", "path": "/feed", "body": ["filter": ["{membership.id}"]]],
            at: "/api/requests/feed/body/filter/0", "only with \"for\""),
        Broken(.manifest, "/api/limits/perSecond", 5, "decimal number as text"),
        Broken(.manifest, "/api/limits/perDay", "0", "whole number as text"),
        Broken(.manifest, "/api/limits/inFlight", 0, "from 1 to 128"),
        Broken(.manifest, "/api/limits/perHour", "3", "known here: perSecond"),
    ]
}
