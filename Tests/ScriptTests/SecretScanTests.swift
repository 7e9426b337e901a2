import TestSupport
import Testing
import Wire

/// The search for secrets itself: what it cannot find, no other test misses.
@Suite("The secret scan")
struct SecretScanTests {
    /// Bytes that every encoder treats in another way.
    private static let secret = Array("rt_k+/\"\\&=% Zq8éX0~aMNbvC19-_ü7".utf8)
    private static let root = Crumbs.bytes(32, seed: 7)
    private static let scan = SecretScan([("the token", secret), ("the root key", root)])

    private static let noise = Crumbs.bytes(4000, seed: 3)

    private func found(_ form: [UInt8]) -> SecretScan.Hit? {
        Self.scan.hits(in: Self.noise + form + Self.noise, "a place").first
    }

    private static let encoders: [(String, @Sendable ([UInt8]) -> [UInt8])] = [
        ("as it is", { $0 }), ("reversed", { $0.reversed() }),
        ("hex", { Array(Hex.encode($0).utf8) }), ("HEX", { Array(Hex.encode($0).uppercased().utf8) }),
        ("base64", { Array(Base64.encode($0).utf8) }),
        ("base64, one byte on", { Array(Base64.encode(Array("x".utf8) + $0 + Array("y".utf8)).utf8) }),
        ("base64, two bytes on", { Array(Base64.encode(Array("id:x".utf8) + Array("y".utf8) + $0).utf8) }),
        ("base64url", { Array(Base64URL.encode($0).utf8) }),
        ("a form's value", { Array(Form([("token", String(decoding: $0, as: UTF8.self))]).encoded.utf8) }),
        ("percent, every byte", { $0.flatMap { Array(("%" + Hex.encode([$0])).utf8) } }),
        ("percent, every byte, upper case", { $0.flatMap { Array(("%" + Hex.encode([$0]).uppercased()).utf8) } }),
        ("JSON", { JSON.string(String(decoding: $0, as: UTF8.self)).bytes }),
        ("JSON, every byte", { $0.flatMap { Array(("\\u00" + Hex.encode([$0])).utf8) } }),
        ("JSON, every byte, upper case", { $0.flatMap { Array(("\\u00" + Hex.encode([$0]).uppercased()).utf8) } }),
    ]

    @Test("a secret is found in each form in which it can get out", arguments: encoders.map(\.0))
    func forms(_ name: String) throws {
        let encode = try #require(Self.encoders.first { $0.0 == name }?.1)
        let hit = try #require(found(encode(Self.secret)), "\(name)")
        #expect(hit.secret == "the token" && hit.offset >= Self.noise.count)
        #expect(!"\(hit)".contains("k+/"), "it says the secret")
    }

    @Test("bytes that are no text are found too: a root key, raw and in hex and base64")
    func bytes() {
        for form in [Self.root, Array(Hex.encode(Self.root).utf8), Array(Base64.encode(Self.root).utf8)] {
            #expect(found(form)?.secret == "the root key")
        }
    }

    @Test("any twelve bytes in a row are found, wherever they are cut; eleven are not")
    func slices() {
        for form in SecretForms.all(of: Self.secret) {
            for start in 0...(form.bytes.count - 12) {
                let slice = Array(form.bytes[start..<(start + 12)])
                #expect(found(slice) != nil, "\(form.name) from \(start)")
            }
        }
        let blank = [UInt8](repeating: 0, count: 20)
        for start in 0...(Self.secret.count - 11) {
            let slice = Array(Self.secret[start..<(start + 11)])
            #expect(Self.scan.hits(in: blank + slice + blank, "crumbs").isEmpty, "from \(start)")
        }
    }

    @Test("what is no secret is not found")
    func clean() {
        #expect(Self.scan.hits(in: Crumbs.bytes(1 << 20, seed: 99), "noise").isEmpty)
        #expect(Self.scan.hits(in: Array("rt_".utf8), "crumbs").isEmpty)
    }
}

/// Bytes without meaning that are the same every time.
enum Crumbs {
    static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        }
    }
}
