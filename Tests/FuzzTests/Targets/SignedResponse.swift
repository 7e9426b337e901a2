import Crypto
import Wire

@testable import PurserEngine

/// The query of a callback where a signed response was asked for (JARM), as it comes; and with a response of any content
/// that is signed first, so that the fuzzer gets past the signature.
enum SignedResponseTarget {
    private static let outside = [
        "state", "code", "error", "error_description", "access_token", "id_token", "token_type",
    ]

    static func run(_ bytes: [UInt8]) throws {
        let (text, payload) = halves(bytes)
        guard var query = Form(parsing: String(decoding: text, as: UTF8.self)) else { return }
        try check(query, signed: nil)
        let signed = try SignedTokenTarget.signed(payload, type: "JWT")
        query.fields.append(Form.Field(name: "response", value: signed))
        try check(query, signed: signed)
    }

    private static func check(_ query: Form, signed: String?) throws {
        let all = query.fields.filter { $0.name == "response" }.map(\.value)
        let claims = all.count == 1 ? inside(all[0]) : nil
        if let state = AuthorizationResponse.anyState(query) {
            let plain = query.fields.filter { $0.name == "state" }.map(\.value)
            try demand(plain == [state] || plain.isEmpty && claims?["state"]?.string == state, "another state is used")
        }
        switch SignedResponse.read(
            query, issuer: "https://as.example", clientID: "purser", now: SignedTokenTarget.now)
        {
        case .refused(let why): try demand(!why.unicodeScalars.contains { $0.isHidden }, "something hidden is told")
        case .toBeVerified(let response):
            guard let claims else { throw Broken(description: "a response that is none, or two, may be verified") }
            for field in query.fields {
                try demand(!outside.contains(field.name), "\(field.name) beside a signed response")
                try demand(field.name != "iss" || field.value == "https://as.example", "a response of two issuers")
            }
            try SignedTokenTarget.parties(claims)
            try SignedTokenTarget.life(claims)
            try verify(response, claims, isGenuine: all[0] == signed || SignedTokenTarget.genuine.contains(all[0]))
        }
    }

    private static func verify(_ response: SignedResponse, _ claims: JSON, isGenuine: Bool) throws {
        let keys = SignedTokenTarget.keys
        for algorithm in SignatureAlgorithm.allCases where ![.edDSA, .ed25519].contains(algorithm) {
            try demand((try? response.verified(keys, algorithm)) == nil, "the algorithm of the folder is not kept")
        }
        guard let found = try? response.verified(keys, .edDSA) else { return }
        try demand(isGenuine, "a response verifies that nobody signed")
        let names = claims.object?.members.map(\.name) ?? []
        switch found {
        case .code(let code):
            try demand(claims["code"]?.string == code && !code.isEmpty, "another code is used")
            for name in ["error", "access_token", "id_token", "token_type", "response"] {
                try demand(!names.contains(name), "a code beside \(name) is used")
            }
        case .error(let code, let description):
            try demand(claims["error"]?.string != nil && !names.contains("code"), "an error that is none")
            for words in [code, description ?? ""] {
                try demand(!words.unicodeScalars.contains { $0.isHidden }, "something hidden is told")
            }
        case .refused: break
        case .unjudged: throw Broken(description: "what was judged waits for keys")
        }
    }

    /// What stands between the dots, told without the reader that is tried.
    private static func inside(_ compact: String) -> JSON? {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(String(parts[1])) else { return nil }
        return try? JSON.parse(bytes)
    }
}
