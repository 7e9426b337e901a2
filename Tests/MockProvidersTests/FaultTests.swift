import Crypto
import Testing
import Wire

@testable import MockProviders

@Suite("Faults of a mock")
struct FaultTests {
    @Test("a replaced token answer was served all the same: the code is spent")
    func replaced() throws {
        var desk = try Desk()
        try desk.provider.addFault([
            "match": ["endpoint": "token"], "times": 1,
            "replace": ["status": 502, "headers": ["Content-Type": "text/html"], "body": "<h1>Bad gateway</h1>"],
        ])
        let code = try desk.code()
        let answer = desk.exchange(code)
        #expect(answer.status == 502)
        #expect(answer.headers["Content-Type"] == "text/html")
        #expect(answer.body.text == "<h1>Bad gateway</h1>")
        #expect(desk.exchange(code).status == 400)
    }

    @Test("an unprocessed one never reached the server, and a fault is over after its times")
    func unprocessed() throws {
        var desk = try Desk()
        try desk.provider.addFault([
            "match": ["endpoint": "token", "grant": "authorization_code"], "times": 2,
            "replace": ["status": 503, "body": ["error": "busy"], "unprocessed": true],
        ])
        let code = try desk.code()
        #expect(desk.exchange(code).status == 503)
        #expect(try desk.exchange(code).json()["error"] == "busy")
        #expect(desk.exchange(code).status == 200)
    }

    @Test("C95: queued faults of one kind strike one after the other, of different kinds together")
    func queued() throws {
        var desk = try Desk()
        for status in [500, 503] {
            try desk.provider.addFault([
                "match": ["endpoint": "jwks"], "times": 1, "replace": ["status": .int(status)],
            ])
        }
        try desk.provider.addFault(["match": ["endpoint": "jwks"], "times": 1, "delayMilliseconds": 250])
        try desk.provider.addFault(["match": ["endpoint": "jwks"], "times": 1, "cutAfterBytes": 3])
        try desk.provider.addFault(["match": ["endpoint": "jwks"], "times": 1, "dripMilliseconds": 40])
        let first = desk.send(HTTPRequest("GET", "/jwks"))
        #expect(first.response.status == 500)
        #expect(first.delayMilliseconds == 250)
        #expect(first.cutAfterBytes == 3)
        #expect(first.dripMilliseconds == 40)
        let second = desk.send(HTTPRequest("GET", "/jwks"))
        #expect(second.response.status == 503)
        #expect(second.delayMilliseconds == 0)
        #expect(second.cutAfterBytes == nil && second.dripMilliseconds == 0)
        #expect(desk.get("/jwks").status == 200)
    }

    @Test(
        "a patch sets, adds or removes one member, number text kept",
        arguments: [
            (["pointer": "/expires_in", "value": "3600"], "/expires_in", "\"3600\""),
            (["pointer": "/expires_in", "remove": true], "/expires_in", nil),
            (["pointer": "/error", "value": "odd"], "/error", "\"odd\""),
            (["pointer": "/refresh_token", "value": nil], "/refresh_token", "null"),
        ] as [(JSON, String, String?)])
    func patched(_ patch: JSON, _ pointer: String, _ text: String?) throws {
        var desk = try Desk()
        let code = try desk.code()
        try desk.provider.addFault(["match": ["endpoint": "token"], "patch": patch])
        #expect(JSONPointer.resolve(pointer, in: try desk.exchange(code).json())?.text == text)
    }

    @Test("a patch reaches into lists, and a list of patches is done in order")
    func patchedDeep() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        let fault = try JSON.parse(
            """
            {"match": {"endpoint": "api", "path": "/v2/m*"}, "patch": [
              {"pointer": "/memberships/0/miles", "value": 1e300},
              {"pointer": "/memberships/0/lots/0", "remove": true},
              {"pointer": "/nowhere/at/all", "value": 1}]}
            """)
        let before = try desk.get("/v2/me", bearer: tokens.access).json()["memberships"]?[0]?["lots"]?.array?.count
        try desk.provider.addFault(fault)
        let json = try desk.get("/v2/me", bearer: tokens.access).json()
        #expect(json["memberships"]?[0]?["miles"]?.text == "1e300")
        #expect(json["memberships"]?[0]?["lots"]?.array?.count == before.map { $0 - 1 })
        #expect(json["nowhere"] == nil)
    }

    @Test(
        "rows of a list are turned round, doubled or left out; an answer without the list is let by",
        arguments: [
            (["reversed": true], ["c", "b", "a"]), (["doubled": true], ["a", "a", "b", "b", "c", "c"]),
            (["withoutFirst": 2], ["c"]), (["withoutFirst": 9], []),
        ] as [(JSON, [String])])
    func rearranged(_ how: JSON, _ wanted: [String]) throws {
        var object = JSONObject([("pointer", "/page/items")])
        for member in how.object?.members ?? [] { object[member.name] = member.value }
        var box = FaultBox()
        try box.add(["times": 1, "rearrange": .object(object)])
        let request = HTTPRequest("GET", "/v2/me")
        let other = HTTPResponse.json(["page": ["rows": []]])
        let missed = box.striking(.api, request)
        box.countDown(missed, on: other)
        #expect(missed.applied(to: other).response == other && box.waiting.count == 1)
        let answer = HTTPResponse.json(["page": ["items": ["a", "b", "c"]]])
        let effects = box.striking(.api, request)
        box.countDown(effects, on: answer)
        let items = try effects.applied(to: answer).response.json()["page"]?["items"]?.array
        #expect(items?.compactMap(\.string) == wanted && box.waiting.isEmpty)
    }

    @Test("a fault may let some by first, and a server may overlook parts of the query")
    func afterAndIgnored() throws {
        var desk = try Desk(daysLater: 700)
        let access = try desk.link().access
        let path = "/v2/members/4402917765001234/activity"
        let first = desk.get(path, bearer: access).body
        let cursor = try #require(try JSON.parse(first)["page"]?["next"]?.string)
        try desk.provider.addFault(["match": ["endpoint": "api"], "after": 1, "times": 1, "ignoreQuery": ["cursor"]])
        let pages = (0..<3).map { _ in desk.get(path + "?since=2020-01-01&cursor=" + cursor, bearer: access).body }
        #expect(pages[0] == pages[2] && pages[1] != pages[0])
        #expect(pages[1] == desk.get(path + "?since=2020-01-01", bearer: access).body)
    }

    @Test("C95: an ID token with other claims is still signed; one with a broken signature is not believed")
    func idToken() throws {
        var desk = try Desk()
        let keys = try JWKSet(desk.get("/jwks").json())
        // It waits, uncounted, for the first answer with an ID token: the pages before it have none.
        try desk.provider.addFault([
            "times": 1,
            "idToken": ["claims": ["aud": "someone-else"], "remove": ["nonce"]],
        ])
        let bent = try #require(try desk.link().json["id_token"]?.string)
        let claims = try JSON.parse(JWS.verify(bent, keys: keys, allowed: [.rs256]).payload)
        #expect(claims["aud"] == "someone-else")
        #expect(claims["nonce"] == nil)
        try desk.provider.addFault(["match": ["endpoint": "token"], "times": 1, "idToken": ["breakSignature": true]])
        let broken = try #require(try desk.link().json["id_token"]?.string)
        #expect(throws: JWSError.badSignature) { try JWS.verify(broken, keys: keys, allowed: [.rs256]) }
        try desk.provider.addFault(["match": ["endpoint": "token"], "times": 1, "idToken": ["unsigned": true]])
        let bare = try #require(try desk.link().json["id_token"]?.string)
        let head = try #require(bare.split(separator: ".").first.flatMap { Base64URL.decode(String($0)) })
        #expect(try bare.hasSuffix(".") && JSON.parse(head)["alg"] == "none")
        #expect(throws: JWSError.algorithmNotAllowed) { try JWS.verify(bare, keys: keys, allowed: [.rs256]) }
        let good = try #require(try desk.link().json["id_token"]?.string)
        #expect(throws: Never.self) { try JWS.verify(good, keys: keys, allowed: [.rs256]) }
    }

    @Test("C95: rotated keys sign with a key the old set does not know; the new set holds both")
    func rotation() throws {
        var desk = try Desk()
        let before = try JWKSet(desk.get("/jwks").json())
        let old = try #require(try desk.link().json["id_token"]?.string)
        try desk.provider.addFault(["match": ["endpoint": "token"], "times": 1, "rotateKeys": true])
        let new = try #require(try desk.link().json["id_token"]?.string)
        let after = try JWKSet(desk.get("/jwks").json())
        #expect(before.keys.count == 1 && after.keys.count == 2)
        #expect(throws: JWSError.noKey) { try JWS.verify(new, keys: before, allowed: [.rs256]) }
        #expect(throws: Never.self) { try JWS.verify(new, keys: after, allowed: [.rs256]) }
        #expect(throws: Never.self) { try JWS.verify(old, keys: after, allowed: [.rs256]) }
    }

    @Test("a redirect can lose, change and repeat parameters")
    func redirect() throws {
        var desk = try Desk()
        try desk.provider.addFault([
            "match": ["endpoint": "authorize"], "times": 1,
            "redirect": ["set": ["iss": "https://other.example", "state": ["a", "b"]], "remove": ["code"]],
        ])
        let location = try desk.consent().location
        #expect(location["iss"] == "https://other.example")
        #expect(location.all("state") == ["a", "b"])
        #expect(location["code"] == nil)
        #expect(try desk.consent().location["code"] != nil)
    }

    @Test("a revoking fault kills the family of the token that is shown")
    func revoking() throws {
        var desk = try Desk()
        let tokens = try desk.link()
        try desk.provider.addFault(["match": ["endpoint": "api"], "times": 1, "revoke": true])
        #expect(desk.get("/v2/me", bearer: tokens.access).status == 401)
        #expect(desk.refresh(try #require(tokens.refresh)).status == 400)
    }

    @Test("a body can be a mebibyte of brackets")
    func bomb() throws {
        var desk = try Desk()
        let fault: JSON = ["match": ["endpoint": "discovery"], "bodyRepeat": ["text": "[", "count": 1_048_576]]
        try desk.provider.addFault(fault)
        let answer = desk.get("/.well-known/openid-configuration")
        #expect(answer.status == 200)
        #expect(answer.body.count == 1_048_576)
    }

    @Test("faults come over HTTP, and clear takes all of them back")
    func overHTTP() throws {
        var desk = try Desk()
        func post(_ text: String) -> HTTPResponse {
            desk.send(HTTPRequest("POST", "/_mock/faults", body: Array(text.utf8))).response
        }
        #expect(post(#"{"replace": {"status": 500}}"#).status == 200)
        #expect(desk.get("/jwks").status == 500)
        #expect(post(#"{"clear": true}"#).status == 200)
        #expect(desk.get("/jwks").status == 200)
    }

    @Test(
        "a fault that says something unknown is refused with its place",
        arguments: [
            ("[", "fault"), ("[]", "fault"), ("{}", "fault"), (#"{"clear": false}"#, "fault/clear"),
            (#"{"clear": true, "times": 1}"#, "fault/times"), (#"{"revoke": true, "rotateKeys": true}"#, "fault"),
            (#"{"revoke": false}"#, "fault/revoke"), (#"{"replace": {"code": 1}}"#, "fault/replace/code"),
            (#"{"replace": {"status": 99}}"#, "fault/replace/status"),
            (#"{"match": {"endpoint": "tokens"}, "revoke": true}"#, "fault/match/endpoint"),
            (#"{"match": {"host": "x"}, "revoke": true}"#, "fault/match/host"),
            (#"{"patch": {"pointer": "x", "value": 1}}"#, "fault/patch/pointer"),
            (#"{"patch": {"pointer": "/x"}}"#, "fault/patch"), (#"{"times": 0, "revoke": true}"#, "fault/times"),
            (#"{"bodyRepeat": {"text": "ab", "count": 67108864}}"#, "fault/bodyRepeat/count"),
            (#"{"delay": 5}"#, "fault/delay"),
        ])
    func refused(_ text: String, _ place: String) throws {
        var desk = try Desk()
        let answer = desk.send(HTTPRequest("POST", "/_mock/faults", body: Array(text.utf8))).response
        #expect(answer.status == 400)
        #expect(try answer.json()["message"]?.string?.hasPrefix(place) == true)
        #expect(desk.get("/jwks").status == 200)
    }
}
