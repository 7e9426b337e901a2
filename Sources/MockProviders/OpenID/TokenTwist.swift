internal import Crypto
internal import Wire

// What is done to the next ID tokens, or to signed UserInfo, before they are signed; and how they are signed.
//
//     {"claims": {"aud": "other"}, "remove": ["nonce"], "shift": {"exp": -900}, "list": {"aud": ["another"]},
//      "header": {"kid": "unknown"}, "removeHeader": ["kid"], SIGNED}
//
// with at most one SIGNED:
//
//     "breakSignature": true        one bit of the signature is turned
//     "unsigned": true              `alg` none and no signature
//     "hmac": true                  HS256 over the public key that everybody has
//     "algorithm": "RS256"          a key of the folder of another algorithm, and that one's name
//     "stranger": true              the right algorithm and `kid`, but a key that was never published
//     "whole": "a.b.c.d.e"          this text instead

/// See above: `shift` adds seconds to a time, or to now where there is none; `list` makes a claim a list of what it was and
/// these.
struct TokenTwist: Sendable {
    private enum Signing: Sendable {
        case usual, broken, unsigned, hmac, stranger
        case algorithm(SignatureAlgorithm)
        case whole(String)
    }

    private let claims: JSONObject
    private let remove: [String]
    private let shift: [(name: String, seconds: Int)]
    private let list: [(name: String, more: [JSON])]
    private let header: JSONObject
    private let removeHeader: [String]
    private let signing: Signing

    init(_ json: JSON?, at place: String) throws(MockProblem) {
        let ways = ["breakSignature", "unsigned", "hmac", "stranger", "algorithm", "whole"]
        let shape = try Shape(
            json, at: place, knows: ["claims", "remove", "shift", "list", "header", "removeHeader"] + ways)
        claims = JSONObject(try shape.members("claims").map { ($0.name, $0.value) })
        remove = try shape.texts("remove") ?? []
        header = JSONObject(try shape.members("header").map { ($0.name, $0.value) })
        removeHeader = try shape.texts("removeHeader") ?? []
        var shift: [(name: String, seconds: Int)] = []
        for member in try shape.members("shift") {
            guard let seconds = member.value.int else { throw shape.problem("shift", "seconds as whole numbers") }
            shift.append((member.name, seconds))
        }
        self.shift = shift
        var list: [(name: String, more: [JSON])] = []
        for member in try shape.members("list") {
            guard let more = member.value.array else { throw shape.problem("list", "lists of what is added") }
            list.append((member.name, more))
        }
        self.list = list
        guard ways.filter({ shape[$0] != nil }).count <= 1 else { throw shape.problem("", "one way of signing") }
        signing = try Self.signing(shape)
    }

    private static func signing(_ shape: Shape) throws(MockProblem) -> Signing {
        if let name = try shape.optionalText("algorithm") {
            guard let algorithm = SignatureAlgorithm(rawValue: name) else {
                throw shape.problem("algorithm", "one of \(SignatureAlgorithm.allCases.map(\.rawValue))")
            }
            return .algorithm(algorithm)
        }
        if let text = try shape.optionalText("whole") { return .whole(text) }
        if try shape.bool("breakSignature", default: false) { return .broken }
        if try shape.bool("unsigned", default: false) { return .unsigned }
        if try shape.bool("hmac", default: false) { return .hmac }
        return try shape.bool("stranger", default: false) ? .stranger : .usual
    }

    /// The claims as they are after it.
    func altered(_ given: JSONObject, at now: Instant) -> JSONObject {
        var out = given
        for claim in claims.members { out[claim.name] = claim.value }
        for (name, seconds) in shift { out[name] = .int(Int64(out[name]?.int ?? Int(now.seconds)) + Int64(seconds)) }
        for (name, more) in list { out[name] = .array((out[name].map { [$0] } ?? []) + more) }
        for name in remove { out[name] = nil }
        return out
    }

    /// What makes a key another one than its fellows of the same kind.
    private static func number(_ key: JSON) -> JSON? { key["n"] ?? key["x"] }

    /// The token as it goes out. `ring` would have signed it; `all` are the folder's keys.
    func written(_ text: SignedText, _ ring: KeyRing, of all: [SigningKey]) -> String {
        var text = text
        switch signing {
        case .unsigned: text.header["alg"] = "none"
        case .hmac: text.header["alg"] = "HS256"
        case .algorithm(let algorithm): text.header["alg"] = .string(algorithm.rawValue)
        case .usual, .broken, .stranger, .whole: break
        }
        for member in header.members { text.header[member.name] = member.value }
        for name in removeHeader { text.header[name] = nil }
        switch signing {
        case .usual: return text.signed(by: ring.key)
        case .broken: return text.signed(by: ring.key, isBroken: true)
        case .unsigned: return text.unsigned()
        case .hmac: return text.authenticated(by: ring.published[0].bytes)
        case .algorithm(let algorithm):
            return text.signed(by: all.first { $0.algorithm == algorithm } ?? ring.key)
        case .stranger:
            let shown = ring.published.map(Self.number)
            let stranger = all.last {
                $0.algorithm == ring.key.algorithm && !shown.contains(Self.number($0.publicJWK))
            }
            return stranger.map { text.signed(by: $0) } ?? text.signed(by: ring.key, isBroken: true)
        case .whole(let other): return other
        }
    }
}
