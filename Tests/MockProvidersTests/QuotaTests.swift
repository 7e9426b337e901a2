import Testing
import Wire

@testable import MockProviders

@Suite("A mock's quota")
struct QuotaTests {
    static let start = Instant(seconds: 1_800_000_000)
    private func at(_ seconds: Int64) -> Instant { Self.start.adding(seconds: seconds) }

    @Test("calls beyond the quota of any 24 hours are refused and written down; others are not counted")
    func perDay() throws {
        var quota = Quota(try Quota.Terms(["perDay": 3]))
        for second in 0..<3 { #expect(quota.refusal(.api, now: at(Int64(second))) == nil) }
        let refusal = quota.refusal(.userinfo, now: at(10))
        let refused = try #require(refusal)
        #expect(refused.event == "over-quota")
        #expect(refused.answer.status == 429)
        #expect(refused.answer.headers["Retry-After"] == "86390")
        #expect(quota.refusal(.token, now: at(10)) == nil)
        #expect(quota.refusal(.api, now: at(86_400)) == nil)
        #expect(quota.refusal(.api, now: at(86_400)) != nil)
    }

    @Test("calls before a wait has ended are refused and written down, save those that were under way")
    func retryAfter() throws {
        var quota = Quota(try Quota.Terms([:]))
        let answer = HTTPResponse(status: 503, headers: ["Retry-After": "60"])
        quota.answered(.api, answer, now: at(0))
        #expect(quota.refusal(.api, now: at(1))?.event == nil)
        #expect(quota.refusal(.api, now: at(1))?.answer.status == 429)
        #expect(quota.refusal(.api, now: at(59))?.event == "before-retry-after")
        #expect(quota.refusal(.token, now: at(59)) == nil)
        #expect(quota.refusal(.api, now: at(60)) == nil)
    }

    @Test("nothing is counted or held where the folder does not ask for it")
    func off() throws {
        var none = Quota(nil)
        none.answered(.api, HTTPResponse(status: 429, headers: ["Retry-After": "60"]), now: at(0))
        #expect(none.refusal(.api, now: at(30)) == nil)
        var loose = Quota(try Quota.Terms(["holdsRetryAfter": false]))
        loose.answered(.api, HTTPResponse(status: 429, headers: ["Retry-After": "60"]), now: at(0))
        #expect(loose.refusal(.api, now: at(30)) == nil)
    }

    @Test("a folder's limits are read strictly", arguments: [["perDay": 0], ["perHour": 3], ["perDay": "5"]] as [JSON])
    func strict(_ json: JSON) { #expect(throws: MockProblem.self) { try Quota.Terms(json) } }
}
