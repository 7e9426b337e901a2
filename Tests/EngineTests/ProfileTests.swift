import Crypto
import Testing
import Wire

@testable import PurserEngine

/// What is below FAPI 2.0, of servers and of keys. What is of folders, BrokenManifests has.
@Suite struct ProfileTests {
    private static func authorization(_ changes: [(String, JSON)]) throws -> Manifest.Authorization {
        let bare = Fixture.manifest(authentication: "private_key_jwt").object ?? JSONObject()
        var (manifest, authorization) = (bare, bare["authorization"]?.object ?? JSONObject())
        for (name, value) in changes { authorization[name] = value }
        authorization["client"] = nil
        manifest["authorization"] = .object(authorization)
        return Fixture.provider(.object(manifest)).manifest.authorization
    }

    private static let fapi: [(String, JSON)] = [("profile", "fapi2"), ("senderConstrained", "dpop")]

    private static func metadata(pushes: Bool, requires: Bool = false, names: Bool = true) -> ServerMetadata {
        var metadata = ServerMetadata(
            issuer: Fixture.issuer, authorizationEndpoint: URI("https://as.example/authorize"),
            tokenEndpoint: URI("https://as.example/token")!, jwksURI: nil, userinfoEndpoint: nil,
            revocationEndpoint: nil, sendsIssuer: names, challengeMethods: ["S256"])
        metadata.pushedRequestEndpoint = pushes ? URI("https://as.example/par") : nil
        metadata.requiresPushedRequests = requires
        return metadata
    }

    @Test(
        "a server below its folder's profile is told in words, and one that wants pushes and takes none, whatever the folder"
    )
    func servers() throws {
        let (plain, fapi) = (try Self.authorization([]), try Self.authorization(Self.fapi))
        let rows: [(Manifest.Authorization, ServerMetadata, String?)] = [
            (fapi, Self.metadata(pushes: true), nil), (fapi, Self.metadata(pushes: true, requires: true), nil),
            (fapi, Self.metadata(pushes: false), "does not offer pushed authorization requests"),
            (fapi, Self.metadata(pushes: true, names: false), "does not name itself in its answers (RFC 9207)"),
            (plain, Self.metadata(pushes: false), nil), (plain, Self.metadata(pushes: true, names: false), nil),
            (plain, Self.metadata(pushes: true, requires: true), nil),
            (plain, Self.metadata(pushes: false, requires: true), "pushed authorization requests only"),
        ]
        for (authorization, metadata, words) in rows {
            let lack = Profile.lack(of: authorization, in: metadata)
            #expect(words.map { lack?.contains($0) == true } ?? (lack == nil), "\(lack ?? "nothing")")
        }
    }

    @Test("FAPI 2.0 5.3.3.2: no link by a code that is entered elsewhere, where the profile is on")
    func codes() throws {
        #expect(Profile.lackOfCodes(try Self.authorization([])) == nil)
        #expect(Profile.lackOfCodes(try Self.authorization(Self.fapi))?.contains("5.3.3.2") == true)
    }

    /// The mock's own RSA key as a client's, with this `alg`; nil: without one.
    private static func set(_ algorithm: String?) throws -> Secret {
        let file = try JSON.parse(try #require(Fixture.shipped("skyways/mock/keys.json")))
        var key = try #require(file["keys"]?.array?.first { $0["kty"] == "RSA" }?.object)
        key["alg"] = algorithm.map { .string($0) }
        return Secret(JSON.object(JSONObject([("keys", .array([.object(key)]))])).text)
    }

    private static func made(_ algorithms: [SignatureAlgorithm]) throws -> Secret {
        try ClientKeys(keys: try algorithms.map { try SigningKey.generate($0, bits: 2048) }).secret()
    }

    /// A key set, and what it signs by that the profile does not take.
    private static func rows() throws -> [(Secret, String?)] {
        [
            (try set(nil), "RS256"), (try set("RS256"), "RS256"), (try set("PS256"), nil), (try set("PS512"), "PS512"),
            (try made([.es256]), nil), (try made([.edDSA]), nil), (try made([.ed25519]), nil),
            (try made([.es384]), "ES384"), (try made([.es512]), "ES512"), (try made([.ed448]), "Ed448"),
            (try made([.es256, .es384]), "ES384"),
        ]
    }

    @Test("keys that are given are held to the profile, in a folder and with --key-file; without it any will do")
    func keys() throws {
        var fapi = Fixture.manifest(
            authentication: "private_key_jwt", client: ["id": "purser", "keyFile": "secret"]
        ).object!
        let plain = JSON.object(fapi)
        var authorization = fapi["authorization"]!.object!
        for (name, value) in Self.fapi { authorization[name] = value }
        fapi["authorization"] = .object(authorization)
        func problems(_ manifest: JSON, _ keys: Secret) -> [ManifestProblem] {
            let files = [
                "manifest.json": manifest.bytes, "mapping.json": Fixture.mapping.bytes,
                "secret": keys.withBytes { Array($0) },
            ]
            return Catalogue([ProviderFolder(name: "testair", source: "test", files: files)]).problems["testair"] ?? []
        }
        let good = try #require(try Self.made([.es256]).text())
        for (keys, algorithm) in try Self.rows() {
            let setting = ClientSetting(clientID: "abc", secret: nil, key: keys, redirectURI: nil, scopes: nil)
            #expect(problems(plain, keys).isEmpty)
            #expect(ClientCheck.problem(setting, Fixture.provider(plain, secret: good)) == nil)
            let inFolder = problems(.object(fapi), keys)
            let given = ClientCheck.problem(setting, Fixture.provider(.object(fapi), secret: good))
            guard let algorithm else {
                #expect(inFolder.isEmpty && given == nil, "\(inFolder)")
                continue
            }
            #expect(inFolder.map(\.place) == ["/authorization/client/keyFile"])
            #expect(inFolder.first?.description.contains("signs by \(algorithm)") == true, "\(inFolder)")
            #expect(given?.contains("signs by \(algorithm)") == true, "\(given ?? "nothing")")
        }
    }
}
