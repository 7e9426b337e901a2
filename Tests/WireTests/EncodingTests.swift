import TestSupport
import Testing
import Wire

@Suite struct EncodingTests {
    @Test(
        "The vectors of RFC 4648 section 10",
        arguments: [
            ("", "", "", ""), ("f", "Zg==", "my", "66"), ("fo", "Zm8=", "mzxq", "666f"),
            ("foo", "Zm9v", "mzxw6", "666f6f"),
            ("foob", "Zm9vYg==", "mzxw6yq", "666f6f62"), ("fooba", "Zm9vYmE=", "mzxw6ytb", "666f6f6261"),
            ("foobar", "Zm9vYmFy", "mzxw6ytboi", "666f6f626172"),
        ])
    func vectors(text: String, base64: String, base32: String, hex: String) {
        let bytes = Array(text.utf8)
        let bare = base64.replacing("=", with: "")
        #expect(Base64.encode(bytes) == base64 && Base64.decode(base64) == bytes)
        #expect(Base64URL.encode(bytes) == bare && Base64URL.decode(bare) == bytes)
        #expect(Base32.encode(bytes) == base32 && Base32.decode(base32) == bytes)
        #expect(Hex.encode(bytes) == hex && Hex.decode(hex) == bytes && Hex.decode(hex.uppercased()) == bytes)
    }

    @Test("Every length and every byte comes back")
    func roundTrips() {
        let all = (0...255).map { UInt8($0) }
        for count in 0...80 {
            let bytes = Array(all.dropFirst(count * 2).prefix(count))
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
        #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
        #expect(Base64.encode([0xfb, 0xff, 0xfe]) == "+//+")
    }

    @Test(
        "There is one text only for the same bytes",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v=", "Zm9v====", "Z===", "====", "Zg==Zg==", "=Zg=", "Zm 9v",
            "Zm9v\n", "Zm9-",
            "Zm9_", "Zm9?", "\u{e9}\u{e9}", "Zm9v\u{0}\u{0}\u{0}\u{0}",
        ])
    func base64(text: String) { #expect(Base64.decode(text) == nil) }

    @Test(
        "Base 64 for URLs has no padding, no spare bits and no other characters",
        arguments: ["Zg==", "Zh", "Zm9", "Z", "Zm9vZ", "Zm 9", "Zm+v", "Zm/v", "Zm9v\n", "Zm?v", "Zm9v."])
    func base64URL(text: String) { #expect(Base64URL.decode(text) == nil) }

    @Test(
        "Base 32 is lower case without padding",
        arguments: ["MY", "my======", "mz", "m", "mzx", "mzxw6y", "m1", "m8", "m-"])
    func base32(text: String) { #expect(Base32.decode(text) == nil) }

    @Test("Hexadecimal is whole bytes", arguments: ["0", "0g", "0x00", " 00", "000"])
    func hex(text: String) { #expect(Hex.decode(text) == nil) }
}

@Suite struct FormTests {
    @Test("A form is read in order, with empty values and repeated names")
    func reading() throws {
        let form = try #require(Form(parsing: "a=1&b=&c&a=2%20x+y&&%C3%A9=%E2%82%AC&d=x=y"))
        #expect(form.fields.map(\.name) == ["a", "b", "c", "a", "\u{e9}", "d"])
        #expect(form.fields.map(\.value) == ["1", "", "", "2 x y", "\u{20ac}", "x=y"])
        #expect(form["a"] == "1")
        #expect(form.all("a") == ["1", "2 x y"])
        #expect(form["none"] == nil)
        #expect(form.repeatedNames == ["a"])
        #expect(Form(parsing: "")?.fields.isEmpty == true)
    }

    @Test(
        "A broken percent sign or broken UTF-8 refuses the whole",
        arguments: ["a=%", "a=%2", "a=%zz", "%=1", "a=%ff", "a=%C3", "a=1&b=%g0", "a=%+1"])
    func broken(text: String) { #expect(Form(parsing: text) == nil) }

    @Test("What is written is read back")
    func roundTrip() throws {
        let pairs = [
            ("a b", "+&=%#?/"), ("", "empty"), ("\u{1f600}", "\r\n\u{0}"), ("a b", "again"), ("*-._~", "*-._~"),
        ]
        let form = Form(pairs)
        #expect(form.encoded.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        #expect(Form(parsing: form.encoded) == form)
        #expect(Form([("*-._~", "a b")]).encoded == "*-._%7E=a+b")
    }
}

@Suite("Form encoding by RFC 6749", .enabled(if: Vectors.arePresent, "the test vectors are missing"))
struct FormVectorTests {
    @Test("C73: Appendix B")
    func appendixB() throws {
        let rows = try #require(try Vectors.json("rfc/rfc6749-encoding.json")["form_urlencoded"]?.array)
        #expect(!rows.isEmpty)
        for row in rows {
            let input = try #require(row["input"]?.string)
            #expect(Form.encodeComponent(input) == row["output"]?.string)
            #expect(Form(parsing: "x=" + Form.encodeComponent(input))?["x"] == input)
        }
    }

    @Test("C73: Client id and secret are encoded, then joined")
    func basic() throws {
        let rows = try #require(try Vectors.json("rfc/rfc6749-encoding.json")["client_secret_basic"]?.array)
        #expect(rows.count == 4)
        for row in rows {
            let pair = [row["client_id"], row["client_secret"]].map { Form.encodeComponent($0?.string ?? "") }
            #expect("Basic " + Base64.encode(Array(pair.joined(separator: ":").utf8)) == row["authorization"]?.string)
        }
    }

    @Test("Text in HTML is text, also where a combining mark follows what is special")
    func html() {
        #expect(HTML.escaped("<b a=\"1\" c='2'>&") == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;")
        #expect(HTML.escaped("<\u{338}script") == "&lt;\u{338}script")
        #expect(HTML.escaped("é 漢") == "é 漢")
    }
}
