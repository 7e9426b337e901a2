import Testing
import Wire

@testable import PurserEngine

/// What may be pasted, and what is told about the rest.
@Suite("Addresses pasted by hand")
struct PastedAddressTests {
    private static let here = "http://127.0.0.1:7878/callback/skyways"

    private static func decide(_ text: String) -> PastedAddress {
        .decide(
            text, redirectURI: here,
            others: [("grandstay", "http://127.0.0.1:7878/callback/grandstay"), ("other", "http://127.0.0.1:9/cb")])
    }

    @Test(
        "a response at the redirect URI is one, however it was copied",
        arguments: ["", " ", "\t"], ["?code=c&state=s", "?state=s&error=access_denied", "?code=c&state=s&iss=i#"])
    func taken(_ space: String, _ rest: String) {
        guard case .response(let query) = Self.decide(space + Self.here + rest + space) else {
            return #expect(Bool(false), "\(rest)")
        }
        #expect(query["state"] == "s")
    }

    @Test("a signed response is one, by the state inside")
    func signed() {
        let payload = Base64URL.encode(Array(#"{"state":"s"}"#.utf8))
        guard case .response = Self.decide(Self.here + "?response=e30.\(payload).c2ln") else {
            return #expect(Bool(false))
        }
    }

    private static let wrong: [(String, String)] = [
        ("", "no address"), ("code=c&state=s", "no address"), ("javascript:alert(1)", "no address"),
        ("\(here)?response=e30.e30.c2ln", "no state"), (here, "no code"), ("\(here)?state=s", "no code"),
        ("\(here)#access_token=t&state=s", "no code"),
        ("\(here)?code=c", "no state"), ("\(here)?code=c&state=a&state=b", "no state"),
        ("\(here)/x?code=c&state=s", "not where"),
        ("http://127.0.0.1:7879/callback/skyways?code=c&state=s", "not where"),
        ("https://127.0.0.1:7878/callback/skyways?code=c&state=s", "not where"),
        ("http://127.0.0.1.evil.example:7878/callback/skyways?code=c&state=s", "not where"),
        ("http://127.0.0.1:7878/callback/grandstay?code=c&state=s", "with grandstay"),
        ("http://127.0.0.1:9/cb?code=c&state=s", "with other"), ("\(here)?code=%zz&state=s", "damaged"),
    ]

    @Test("anything else is told what it is", arguments: wrong)
    func refused(_ text: String, _ words: String) {
        guard case .refused(let why) = Self.decide(text) else { return #expect(Bool(false), "\(text)") }
        #expect(why.contains(words), "\(why)")
    }

    @Test("its code is in no description")
    func silent() {
        let address = Self.decide(Self.here + "?code=sEcReT&state=s")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!"\(address) \(String(reflecting: address)) \(dumped)".contains("sEcReT"))
    }
}
