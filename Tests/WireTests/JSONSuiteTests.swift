import TestSupport
import Testing
import Wire

@Suite("The JSON test suite", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct JSONSuiteTests {
    // RFC 8259 leaves duplicate names open; for protocol messages ours is to refuse them.
    static let refusedByPolicy: Set<String> = [
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
    ]

    /// The parser's verdict: what the text became, or why not.
    static func outcome(_ path: String) throws -> Result<JSON, JSONError> {
        let bytes = try Vectors.bytes("jsontestsuite/" + path)
        do throws(JSONError) {
            return .success(try JSON.parse(bytes))
        } catch {
            return .failure(error)
        }
    }

    @Test("What must be taken is taken, except duplicate names")
    func accepted() throws {
        let names = try Vectors.names("jsontestsuite/test_parsing").filter { $0.hasPrefix("y_") }
        #expect(names.count == 95)
        for name in names {
            switch try Self.outcome("test_parsing/" + name) {
            case .success(let json):
                #expect(!Self.refusedByPolicy.contains(name), "\(name)")
                #expect(try JSON.parse(json.bytes) == json, "\(name)")
            case .failure(let error):
                #expect(Self.refusedByPolicy.contains(name) && error.kind == .duplicate, "\(name): \(error)")
            }
        }
    }

    @Test("What must be refused is refused")
    func refused() throws {
        let names = try Vectors.names("jsontestsuite/test_parsing").filter { $0.hasPrefix("n_") }
        #expect(names.count == 188)
        for name in names {
            guard case .failure = try Self.outcome("test_parsing/" + name) else {
                Issue.record("\(name) was taken")
                continue
            }
        }
    }

    /// Where a parser is free: nil for what is taken, else why not.
    static let free: [String: JSONError.Kind?] = [
        "i_number_double_huge_neg_exp": nil, "i_number_huge_exp": nil, "i_number_neg_int_huge_exp": nil,
        "i_number_pos_double_huge_exp": nil, "i_number_real_neg_overflow": nil, "i_number_real_pos_overflow": nil,
        "i_number_real_underflow": nil, "i_number_too_big_neg_int": nil, "i_number_too_big_pos_int": nil,
        "i_number_very_big_negative_int": nil,
        "i_object_key_lone_2nd_surrogate": .surrogate, "i_string_1st_surrogate_but_2nd_missing": .surrogate,
        "i_string_1st_valid_surrogate_2nd_invalid": .surrogate,
        "i_string_incomplete_surrogate_and_escape_valid": .surrogate,
        "i_string_incomplete_surrogate_pair": .surrogate, "i_string_incomplete_surrogates_escape_valid": .surrogate,
        "i_string_invalid_lonely_surrogate": .surrogate, "i_string_invalid_surrogate": .surrogate,
        "i_string_inverted_surrogates_U+1D11E": .surrogate, "i_string_lone_second_surrogate": .surrogate,
        "i_string_UTF-8_invalid_sequence": .encoding, "i_string_UTF8_surrogate_U+D800": .encoding,
        "i_string_invalid_utf-8": .encoding, "i_string_iso_latin_1": .encoding,
        "i_string_lone_utf8_continuation_byte": .encoding, "i_string_not_in_unicode_range": .encoding,
        "i_string_overlong_sequence_2_bytes": .encoding, "i_string_overlong_sequence_6_bytes": .encoding,
        "i_string_overlong_sequence_6_bytes_null": .encoding, "i_string_truncated-utf-8": .encoding,
        "i_string_UTF-16LE_with_BOM": .syntax, "i_string_utf16BE_no_BOM": .syntax, "i_string_utf16LE_no_BOM": .syntax,
        "i_structure_UTF-8_BOM_empty_object": .syntax, "i_structure_500_nested_arrays": .tooDeep,
    ]

    @Test("Where a parser is free, ours has decided: any number is kept as text, broken Unicode is refused")
    func decided() throws {
        let names = try Vectors.names("jsontestsuite/test_parsing").filter { $0.hasPrefix("i_") }
        #expect(names == Self.free.keys.map { $0 + ".json" }.sorted())
        for name in names {
            let expected = try #require(Self.free[String(name.dropLast(5))])
            switch try Self.outcome("test_parsing/" + name) {
            case .success(let json):
                #expect(expected == nil, "\(name) was taken")
                #expect(try JSON.parse(json.bytes) == json, "\(name)")
            case .failure(let error): #expect(error.kind == expected, "\(name)")
            }
        }
    }

    @Test("Numbers keep the text they came as")
    func numberText() throws {
        let names = try Vectors.names("jsontestsuite/test_transform").filter { $0.hasPrefix("number_") }
        #expect(names.count == 10)
        for name in names {
            let json = try Self.outcome("test_transform/" + name).get()
            let source = String(decoding: try Vectors.bytes("jsontestsuite/test_transform/" + name), as: UTF8.self)
            let number = try #require(json[0]?.number, "\(name)")
            #expect(source.contains("[" + number.text + "]"), "\(name): \(number.text)")
            #expect(json.text == "[" + number.text + "]")
        }
        #expect(
            try Self.outcome("test_transform/number_1.000000000000000005.json").get()[0]?.decimal?.text
                == "1.000000000000000005")
        #expect(try Self.outcome("test_transform/number_9223372036854775807.json").get()[0]?.int == .max)
        #expect(try Self.outcome("test_transform/number_9223372036854775808.json").get()[0]?.int == nil)
        #expect(try Self.outcome("test_transform/number_1.0.json").get()[0]?.int == nil)
    }

    @Test("Names are the same only when their code points are")
    func names() throws {
        for name in ["object_key_nfc_nfd.json", "object_key_nfd_nfc.json"] {
            let object = try #require(try Self.outcome("test_transform/" + name).get().object)
            #expect(object.members.count == 2)
            #expect(object["e\u{301}"]?.string == "NFD", "\(name)")
            #expect(object["\u{e9}"]?.string == "NFC", "\(name)")
        }
        for name in ["different_values", "same_value", "unclear_values"] {
            #expect(throws: JSONError.self) { try Self.outcome("test_transform/object_same_key_\(name).json").get() }
        }
    }

    @Test("C8, C56: Broken Unicode is refused, a NUL is a character")
    func unicode() throws {
        for number in ["1_escaped_invalid_codepoint", "2_escaped_invalid_codepoints", "3_escaped_invalid_codepoints"] {
            guard case .failure(let error) = try Self.outcome("test_transform/string_\(number).json") else {
                Issue.record("\(number) was taken")
                continue
            }
            #expect(error.kind == .surrogate)
        }
        for number in ["1_invalid_codepoint", "2_invalid_codepoints", "3_invalid_codepoints"] {
            guard case .failure(let error) = try Self.outcome("test_transform/string_\(number).json") else {
                Issue.record("\(number) was taken")
                continue
            }
            #expect(error.kind == .encoding)
        }
        #expect(try Self.outcome("test_transform/string_with_escaped_NULL.json").get()[0]?.string == "A\u{0}B")
    }
}
