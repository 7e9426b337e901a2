import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let receipts: [Route] = [
        Route(
            "listReceipts", "GET", "/v1/receipts", .one(of: [.balancesRead, .linksManage]),
            "What remains of links that were unlinked, oldest first, each with the provider's latest answer.",
            replies: [.json(200, "Receipts", "All of them.")],
            run: { call throws(Problem) in try await ReceiptRoutes(call).all() }),
        Route(
            "getReceipt", "GET", "/v1/receipts/{receipt}", .one(of: [.balancesRead, .linksManage]), "One receipt.",
            replies: [.json(200, "Receipt", "With the provider's latest answer.")], problems: [.notFound],
            run: { call throws(Problem) in try await ReceiptRoutes(call).one() }),
    ]
}

/// `/v1/receipts`: what became of the grants of links that are gone. An answer that was pending changes until the provider
/// confirms it, or is asked no longer.
struct ReceiptRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    func all() async throws(Problem) -> HTTPResponse {
        .json(["receipts": .array(try await visible().map { ReceiptShown($0).json })])
    }

    func one() async throws(Problem) -> HTTPResponse {
        let text = call["receipt"]
        guard ReceiptID.looksRight(text) else {
            throw Problem(.notFound, "that is no receipt id (they begin with rcp_)")
        }
        guard let receipt = try await visible().first(where: { $0.id.rawValue == text }) else {
            throw Problem(.notFound, "no receipt has the id \(text)", detail: "run: purser receipts")
        }
        return .json(ReceiptShown(receipt).json)
    }

    private func visible() async throws(Problem) -> [Receipt] {
        let (wallet, sight) = (call.wallet, call.caller.sight)
        return try await call.read { reads throws(StoreError) in try reads.receipts(wallet) }
            .filter { sight.sees($0.provider) }
    }
}

extension ReceiptShown {
    init(_ receipt: Receipt, logout: Logout? = nil) {
        self.init(
            id: receipt.id.rawValue, link: receipt.link.rawValue, provider: receipt.provider,
            answer: receipt.answer.rawValue, detail: receipt.detail, at: receipt.at, logout: logout)
    }
}
