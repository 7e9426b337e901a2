import Crypto
import Testing
import Wire

@testable import MockProviders

/// Responses that a pretended provider signs where it is asked to (JARM).
@Suite("A mock's signed responses")
struct SignedResponseTests {
    private func claims(_ answer: HTTPResponse, _ desk: inout Desk) throws -> JSON {
        let compact = try #require(answer.location["response"])
        #expect(answer.location.fields.count == 1)
        let keys = try JWKSet(try desk.get("/jwks").json())
        return try JSON.parse(try JWS.verify(compact, keys: keys, allowed: [.rs256]).payload)
    }

    @Test(
        "a code, a no and an error are inside, for the client, with state and issuer", arguments: ["jwt", "query.jwt"])
    func inside(_ mode: String) throws {
        var desk = try Desk(authorization: [("signing", ["response": "RS256"])])
        let target = Desk.request([("response_mode", mode)])
        let good = try claims(desk.consent(target), &desk)
        #expect(good["iss"] == .string(Desk.issuer) && good["aud"] == "purser" && good["state"] == "s t&1")
        #expect(good["exp"] == .int(desk.now.seconds + 600))
        #expect(desk.exchange(try #require(good["code"]?.string)).status == 200)
        #expect(try claims(desk.consent(target, decision: "deny"), &desk)["error"] == "access_denied")
        let bad = desk.get(Desk.request([("response_mode", mode), ("scope", "other")]))
        #expect(try claims(bad, &desk)["error"] == "invalid_scope")
        let metadata = try desk.get("/.well-known/openid-configuration").json()
        #expect(
            metadata["response_modes_supported"] == ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"])
        #expect(metadata["authorization_signing_alg_values_supported"] == ["RS256"])
    }

    @Test("nobody asked: plain. Not offered: refused")
    func plain() throws {
        var desk = try Desk(authorization: [("signing", ["response": "RS256"])])
        #expect(try desk.consent().location["code"] != nil)
        #expect(try desk.consent(Desk.request([("response_mode", "query")])).location["code"] != nil)
        #expect(desk.get(Desk.request([("response_mode", "fragment.jwt")])).location["error"] == "invalid_request")
        var other = try Desk(authorization: [("responseModes", ["query"])])
        #expect(other.get(Desk.request([("response_mode", "form_post")])).location["error"] == "invalid_request")
        #expect(other.get(Desk.request([("response_mode", "jwt")])).location["error"] == "invalid_request")
        #expect(try other.get("/.well-known/openid-configuration").json()["response_modes_supported"] == ["query"])
    }
}

/// The page that has a browser post a response (OAuth 2.0 Form Post Response Mode).
@Suite("A mock's responses in a form")
struct FormPostTests {
    private func sent(_ answer: HTTPResponse) throws -> (action: String, fields: Form) {
        #expect(answer.status == 200 && answer.headers["Location"] == nil)
        let form = try #require(HTMLForm.forms(in: answer.body.text).first)
        #expect(form.method == "post")
        return (form.action, Form(form.inputs.filter { $0.type == "hidden" }.map { ($0.name, $0.value) }))
    }

    @Test("a code, a no and an error come in a form, with state and issuer; a code is as good as one in an address")
    func page() throws {
        var desk = try Desk()
        let target = Desk.request([("response_mode", "form_post"), ("state", "\"><b>&amp;")])
        let answer = try desk.consent(target)
        let (action, fields) = try sent(answer)
        #expect(action == Desk.redirect)
        #expect(fields["state"] == "\"><b>&amp;" && fields["iss"] == Desk.issuer && fields.fields.count == 3)
        #expect(desk.exchange(try #require(fields["code"])).status == 200)
        #expect(try sent(desk.consent(target, decision: "deny")).fields["error"] == "access_denied")
        let bad = desk.get(Desk.request([("response_mode", "form_post"), ("scope", "other")]))
        #expect(try sent(bad).fields["error"] == "invalid_scope")
    }

    @Test("by script and by a button, and nothing but that one script and that one address is allowed")
    func policy() throws {
        var desk = try Desk()
        let answer = try desk.consent(Desk.request([("response_mode", "form_post")]))
        let text = answer.body.text
        let parts = text.split(separator: "<script>", maxSplits: 1)
        let script = try #require(parts.last?.split(separator: "</script>").first)
        let hash = Base64.encode(Hash.sha256(Array(script.utf8)))
        let policy = try #require(answer.headers["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(policy.contains("script-src 'sha256-\(hash)'") && policy.contains("form-action http://127.0.0.1:7878"))
        #expect(text.contains("<noscript>") && HTMLForm.forms(in: text)[0].inputs.contains { $0.type == "submit" })
        #expect(answer.headers["Cache-Control"] == "no-store" && answer.headers["Referrer-Policy"] == "no-referrer")
    }

    @Test("a server may do so unasked, and a redirect's fault changes a form too")
    func usual() throws {
        var desk = try Desk(authorization: [("responseModes", ["form_post"])])
        #expect(try sent(desk.consent()).fields["code"] != nil)
        try desk.provider.addFault([
            "match": ["endpoint": "authorize"], "times": 1,
            "redirect": ["set": ["iss": ["a", "b"]], "remove": ["code"]],
        ])
        let twisted = try sent(desk.consent()).fields
        #expect(twisted.all("iss") == ["a", "b"] && twisted["code"] == nil)
        #expect(throws: MockProblem.self) { try Desk(authorization: [("responseModes", ["fragment"])]) }
        #expect(throws: MockProblem.self) { try Desk(authorization: [("responseModes", [])]) }
    }
}
