import Crypto
import Wire

/// A key set: what is in it is found whatever the order, nothing private is believed, and it verifies only what one of
/// its own keys has signed.
enum KeySetTarget {
    static func run(_ bytes: [UInt8]) throws {
        guard let json = try? JSON.parse(bytes), let set = try? JWKSet(json) else { return }
        guard let all = json["keys"]?.array else { throw Broken(description: "a set without keys is believed") }
        try demand(set.keys.count <= all.count && all.count <= JWKSet.maximumKeys, "more keys than there are")
        for key in all {
            try demand(key.object != nil, "a key is no object")
            for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                try demand(key[name] == nil, "a set with a private key is believed")
            }
        }
        let reversed = try? JWKSet(["keys": .array(all.reversed())])
        try demand(reversed?.keys.map(\.kid) == set.keys.map(\.kid).reversed(), "the order of the keys matters")
        let kept = all.filter { JWK.thumbprint($0) != nil && ($0["use"] == nil || $0["use"] == "sig") }
        try demand(set.keys.count <= kept.count, "a key is kept that is none, or of another use")
        try strangers(all.filter { JWK.thumbprint($0) != nil })
        for token in SignedTokenTarget.genuine {
            guard (try? JWS.verify(token, keys: set, allowed: [.edDSA])) != nil else { continue }
            let own = SignedTokenTarget.key.publicJWK["x"]
            try demand(kept.contains { $0["x"] == own }, "another key verifies what ours has signed")
        }
    }

    /// A key is what its thumbprint says: other words beside it change nothing.
    private static func strangers(_ keys: [JSON]) throws {
        for key in keys {
            guard var object = key.object else { continue }
            object["note"] = "\u{7}"
            try demand(JWK.thumbprint(.object(object)) == JWK.thumbprint(key), "a thumbprint is of more than the key")
        }
    }
}
