import Testing
import Wire

@testable import PurserEngine

@Suite struct NextPageTests {
    private let at = URI("https://api.example/v2/activity?page=1")!

    private func decide(
        _ page: RequestTemplate.Page, _ answer: JSON, _ headers: HTTPHeaders = [:], number: Int = 1
    ) -> NextPage {
        NextPage.decide(page, answer, headers, at: at, number: number)
    }

    @Test("A cursor is a text or a number; absent, null or empty ends")
    func cursor() {
        let page = RequestTemplate.Page.cursor(next: "/page/next")
        #expect(decide(page, ["page": ["next": "abc"]]) == .value("abc"))
        #expect(decide(page, ["page": ["next": 17]]) == .value(17))
        let big = JSON.number(JSONNumber(ExactDecimal("12345678901234567890")!))
        #expect(decide(page, ["page": ["next": big]]) == .value(big))
        for end: JSON in [["page": ["next": nil]], ["page": ["next": ""]], ["page": [:]], [:], [], nil] {
            #expect(decide(page, end) == .end, "\(end)")
        }
        for broken: JSON in [["page": ["next": ["a"]]], ["page": ["next": [:]]], ["page": ["next": true]]] {
            guard case .broken = decide(page, broken) else {
                Issue.record("\(broken)")
                continue
            }
        }
    }

    @Test("A link to the next page stays at its origin")
    func link() {
        func next(_ value: String) -> String {
            switch decide(.link, [], ["Link": value]) {
            case .uri(let uri): uri.text
            case .end: "end"
            case .broken: "broken"
            case .value: "value"
            }
        }
        let rows = [
            (#"<https://api.example/v2/activity?page=2>; rel="next""#, "https://api.example/v2/activity?page=2"),
            (#"</v2/activity?page=2>; rel=next"#, "https://api.example/v2/activity?page=2"),
            (#"<?page=2>; rel="next last""#, "https://api.example/v2/activity?page=2"),
            (#"<https://a/1>; rel="prev", <?page=3>; rel="NEXT""#, "https://api.example/v2/activity?page=3"),
            (#"<https://evil.example/v2>; rel="next""#, "broken"), (#"<http://api.example/v2>; rel="next""#, "broken"),
            (#"<//evil.example/x>; rel="next""#, "broken"), (#"<https://api.example:8443/v2>; rel="next""#, "broken"),
            (#"<https://u:p@api.example/v2>; rel="next""#, "broken"), (#"<javascript:alert(1)>; rel="next""#, "broken"),
            (#"<https://api.example.evil.example/>; rel="next""#, "broken"),
            (#"<https://api.example/v2>; rel="prev""#, "end"), ("", "end"), ("nonsense", "end"),
        ]
        for (value, wanted) in rows { #expect(next(value) == wanted, "\(value)") }
        #expect(decide(.link, ["next": "https://api.example/2"]) == .end)
    }

    @Test("Pages count up to the last, or to an empty one")
    func numbers() {
        let last = RequestTemplate.Page.page(first: 1, last: "/pages", items: nil)
        #expect(decide(last, ["pages": 3], number: 1) == .value(2))
        #expect(decide(last, ["pages": 3], number: 2) == .value(3))
        #expect(decide(last, ["pages": 3], number: 3) == .end)
        #expect(decide(last, ["pages": 0], number: 1) == .end)
        #expect(decide(last, ["pages": -5], number: 1) == .end)
        for broken: JSON in [["pages": "3"], ["pages": nil], [:], ["pages": .number(JSONNumber(ExactDecimal("1.5")!))]]
        {
            guard case .broken = decide(last, broken) else {
                Issue.record("\(broken)")
                continue
            }
        }
        let items = RequestTemplate.Page.page(first: 0, last: nil, items: "/items")
        #expect(decide(items, ["items": [1]], number: 0) == .value(1))
        for end: JSON in [["items": []], ["items": nil], [:], ["items": "x"]] {
            #expect(decide(items, end, number: 7) == .end, "\(end)")
        }
    }
}
