import Crypto
import Wire

/// What an ID token may say of the code it came for (`c_hash`, OpenID Connect Core 3.3.2.11): its half hashes, by each
/// algorithm the folder allows.
///
/// Kept sealed beside the verifier before the code is sent, so that it is still known after a crash, and the code is not.
struct CodeHash: Sendable, Hashable {
    private let halves: [String: [UInt8]]

    init(_ code: String, _ algorithm: SignatureAlgorithm) {
        let names = algorithm.names.map(\.rawValue)
        halves = Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, SignatureAlgorithm(rawValue: name).map { $0.halfHash(Array(code.utf8)) } ?? [])
            })
    }

    subscript(algorithm: SignatureAlgorithm) -> [UInt8]? { halves[algorithm.rawValue] }

    init?(_ json: JSON) {
        guard let members = json.object?.members else { return nil }
        var halves: [String: [UInt8]] = [:]
        for member in members {
            guard let half = member.value.string.flatMap(Base64URL.decode) else { return nil }
            halves[member.name] = half
        }
        self.halves = halves
    }

    var json: JSON {
        .object(
            JSONObject(
                halves.sorted { $0.key < $1.key }.map { ($0.key, .string(Base64URL.encode($0.value))) }))
    }
}
