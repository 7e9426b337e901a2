import Crypto
import TestSupport
import Testing
import Wire

@testable import MockProviders

/// Published examples at the pretended servers: what the client is held against is no laxer than the specifications.
@Suite("Mocks by vectors", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct VectorTests {
    private static func challenge(_ verifier: String) -> String {
        Base64URL.encode(Hash.sha256(Array(verifier.utf8)))
    }

    @Test("C34: a code verifier that is none by RFC 7636 4.1 is refused, also where the challenge was made of it")
    func verifiers() throws {
        let syntax = try #require(try Vectors.json("rfc/rfc7636-appendix-b.json")["verifier_syntax"])
        let (least, most) = (try #require(syntax["min"]?.int), try #require(syntax["max"]?.int))
        let invalid = try #require(syntax["invalid"]?.array).compactMap(\.string)
        #expect(invalid.count == 8)
        for verifier in invalid {
            var desk = try Desk()
            let code = try desk.code(Desk.request([("code_challenge", Self.challenge(verifier))]))
            let answer = desk.exchange(code, [("code_verifier", verifier)])
            #expect(try answer.json()["error"] == "invalid_grant", "\(verifier)")
            #expect(
                try answer.json()["error_description"]?.string?.contains("code_verifier is malformed") == true,
                "\(verifier)")
        }
        let letters = (["A", "Z", "a", "z", "0", "9", "-", ".", "_", "~"] as [Character])
        for count in [least, most] {
            let verifier = String((0..<count).map { letters[$0 % letters.count] })
            var desk = try Desk()
            let code = try desk.code(Desk.request([("code_challenge", Self.challenge(verifier))]))
            #expect(desk.exchange(code, [("code_verifier", verifier)]).status == 200, "\(verifier)")
        }
    }

    /// The key that a proof proves at this address at the moment it names; nil where it is refused.
    private func proven(_ proof: JSON, as use: JSON, later: Int64 = 0) throws -> String? {
        let folder = try Desk.folder(authorization: [("dpop", ["required": true])])
        let address = try #require(use["htu"]?.string.flatMap { URI($0) })
        var provider = MockProvider(
            folder: folder, issuer: address.origin, epoch: folder.dayZero, people: 0, seed: 7)
        let request = HTTPRequest(
            try #require(use["htm"]?.string), address.path + (address.query.map { "?" + $0 } ?? ""),
            headers: ["DPoP": try #require(proof["proof"]?.string)])
        let moment = Instant(seconds: Int64(try #require(proof["iat"]?.int)) + later)
        return (try? provider.proof(request, access: use["access_token"]?.string, now: moment)) ?? nil
    }

    @Test("C82: the proofs of RFC 9449 at both servers, and what each may be used for")
    func proofs() throws {
        let file = try Vectors.json("rfc/rfc9449-dpop.json")
        let vectors = try #require(file["vectors"]?.array)
        #expect(vectors.count == 2)
        for proof in vectors {
            var use = try #require(proof.object)
            // Where it has the hash of one, it is for that access token.
            if proof["ath"] != nil { use["access_token"] = file["access_token"] }
            #expect(try proven(proof, as: .object(use)) == file["jkt"]?.string)
            #expect(try proven(proof, as: .object(use), later: 61) == nil)
        }
        let uses = try #require(file["negative_uses"]?.array)
        #expect(uses.count == 5)
        for use in uses {
            let proof = try #require(vectors.first { $0["id"] == use["proof"] })
            let found = try proven(proof, as: #require(use["as"]))
            #expect(found == (use["result"] == "valid" ? file["jkt"]?.string : nil), "\(use)")
        }
    }
}
