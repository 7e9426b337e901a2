import TestSupport
import Testing

/// Every file of the folder of test vectors is run through something, or is left alone for a reason.
@Suite("The test vectors", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct VectorsTests {
    /// By whom a file, or all files whose paths begin so, are loaded.
    private struct Use: Sendable {
        let files: String
        /// A file below Tests, and a function of it.
        let test: (file: String, name: String)
        /// How that names them, as a literal of its file.
        let literal: String

        init(_ files: String, _ file: String, _ name: String, _ literal: String) {
            self.files = files
            test = (file, name)
            self.literal = literal
        }
    }

    private static let primitives = "CryptoTests/PrimitiveTests.swift"
    private static let signatures = "CryptoTests/SignatureVectorTests.swift"
    private static let suite = "WireTests/JSONSuiteTests.swift"

    private static func wycheproof(_ name: String, _ file: String, _ test: String, _ literal: String? = nil) -> Use {
        Use("wycheproof/\(name)_test.json", file, test, literal ?? name)
    }

    private static func rfc(_ name: String, _ file: String, _ test: String) -> Use {
        Use("rfc/\(name).json", file, test, "rfc/\(name).json")
    }

    private static let uses: [Use] = [
        wycheproof("aes_gcm", primitives, "aesGCM"), wycheproof("hkdf_sha256", primitives, "hkdf"),
        wycheproof("hmac_sha256", primitives, "hmac"), wycheproof("hmac_sha384", primitives, "hmac"),
        wycheproof("hmac_sha512", primitives, "hmac"),
        wycheproof("rsa_signature_2048_sha256", signatures, "pkcs1", "2048_sha256"),
        wycheproof("rsa_signature_3072_sha384", signatures, "pkcs1", "3072_sha384"),
        wycheproof("rsa_signature_4096_sha512", signatures, "pkcs1", "4096_sha512"),
        wycheproof("rsa_pss_2048_sha256_mgf1_32", signatures, "pss", "2048_sha256_mgf1_32"),
        wycheproof("rsa_pss_2048_sha384_mgf1_48", signatures, "pss", "2048_sha384_mgf1_48"),
        wycheproof("rsa_pss_4096_sha384_mgf1_48", signatures, "pss", "4096_sha384_mgf1_48"),
        wycheproof("rsa_pss_4096_sha512_mgf1_64", signatures, "pss", "4096_sha512_mgf1_64"),
        wycheproof("rsa_pss_2048_sha256_mgf1_0", signatures, "pssSalt"),
        wycheproof("rsa_pkcs1_1024_sig_gen", signatures, "tooSmall"),
        wycheproof("ecdsa_secp256r1_sha256_p1363", signatures, "ecdsa", "secp256r1_sha256"),
        wycheproof("ecdsa_secp384r1_sha384_p1363", signatures, "ecdsa", "secp384r1_sha384"),
        wycheproof("ecdsa_secp521r1_sha512_p1363", signatures, "ecdsa", "secp521r1_sha512"),
        wycheproof("ecdsa_secp256r1_sha256", signatures, "der"), wycheproof("ed25519", signatures, "ed25519"),
        wycheproof("json_web_signature", signatures, "tokens"), wycheproof("json_web_key", signatures, "tokens"),
        wycheproof("json_web_crypto", signatures, "tokens"), wycheproof("json_web_crypto", signatures, "encrypted"),
        wycheproof("json_web_encryption", signatures, "encrypted"),

        Use("jose-cookbook/jws/4_1", signatures, "cookbook", "jws/4_1.rsa_v15_signature"),
        Use("jose-cookbook/jws/4_2", signatures, "cookbook", "jws/4_2.rsa-pss_signature"),
        Use("jose-cookbook/jws/4_3", signatures, "cookbook", "jws/4_3.ecdsa_signature"),
        Use("jose-cookbook/jws/4_4", signatures, "cookbook", "jws/4_4.hmac-sha2_integrity_protection"),
        Use("jose-cookbook/jws/4_5", signatures, "cookbook", "jws/4_5.signature_with_detached_content"),
        // All others of the folder.
        Use("jose-cookbook/jws/", signatures, "cookbookRefused", "jws"),
        Use("jose-cookbook/jwe/", signatures, "cookbookRefused", "jwe"),
        Use("jose-cookbook/6", signatures, "cookbookRefused", "6.nesting_signatures_and_encryption"),
        Use("jose-cookbook/curve25519/ecdh-es.json", signatures, "cookbookRefused", "curve25519/ecdh-es"),
        Use("jose-cookbook/curve25519/jws.json", signatures, "cookbook", "curve25519/jws"),
        Use("jose-cookbook/rfc7797/", signatures, "unencoded", "jose-cookbook/rfc7797"),
        Use("jose-cookbook/jwk/3_1", signatures, "cookbookKeys", "3_1.ec_public_key"),
        Use("jose-cookbook/jwk/3_2", signatures, "cookbookKeys", "3_2.ec_private_key"),
        Use("jose-cookbook/jwk/3_3", signatures, "cookbookKeys", "3_3.rsa_public_key"),
        Use("jose-cookbook/jwk/3_4", signatures, "cookbookKeys", "3_4.rsa_private_key"),
        Use("jose-cookbook/jwk/3_5", signatures, "cookbookKeys", "3_5.symmetric_key_mac_computation"),
        Use("jose-cookbook/jwk/3_6", signatures, "cookbookKeys", "3_6.symmetric_key_encryption"),

        Use("jsontestsuite/test_parsing/y_", suite, "accepted", "y_"),
        Use("jsontestsuite/test_parsing/n_", suite, "refused", "n_"),
        Use("jsontestsuite/test_parsing/i_", suite, "decided", "i_"),
        Use("jsontestsuite/test_transform/number_", suite, "numberText", "number_"),
        Use("jsontestsuite/test_transform/object_key_nfc_nfd", suite, "names", "object_key_nfc_nfd.json"),
        Use("jsontestsuite/test_transform/object_key_nfd_nfc", suite, "names", "object_key_nfd_nfc.json"),
        Use("jsontestsuite/test_transform/object_same_key_different", suite, "names", "different_values"),
        Use("jsontestsuite/test_transform/object_same_key_same", suite, "names", "same_value"),
        Use("jsontestsuite/test_transform/object_same_key_unclear", suite, "names", "unclear_values"),
        Use("jsontestsuite/test_transform/string_", suite, "unicode", "test_transform/string_"),

        rfc("rfc7515-appendix-a", signatures, "appendixA"), rfc("rfc8037-ed25519", signatures, "appendixA4"),
        rfc("jwk-thumbprint", signatures, "thumbprints"), rfc("rfc9449-dpop", signatures, "dpop"),
        rfc("rfc9449-dpop", "EngineTests/SignedAccessTests.swift", "published"),
        rfc("rfc9449-dpop", "MockProvidersTests/VectorTests.swift", "proofs"),
        rfc("oidc-hash-claims", primitives, "hashClaims"),
        rfc("rfc7636-appendix-b", "EngineTests/AuthorizationRequestTests.swift", "challenge"),
        rfc("rfc7636-appendix-b", "MockProvidersTests/VectorTests.swift", "verifiers"),
        rfc("rfc6749-encoding", "WireTests/EncodingTests.swift", "appendixB"),
        rfc("rfc6749-encoding", "EngineTests/ClientRegistrationTests.swift", "basic"),
        rfc("well-known-urls", "EngineTests/ServerMetadataTests.swift", "locations"),
        rfc("well-known-urls", "EngineTests/ServerMetadataTests.swift", "issuers"),
        rfc("well-known-urls", "ScriptTests/ReachTests.swift", "protectedResource"),
        Use("http/www-authenticate.json", "WireTests/HeaderTests.swift", "challenges", "http/www-authenticate.json"),
    ]

    /// What nothing here could be held against.
    private static let unused: [(file: String, why: String)] = [
        ("wycheproof/aes_wrap_test.json", "keys are wrapped by AES-256-GCM, never by RFC 3394"),
        ("wycheproof/aes_kwp_test.json", "keys are wrapped by AES-256-GCM, never by RFC 5649"),
        ("wycheproof/chacha20_poly1305_test.json", "AES-256-GCM is the one AEAD"),
        ("wycheproof/xchacha20_poly1305_test.json", "AES-256-GCM is the one AEAD"),
        ("wycheproof/pbkdf2_hmacsha256_test.json", "passphrases go through scrypt"),
    ]

    private static let isPaper: @Sendable (String) -> Bool = { $0.hasSuffix("README.md") || $0.hasSuffix("LICENSE") }

    @Test("every file is loaded by a test that is named here, or stands here with the reason why by none")
    func complete() throws {
        let files = try Vectors.all().filter { !Self.isPaper($0) }
        #expect(files.count > 400)
        for file in files {
            let isUsed = Self.uses.contains { file.hasPrefix($0.files) }
            let isExcused = Self.unused.contains { $0.file == file }
            #expect(isUsed != isExcused, "\(file): \(isUsed ? "used and excused" : "nothing loads it")")
        }
        for use in Self.uses { #expect(files.contains { $0.hasPrefix(use.files) }, "\(use.files) is not there") }
        for file in Self.unused { #expect(files.contains(file.file), "\(file.file) is not there") }
    }

    @Test("the tests that are named are there and name those files")
    func named() throws {
        let files = try Vectors.all()
        for use in Self.uses {
            let text = Project.text("Tests/" + use.test.file)
            #expect(text.contains("    func \(use.test.name)("), "\(use.test)")
            let isNamed = text.contains("\"\(use.literal)\"") || text.contains("\"\(use.literal)\\(")
            #expect(isNamed, "\(use.test) does not name \(use.literal)")
            #expect(files.contains { $0.hasPrefix(use.files) && $0.contains(use.literal) }, "\(use.files)")
        }
    }
}
