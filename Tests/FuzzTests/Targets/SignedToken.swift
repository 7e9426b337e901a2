import Crypto
import Wire

@testable import PurserEngine

/// A compact JWS, as it comes; and a header and a payload, each of any form, which are signed first: so that the fuzzer
/// gets past the signature, and what lies behind it is tried too.
enum SignedTokenTarget {
    static let now = Instant(seconds: 1_800_000_000)
    static let key = SigningKey(number: Secret(copying: [UInt8](repeating: 7, count: 32)), .edDSA)!
    private static let decoy = SigningKey(number: Secret(copying: [UInt8](repeating: 8, count: 32)), .es256)!
    static let keys = try! JWKSet(["keys": [key.publicJWK, decoy.publicJWK]])

    private static let payload: JSON = [
        "iss": "https://as.example", "sub": "member-1", "aud": "purser", "exp": 1_800_000_300, "iat": 1_800_000_000,
    ]
    /// The only texts that this key has signed. Ed25519 gives one signature for one text, so any other that verifies is
    /// a forgery.
    static let genuine: Set<String> = [try! JWS.sign(payload.bytes, with: key)]

    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let jws = try? JWS.verify(text, keys: keys, allowed: Set(SignatureAlgorithm.allCases)) {
            try demand(genuine.contains(text), "a text verifies that nobody signed")
            try demand(jws.payload == payload.bytes, "the payload is another")
        }
        let (header, payload) = halves(bytes)
        let signed = Base64URL.encode(header) + "." + Base64URL.encode(payload)
        try behind(signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8))), header, payload)
    }

    private static func behind(_ token: String, _ header: [UInt8], _ payload: [UInt8]) throws {
        guard let jws = try? JWS.verify(token, keys: keys, allowed: [.edDSA, .ed25519]) else {
            for algorithm in SignatureAlgorithm.allCases {
                try demand(id(token, algorithm) == nil, "an ID token without a good signature is believed")
            }
            return
        }
        try demand(jws.payload == payload, "the payload is another than the one that was signed")
        guard let head = try? JSON.parse(header), let members = head.object?.members.map(\.name) else {
            throw Broken(description: "a header is believed that is no JSON object")
        }
        try demand(["EdDSA", "Ed25519"].contains(head["alg"]?.string), "another algorithm is believed")
        for name in ["crit", "b64", "jwk", "jku", "x5u"] {
            try demand(!members.contains(name), "a header with \(name) is believed")
        }
        try demand(head["kid"] == nil || head["kid"]?.string == key.kid, "another key id is believed")
        for algorithm in SignatureAlgorithm.allCases where ![.edDSA, .ed25519].contains(algorithm) {
            try demand(id(token, algorithm) == nil, "the algorithm of the folder is not kept")
        }
        let logout = try? LogoutToken.checked(
            token, keys: keys, issuer: "https://as.example", clientID: "purser", algorithm: .edDSA, now: now)
        try event(token, payload, isOther: logout != nil || id(token, .edDSA) != nil)
        guard let id = id(token, .edDSA) else {
            if logout != nil { try told(try JSON.parse(payload), isLogout: true) }
            return
        }
        try demand(logout == nil, "one token is an ID token and a logout token")
        let claims = try JSON.parse(payload)
        try told(claims, isLogout: false)
        try demand(claims["sub"]?.string == id.subject && !id.subject.isEmpty, "another subject")
        try demand(id.nonce == claims["nonce"]?.string, "another nonce")
        try demand(SignIn(SignIn(id).kept)?.token == id, "a sign-in is not kept as it was")
        try demand(SignIn(id).difference(id) == nil, "a sign-in differs from itself")
    }

    /// A security event token is no other token, and says what it is believed to say.
    private static func event(_ token: String, _ payload: [UInt8], isOther: Bool) throws {
        let terms = SecurityEventToken.Terms(
            issuer: "https://as.example", audience: ["purser"], streamID: "s", algorithm: .edDSA)
        let claims = try? JSON.parse(payload)
        guard let id = claims?["jti"]?.string,
            let event = try? SecurityEventToken.checked(token, deliveredAs: id, keys: keys, terms, now: now)
        else { return }
        try demand(!isOther, "one token is an event token and another kind of token")
        try demand(claims?["iss"] == "https://as.example", "another issuer's event is believed")
        let audience = claims?["aud"]?.array ?? [claims?["aud"] ?? .null]
        try demand(audience.contains("purser"), "another audience's event is believed")
        try demand(claims?["sub"] == nil && claims?["exp"] == nil, "an event with the claims of others is believed")
        try demand(claims?["events"]?.object?.members.count == 1, "an event is believed that is none or two")
        try demand(event.id == id && event.happenedAt <= now.seconds + 60, "an event of tomorrow is believed")
    }

    private static func id(_ token: String, _ algorithm: SignatureAlgorithm) -> IDToken? {
        try? IDToken.checked(
            token, keys: keys, issuer: "https://as.example", clientID: "purser", nonce: nil, accessToken: nil, now: now,
            algorithm: algorithm)
    }

    /// What any believed token must say, told over again in other words.
    private static func told(_ claims: JSON, isLogout: Bool) throws {
        try parties(claims)
        try life(claims)
        guard let issued = claims["iat"]?.decimal else { throw Broken(description: "a token without iat is believed") }
        let time = ExactDecimal(Int(now.seconds))
        try demand(issued < time.adding(ExactDecimal(61))!, "a token of the future is believed")
        try demand((claims["events"] != nil) == isLogout, "one kind of token is taken for the other")
    }

    /// Of whom and for whom.
    static func parties(_ claims: JSON) throws {
        try demand(claims["iss"] == "https://as.example", "another issuer is believed")
        let audience = claims["aud"]?.array ?? [claims["aud"] ?? .null]
        try demand(!audience.isEmpty && audience.allSatisfy { $0 == "purser" }, "another audience is believed")
        try demand(claims["azp"] == nil || claims["azp"] == "purser", "another party is believed")
    }

    /// It has an end, and that is to come.
    static func life(_ claims: JSON) throws {
        guard let expiry = claims["exp"]?.decimal else { throw Broken(description: "a token without exp is believed") }
        let time = ExactDecimal(Int(now.seconds))
        try demand(expiry > time.subtracting(ExactDecimal(60))!, "a token that has expired is believed")
    }

    /// Any payload, signed as what it is said to be.
    static func signed(_ payload: [UInt8], type: String) throws -> String {
        let text =
            Base64URL.encode(Array(#"{"alg":"EdDSA","typ":"\#(type)"}"#.utf8)) + "." + Base64URL.encode(payload)
        return text + "." + Base64URL.encode(try key.sign(Array(text.utf8)))
    }
}
