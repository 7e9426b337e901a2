import Crypto
import Glibc
import Testing
import Wire

@testable import PurserEngine

/// One pretended provider and everything around one link to it.
enum Fixture {
    static let now = Instant(rfc3339: "2026-11-23T09:30:00Z")!
    /// What came for that intent.
    static func answer(isPart: Bool = false) -> RawAnswer {
        RawAnswer(
            wallet: .first, link: intent.link, generation: 1, fence: 1, attempt: 1, status: 200, sealedBody: [1],
            receivedAt: now, isPart: isPart)
    }

    static let intent = Intent(
        wallet: .first, link: LinkID(rawValue: "lnk_intent"), purpose: .refresh, generation: 1, fence: 1, sentAt: now,
        deadline: now.adding(seconds: 30), sentUp: moment.up)
    static let moment = Moment(wall: now, up: Uptime(boot: "standing", milliseconds: now.milliseconds))
    static let wallet = WalletID.first
    static let linkID = LinkID(rawValue: "lnk_a")

    static let issuer = "https://as.example"

    /// A folder's manifest, with the parts that tests vary.
    static func manifest(
        authentication: String = "none", rotation: JSON = ["policy": "strict"], scopes: JSON = ["openid", "read"],
        client: JSON = ["id": "purser"], parameters: JSON = ["prompt": "consent"],
        base: String = "https://api.example/v2"
    ) -> JSON {
        [
            "name": "testair", "title": "Test Air",
            "programme": [
                "key": "example.test.miles", "kind": "airline",
                "units": [
                    "miles": ["decimals": 0, "one": "mile", "many": "miles"],
                    "eur": ["decimals": 2, "one": "euro", "many": "euros"],
                ],
            ],
            "authorization": [
                "issuer": .string(issuer), "grant": "authorization_code", "scopes": scopes, "client": client,
                "clientAuthentication": .string(authentication), "rotation": rotation,
                "identity": ["from": "userinfo"], "parameters": parameters,
            ],
            "api": [
                "base": .string(base),
                "requests": [
                    "me": ["method": "GET", "path": "/me"],
                    "activity": [
                        "method": "GET", "path": "/activity", "query": ["cursor": "{cursor}", "since": "{since}"],
                        "page": ["by": "cursor", "next": "/next", "order": "newest"],
                    ],
                ],
            ],
            "schedule": ["every": "PT6H", "freshFor": "PT12H"],
        ]
    }

    /// A file of a folder that ships, as text.
    static func shipped(_ path: String) -> String? {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        guard let file = fopen(parts.joined(separator: "/") + "/providers/" + path, "rb") else { return nil }
        defer { fclose(file) }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&room, 1, room.count, file)
        return String(decoding: room[..<count], as: UTF8.self)
    }

    static let mapping: JSON = [
        "memberships": [["request": "me", "each": "/memberships", "fields": ["id": "/number"]]],
        "balances": [
            [
                "request": "me", "each": "/memberships",
                "fields": ["type": ["is": "redeemable"], "unit": ["is": "miles"], "amount": "/miles"],
            ]
        ],
        "entries": [
            [
                "request": "activity", "each": "/items",
                "fields": ["id": "/ref", "posted": ["at": "/posted", "date": "rfc3339"], "amount": "/miles"],
            ]
        ],
    ]

    static func provider(_ manifest: JSON = manifest(), secret: String? = nil) -> Provider {
        var files = ["manifest.json": manifest.bytes, "mapping.json": mapping.bytes]
        files["secret"] = secret.map { Array($0.utf8) }
        let catalogue = Catalogue([ProviderFolder(name: "testair", source: "test", files: files)])
        guard let provider = catalogue["testair"] else {
            fatalError("the test's provider does not load: \(catalogue.problems)")
        }
        return provider
    }

    /// A provider whose client has a secret and this method.
    static func provider(_ authentication: String, id: String, secret: String) -> Provider {
        provider(
            manifest(authentication: authentication, client: ["id": .string(id), "secretFile": "secret"]),
            secret: secret)
    }

    static func client(_ provider: Provider = provider()) -> ClientRegistration { ClientRegistration(provider)! }

    static func metadata(
        issuer: String = issuer, token: String = "https://as.example/token",
        revocation: String? = "https://as.example/revoke", authorization: String = "https://as.example/authorize"
    ) -> ServerMetadata {
        ServerMetadata(
            issuer: issuer, authorizationEndpoint: URI(authorization)!, tokenEndpoint: URI(token)!,
            jwksURI: URI("https://as.example/jwks"), userinfoEndpoint: URI("https://as.example/userinfo"),
            revocationEndpoint: revocation.flatMap { URI($0) }, sendsIssuer: true, challengeMethods: ["S256"])
    }

    static func link(_ state: LinkState = .active) -> Link {
        Link(
            wallet: wallet, id: linkID, provider: "testair", issuer: issuer, clientID: "purser", createdAt: now,
            state: state, since: now, scopesAsked: ["openid", "read"])
    }

    static func dataKey(id: UInt32 = 1, epoch: UInt32 = 1, byte: UInt8 = 9) -> DataKey {
        DataKey(
            id: id, epoch: epoch, key: Secret(copying: [UInt8](repeating: byte, count: 32)), storeID: "store",
            randomness: CountingRandomness())
    }

    static func seat(_ provider: Provider = provider(), state: LinkState = .active) -> Seat {
        Seat(
            claim: Claim(wallet: wallet, link: linkID, fence: 3, until: now.adding(seconds: 150)), link: link(state),
            provider: provider, client: client(provider), dataKey: dataKey())
    }

    static func tokens(_ json: JSON) throws -> TokenResponse { try #require(TokenResponse(json)) }

    static func token(
        refresh: Bool = true, ends: Int64? = nil, ahead: Int64? = nil, generation: Int = 1
    ) -> TokenVersion {
        TokenVersion(
            generation: generation, sealedAccess: [1], sealedRefresh: refresh ? [2] : nil, sealedIDToken: nil,
            scopes: ["read"], accessEndsAt: ends.map { now.adding(seconds: $0) },
            refreshAheadAt: ahead.map { now.adding(seconds: $0) }, receivedAt: now)
    }

    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
