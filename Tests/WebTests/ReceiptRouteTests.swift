import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// What becomes of a grant after its link is gone is to be read later, too.
@Suite("Receipts over HTTP")
struct ReceiptRouteTests {
    private let desk = Desk()

    private func receipts(_ token: String? = nil) -> [ReceiptShown] {
        let response = token.map { desk.tcp("GET", "/v1/receipts", token: $0) } ?? desk.socket("GET", "/v1/receipts")
        return desk.json(response)["receipts"]?.array?.compactMap(ReceiptShown.init) ?? []
    }

    private func one(_ id: String) -> ReceiptShown? {
        ReceiptShown(desk.json(desk.socket("GET", "/v1/receipts/\(id)")))
    }

    private func unlinked(_ member: Int = 0) -> ReceiptShown? {
        ReceiptShown(desk.json(desk.socket("DELETE", "/v1/links/\(desk.linked(member))")))
    }

    private static let away: JSON = ["match": ["endpoint": "revoke"], "replace": ["status": 503, "body": "no"]]

    @Test("one that was pending says what the provider answered later: confirmed, or never", arguments: [true, false])
    func later(_ isBack: Bool) throws {
        desk.stage.fault(Self.away)
        let receipt = try #require(unlinked())
        #expect(receipt.answer == "pending" && one(receipt.id) == receipt && receipts() == [receipt])
        if isBack { desk.stage.fault(["clear": true]) }
        desk.stage.run(seconds: 14 * 86_400)
        let found = try #require(one(receipt.id))
        #expect(found.answer == (isBack ? "revoked" : "gaveUp"))
        #expect(found.detail?.contains("503") == (isBack ? nil : true))
        #expect(found.id == receipt.id && found.link == receipt.link && found.at == receipt.at)
        #expect(receipts() == [found])
    }

    @Test("they are listed oldest first; whoever may read or manage links may read them, and nobody else")
    func listed() throws {
        #expect(receipts() == [])
        let first = try #require(unlinked())
        desk.stage.run(seconds: 5)
        let second = try #require(unlinked(1))
        #expect(receipts() == [first, second])
        for scope in ["balances:read", "links:manage", "admin"] {
            #expect(receipts(desk.token(scope)) == [first, second], "\(scope)")
        }
        #expect(desk.tcp("GET", "/v1/receipts").status == 401)
        #expect(desk.tcp("GET", "/v1/receipts/\(first.id)").status == 401)
    }

    @Test("a token for other programmes sees none, and one that it names is not there")
    func walled() throws {
        let desk = Desk(more: ["grandstay"])
        let receipt = try #require(ReceiptShown(desk.json(desk.socket("DELETE", "/v1/links/\(desk.linked())"))))
        let token = desk.token("links:manage", programmes: ["grandstay"])
        #expect(desk.json(desk.tcp("GET", "/v1/receipts", token: token))["receipts"] == [])
        let response = desk.tcp("GET", "/v1/receipts/\(receipt.id)", token: token)
        let never = desk.tcp("GET", "/v1/receipts/rcp_never", token: token)
        #expect(response.status == 404 && never.status == 404)
        #expect(Problem(desk.json(response))?.detail == Problem(desk.json(never))?.detail)
        #expect(desk.socket("GET", "/v1/receipts/lnk_a").status == 404)
    }
}
