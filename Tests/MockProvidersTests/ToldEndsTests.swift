import Testing
import Wire

@testable import MockProviders

@Suite("Ends that a mock tells and keeps to")
struct ToldEndsTests {
    private static let all: JSON = ["refresh_token_expires_in", "authorization_expires_in", "refresh_expires_in"]

    private func answer(_ response: HTTPResponse) throws -> (refresh: String?, ends: [Int64?]) {
        let json = try response.json()
        let names = ["expires_in", "refresh_token_expires_in", "authorization_expires_in", "refresh_expires_in"]
        return (json["refresh_token"]?.string, names.map { json[$0]?.number.flatMap { Int64($0.text) } })
    }

    @Test("Nothing is said unless the folder says so, and only what it names")
    func silent() throws {
        var quiet = try Desk(authorization: [("refreshTokenSeconds", 900), ("authorizationSeconds", 9000)])
        #expect(try answer(quiet.exchange(quiet.code())).ends == [3600, nil, nil, nil])
        var one = try Desk(authorization: [
            ("refreshTokenSeconds", 900), ("toldEnds", ["authorization_expires_in", "refresh_token_expires_in"]),
        ])
        #expect(try answer(one.exchange(one.code())).ends == [3600, 900, nil, nil])
        var endless = try Desk(authorization: [("toldEnds", Self.all)])
        #expect(try answer(endless.exchange(endless.code())).ends == [3600, nil, nil, 0])
    }

    @Test("A refresh token ends when it was told, and each refresh moves that")
    func slides() throws {
        var desk = try Desk(authorization: [("refreshTokenSeconds", 900), ("toldEnds", Self.all)])
        var held = try answer(desk.exchange(desk.code()))
        for _ in 0..<3 {
            #expect(held.ends == [3600, 900, nil, 900])
            desk.wait(899)
            held = try answer(desk.refresh(try #require(held.refresh)))
        }
        desk.wait(900)
        #expect(try desk.refresh(try #require(held.refresh)).json()["error"] == "invalid_grant")
    }

    @Test("What was consented to ends when it was told, whatever is refreshed, and no token outlives it")
    func fixed() throws {
        var desk = try Desk(authorization: [
            ("refreshTokenSeconds", 9000), ("authorizationSeconds", 5000), ("toldEnds", Self.all),
        ])
        var held = try answer(desk.exchange(desk.code()))
        #expect(held.ends == [3600, 5000, 5000, 5000])
        desk.wait(2000)
        held = try answer(desk.refresh(try #require(held.refresh)))
        #expect(held.ends == [3000, 3000, 3000, 3000])
        desk.wait(2999)
        held = try answer(desk.refresh(try #require(held.refresh)))
        #expect(held.ends == [1, 1, 1, 1])
        desk.wait(1)
        #expect(try desk.refresh(try #require(held.refresh)).json()["error"] == "invalid_grant")
    }

    @Test("Where no new refresh token comes, the end of the one that stays is told")
    func kept() throws {
        var desk = try Desk(authorization: [
            ("refreshTokenSeconds", 900), ("toldEnds", Self.all), ("rotation", ["policy": "none"]),
        ])
        let first = try answer(desk.exchange(desk.code()))
        desk.wait(300)
        let second = try answer(desk.refresh(try #require(first.refresh)))
        #expect(second.refresh == nil && second.ends == [3600, 600, nil, 600])
    }

    @Test("An end that nobody knows is a mistake in the folder")
    func mistakes() throws {
        #expect(throws: MockProblem.self) { try Desk(authorization: [("toldEnds", ["expires_at"])]) }
        #expect(throws: MockProblem.self) { try Desk(authorization: [("authorizationSeconds", 0)]) }
    }
}
