import Testing
import Wire

@testable import PurserEngine

@Suite("Another sign-in (RFC 9470)") struct StepUpTests {
    private func asked(_ challenge: String, status: Int = 401) -> StepUp? {
        StepUp(HTTPResponse(status: status, headers: ["WWW-Authenticate": challenge], body: []))
    }

    private static let error = "error=\"insufficient_user_authentication\""

    @Test("what a challenge asks for")
    func read() throws {
        let both = try #require(asked("Bearer \(Self.error), acr_values=\"a b\", max_age=\"5\""))
        #expect(both.contexts == ["a", "b"] && both.maxAge == 5)
        #expect(both.parameters.map { "\($0.0)=\($0.1)" } == ["acr_values=a b", "max_age=5"])
        let token = try #require(asked("DPoP algs=\"ES256\", \(Self.error), max_age=0"))
        #expect(token.contexts == [] && token.maxAge == 0)
        let bare = try #require(asked("Bearer realm=\"x\", \(Self.error)"))
        #expect(bare.parameters.isEmpty)
        #expect(try #require(asked("Basic realm=\"x\", Bearer \(Self.error), max_age=\"7\"")).maxAge == 7)
    }

    @Test("what is none")
    func none() {
        #expect(asked("Bearer \(Self.error)", status: 403) == nil)
        #expect(asked("Bearer error=\"invalid_token\", acr_values=\"a\"") == nil)
        #expect(asked("Basic \(Self.error)") == nil)
        #expect(asked("") == nil)
        #expect(StepUp(HTTPResponse(status: 401, headers: [:], body: [])) == nil)
    }

    @Test("a hostile challenge is bounded: nothing of it leaves its parameter")
    func bounded() throws {
        let many = (0..<99).map { "v\($0)" }.joined(separator: " ")
        #expect(try #require(asked("Bearer \(Self.error), acr_values=\"\(many)\"")).contexts.count == 8)
        let long = String(repeating: "x", count: 201)
        #expect(try #require(asked("Bearer \(Self.error), acr_values=\"\(long) ok\"")).contexts == ["ok"])
        #expect(try #require(asked("Bearer \(Self.error), acr_values=\"q\\\"uote b\\\\s ok\"")).contexts == ["ok"])
        for age in ["-1", "x", "999999999999", "1.5", ""] {
            #expect(try #require(asked("Bearer \(Self.error), max_age=\"\(age)\"")).maxAge == nil, "\(age)")
        }
    }

    @Test("the note says it, and is read again; other notes are none")
    func notes() throws {
        for challenge in [
            "", ", acr_values=\"a,b urn:x:(y)\"", ", max_age=\"300\"", ", acr_values=\"a\", max_age=\"0\"",
        ] {
            let step = try #require(asked("Bearer \(Self.error)\(challenge)"))
            #expect(StepUp(note: step.note) == step, "\(step.note)")
        }
        #expect(StepUp(note: "the scope a is missing") == nil)
        #expect(StepUp(note: "") == nil)
    }

    @Test("it stands in place of what the folder asks, and beside the rest")
    func over() throws {
        let step = try #require(asked("Bearer \(Self.error), max_age=\"5\""))
        let parameters: JSON = ["prompt": "consent", "max_age": "86400", "acr_values": "x"]
        let folder = Fixture.provider(Fixture.manifest(parameters: parameters)).manifest.authorization
        func text(_ step: StepUp?) -> [String] { folder.parameters(for: step).map { "\($0.0)=\($0.1)" } }
        #expect(text(step) == ["prompt=consent", "acr_values=x", "max_age=5"])
        #expect(text(nil) == ["prompt=consent", "max_age=86400", "acr_values=x"])
    }

    @Test("a request keeps it for its ID token")
    func kept() throws {
        let step = try #require(asked("Bearer \(Self.error), acr_values=\"a\""))
        let request = AuthorizationRequest(
            redirectURI: "http://127.0.0.1/cb", stepUp: step, randomness: CountingRandomness())
        #expect(try #require(AuthorizationRequest.Kept(request.kept(for: Fixture.metadata()))).stepUp == step)
    }
}
