import PurserEngine
import Testing
import Wire

/// A sign-in that another party wants begun (OpenID Connect Core 4).
@Suite("Initiated logins") struct InitiatedLoginTests {
    private static let issuer = "https://as.example"
    private static let rows: [([(String, String)], String?, String?)] = [
        ([("iss", issuer)], issuer, nil),
        ([("iss", issuer), ("login_hint", "a"), ("target_link_uri", "https://evil.example"), ("x", "1")], issuer, nil),
        ([("x", "1"), ("x", "2"), ("iss", issuer)], issuer, nil),
        ([], issuer, "which provider"), ([("login_hint", "a")], issuer, "which provider"),
        ([("iss", issuer)], nil, "another provider"), ([("iss", "")], issuer, "another provider"),
        ([("iss", issuer + "/")], issuer, "another provider"), ([("iss", "https://AS.example")], issuer, "another"),
        ([("iss", "https://as.example:443")], issuer, "another"), ([("iss", "http://as.example")], issuer, "another"),
        // The same letter, spelled otherwise.
        ([("iss", "https://cafe\u{301}.example")], "https://caf\u{e9}.example", "another provider"),
        ([("iss", issuer), ("iss", issuer)], issuer, "iss came twice"),
        ([("iss", issuer), ("login_hint", "a"), ("login_hint", "b")], issuer, "login_hint came twice"),
        ([("target_link_uri", "a"), ("target_link_uri", "b"), ("iss", issuer)], issuer, "came twice"),
    ]

    @Test("the issuer byte for byte, once; what else comes is not looked at")
    func decided() {
        for (fields, issuer, words) in Self.rows {
            switch (InitiatedLogin.decide(Form(fields), issuer: issuer), words) {
            case (.told, nil): break
            case (.refused(let why), let words?): #expect(why.contains(words), "\(fields): \(why)")
            case (let found, _): Issue.record("\(fields): \(found)")
            }
        }
    }
}
