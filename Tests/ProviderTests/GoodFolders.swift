import Wire

/// Folders that load: one for each alternative of the grammar.
enum GoodFolders {
    static let all = manifests + requests + mappings

    private static func authorization(_ changes: [(String, JSON?)]) -> Changed {
        let base = Changed.base(.manifest)["authorization"] ?? .null
        return Changed(.manifest, "/authorization", changes.reduce(base) { $0.with($1.0, $1.1) })
    }

    /// The authorization of a folder whose client can have a stream of signals.
    static func signals(_ signals: JSON, scopes: JSON = ["openid", "read"]) -> JSON {
        let changes: [(String, JSON?)] = [
            ("/client", nil), ("/clientAuthentication", "client_secret_post"), ("/scopes", scopes),
            ("/sharedSignals", signals),
        ]
        return changes.reduce(Changed.base(.manifest)["authorization"] ?? .null) { $0.with($1.0, $1.1) }
    }

    private static let endpoints: JSON = [
        "authorization": "https://a.example/authorize?tenant=1", "token": "http://127.0.0.1:9/token",
        "jwks": "https://a.example/keys", "userinfo": "https://a.example/me", "revocation": "http://[::1]:9/revoke",
    ]

    static let manifests: [Changed] =
        [
            Changed(.manifest, "/note", ["for": "people"]),
            Changed(.manifest, "/mock", nil),
            Changed(.manifest, "/caFile", nil),
            Changed(.manifest, "/schedule/every", "P1DT12H30M15S"),
            Changed(.manifest, "/programme/alliance", nil),
            Changed(.manifest, "/programme/tiers", nil),
            Changed(.manifest, "/programme/expiry", ["rule": "year-end"]),
            Changed(.manifest, "/programme/expiry", ["rule": "activity", "months": 18]),
            Changed(.manifest, "/programme/units/note", ["decimals": 2, "one": "note", "many": "notes"]),
            Changed(.manifest, "/authorization/issuer", "https://id.skyways.example/tenant"),
            Changed(.manifest, "/authorization/discovery", "oauth"),
            authorization([("/discovery", "none"), ("/endpoints", endpoints)]),
            authorization([
                ("/discovery", "none"), ("/endpoints", endpoints.with("/device", "https://a.example/device")),
            ]),
            authorization([
                ("/discovery", "none"), ("/grant", "device_code"),
                ("/endpoints", ["token": "https://a.example/token", "device": "https://a.example/device"]),
            ]),
            Changed(.manifest, "/authorization/client", nil),
            Changed(.manifest, "/authorization/client/redirectUri", "https://purser.example/callback/changed"),
            Changed(.manifest, "/authorization/identity", ["from": "userinfo"]),
            Changed(.manifest, "/authorization/identity", ["from": "userinfo", "pointer": "/member/id"]),
            Changed(.manifest, "/authorization/identity", ["from": "request", "name": "me", "pointer": "/a~1b/0"]),
            Changed(.manifest, "/authorization/parameters", ["audience": "https://api.example", "note": "x"]),
            Changed(.manifest, "/authorization/parameters", ["max_age": "0", "acr_values": "gold silver"]),
            Changed(
                .manifest, "/authorization/parameters",
                ["claims": #"{"id_token": {"intent": {"essential": true, "value": "i-7"}}, "userinfo": {"x": null}}"#]),
            Changed(.manifest, "/authorization/idTokenAlgorithm", "ES256"),
            Changed(.manifest, "/authorization/idTokenAlgorithm", "EdDSA"),
            Changed(.manifest, "/authorization/userinfoAlgorithm", "PS256"),
            Changed(.manifest, "/authorization/responseMode", "jwt"),
            Changed(.manifest, "/authorization/responseMode", "query"),
            Changed(.manifest, "/authorization/responseMode", "form_post"),
            Changed(.manifest, "/authorization/requestObject", false),
            authorization([
                ("/client", nil), ("/clientAuthentication", "private_key_jwt"), ("/requestObject", true),
            ]),
            authorization([("/responseMode", "query.jwt"), ("/authorizationAlgorithm", "ES256")]),
            authorization([("/responseMode", "form_post.jwt"), ("/authorizationAlgorithm", "ES256")]),
            Changed(.manifest, "/authorization/introspection", "json"),
            Changed(.manifest, "/authorization/introspection", "jwt"),
            authorization([("/introspection", "jwt"), ("/introspectionAlgorithm", "ES256")]),
            authorization([
                ("/introspection", "json"), ("/endpoints", ["introspection": "https://id.example/introspect"]),
            ]),
            authorization([
                ("/introspection", "json"), ("/discovery", "none"),
                ("/endpoints", endpoints.with("/introspection", "http://[::1]:9/introspect")),
            ]),
            Changed(.manifest, "/authorization/senderConstrained", "dpop"),
            authorization([
                ("/client", nil), ("/clientAuthentication", "private_key_jwt"), ("/senderConstrained", "dpop"),
                ("/profile", "fapi2"),
            ]),
            Changed(.manifest, "/authorization/quirks", []),
            Changed(.manifest, "/authorization", signals([:])),
            Changed(
                .manifest, "/authorization",
                signals([
                    "transmitter": "https://signals.example/one", "scopes": ["ssf.manage"],
                    "events": ["https://schemas.openid.net/secevent/risc/event-type/account-disabled"], "note": "some",
                ])),
            Changed(
                .manifest, "/authorization/quirks", ["discovery-slash", "forbidden-token", "invalid-request-grant"]),
            Changed(.manifest, "/authorization/endpoints", ["revocation": "https://id.example/revoke"]),
            authorization([("/discovery", "oauth"), ("/endpoints", ["revocation": "http://127.0.0.1:9/revoke"])]),
            Changed(.manifest, "/authorization/resource", "https://api.example/v1"),
            Changed(.manifest, "/authorization/authorizationDetails", [["type": "accounts", "actions": ["read"]]]),
            authorization([
                ("/client", nil), ("/clientAuthentication", "client_secret_basic"), ("/quirks", ["raw-basic"]),
            ]),
            authorization([
                ("/client", nil), ("/clientAuthentication", "private_key_jwt"), ("/quirks", ["typed-assertion"]),
            ]),
            authorization([("/client", nil), ("/clientAuthentication", "client_secret_post")]),
        ]
        + ["none", "sometimes"].map { Changed(.manifest, "/authorization/rotation", ["policy": .string($0)]) }
        + [
            Changed(.manifest, "/authorization/rotation", ["policy": "grace", "seconds": 30]),
            Changed(.manifest, "/authorization/rotation", ["policy": "strict", "idleSeconds": 5_184_000]),
            Changed(.manifest, "/authorization/rotation", ["policy": "graceUntilUsed", "capSeconds": 86_400]),
        ]
        + [Changed(.manifest, "/authorization/grant", "device_code")]
        + [authorization([("/client", nil), ("/clientAuthentication", "private_key_jwt")])]
        + ["tls_client_auth", "self_signed_tls_client_auth"].map { Changed(.manifest, "", overTLS($0)) }

    /// A manifest of a client with a certificate, which is shown over https alone.
    static func overTLS(_ method: String) -> JSON {
        Changed.base(.manifest).with("/authorization/client", nil)
            .with("/authorization/clientAuthentication", .string(method))
            .with("/authorization/issuer", "https://id.example").with("/api/base", "https://api.example/v2")
    }

    static let requests: [Changed] = [
        Changed(.manifest, "/api/limits", nil),
        Changed(.manifest, "/api/limits/perSecond", "0.5"),
        Changed(.manifest, "/api/requests/me/conditional", true),
        Changed(
            .manifest, "/api/requests/me/failure",
            ["at": "/errors/0/code", "map": ["RATE": "rateLimited", "SCOPE": "needsConsent"], "else": "degraded"]),
        Changed(.manifest, "/api/requests/activity/page", ["by": "link", "order": "newest"]),
        Changed(.manifest, "/api/requests/activity/page", ["by": "page", "first": 0, "items": "/items"]),
        Changed(.manifest, "/api/requests/activity/page", ["by": "page", "last": "/pages"]),
        Changed(
            .manifest, "/api/requests/search",
            [
                "method": "POST", "path": "/search", "for": "membership",
                "body": ["card": "{membership.id}", "page": "{page}", "between": ["{since}", "{today}"], "all": true],
                "page": ["by": "page", "items": "/hits"],
            ]),
        Changed(
            .manifest, "/api/requests/news", ["method": "POST", "path": "/news/{today}", "query": ["n": "{cursor}x"]]),
    ]

    static let mappings: [Changed] = [
        Changed(.mapping, "/values", nil),
        Changed(.mapping, "/memberships/0/each", ""),
        Changed(.mapping, "/memberships/0/fields/keys", ["card": "/card", "note": ["at": "/n", "default": "0"]]),
        Changed(.mapping, "/lots/0/each", "/groups/*/cards/[kind=main]/lots"),
        Changed(.mapping, "/lots/0/optional", true),
        Changed(.mapping, "/lots/0/when", ["at": "^#", "in": ["points", 1, true]]),
        Changed(.mapping, "/lots/0/fields/unit", ["at": "/u", "map": ["M": "miles"], "else": "tier-points"]),
        Changed(.mapping, "/lots/0/fields/earned", ["at": "/e", "date": "yyyy-MM", "day": "first"]),
        Changed(.mapping, "/lots/0/fields/expires", ["at": "/w", "date": "iso-week", "day": "last"]),
        Changed(.mapping, "/lots/0/fields/amount", ""),
        Changed(.mapping, "/lots/0/fields/amount", "#"),
        Changed(.mapping, "/lots/0/fields/amount", "^^#"),
        Changed(.mapping, "/lots/0/fields/amount", "$/a~0b/~1/[name=x~1y]/0"),
        Changed(.mapping, "/lots/0/fields/amount", "/[odd/*x/x*"),
        Changed(
            .mapping, "/lots/0/fields/amount",
            ["at": "^/m", "scale": -2, "comma": true, "group": " ", "hidden": ["***", -1, false], "default": "0"]),
        Changed(.mapping, "/balances/0/fields/amount/hidden", ["at": "/visibility", "in": ["MASKED"]]),
        Changed(.mapping, "/balances/0/fields/asOf", ["at": "$/asOf", "date": "dd.MM.yyyy", "zone": "Europe/Vienna"]),
        Changed(.mapping, "/entries/0/fields/posted", ["at": "/p", "date": "epoch-ms", "zone": "+02:00"]),
        Changed(.mapping, "/entries/0/fields/kind/map/note", "adjust"),
        Changed(.mapping, "/tiers/0/fields/scheme", "/scheme"),
        Changed(
            .mapping, "/vouchers",
            [["request": "me", "each": "/v", "fields": ["id": "#", "title": ["join": ["/a"]], "amount": ["is": "1"]]]]),
    ]
}
