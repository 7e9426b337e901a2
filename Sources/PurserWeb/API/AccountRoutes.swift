import PurserAPI
import PurserEngine
import Wire

/// `/v1/accounts` and what is below it.
struct AccountRoutes: Sendable {
    let world: World
    let door: Wallet
    let wallet: WalletID
    let sight: Sight

    private static let mostEntries = 200

    func all(_ request: HTTPRequest) async throws(Problem) -> HTTPResponse {
        let view: MergedView
        do { view = try await door.accounts(wallet, seeing: sight) } catch { throw Problem(error) }
        let headers: HTTPHeaders = ["ETag": view.etag, "Cache-Control": "no-cache"]
        if request.headers.all("If-None-Match").contains(where: { $0 == "*" || $0.contains(view.etag) }) {
            return HTTPResponse(status: 304, headers: headers)
        }
        var response = HTTPResponse(status: 200, headers: headers, body: view.bytes)
        response.headers["Content-Type"] = "application/json"
        return response
    }

    func one(_ id: String) async throws(Problem) -> HTTPResponse {
        let (wallet, sight) = (wallet, sight)
        let account = try accountID(id)
        let bytes: [UInt8]?
        do {
            bytes = try await world.store.read { reads throws(StoreError) in
                MergedView.account(account, in: try reads.snapshot(wallet), seeing: sight)
            }
        } catch { throw Problem(error) }
        guard let bytes else { throw Problem(.notFound, "no account has the id \(account)") }
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: bytes)
    }

    /// Newest first; `limit` 1 to 200, `before` as an earlier answer's `next` said.
    func entries(_ id: String, _ query: Form) async throws(Problem) -> HTTPResponse {
        let account = try accountID(id)
        let limit = query["limit"].map { Int($0) ?? 0 } ?? 50
        guard (1...Self.mostEntries).contains(limit) else {
            throw Problem(.badRequest, "limit must be a number from 1 to \(Self.mostEntries)")
        }
        var before: EntryPosition?
        if let text = query["before"] {
            guard let position = Self.position(text) else {
                throw Problem(.badRequest, "before is not a place that an earlier answer named")
            }
            before = position
        }
        let (wallet, place) = (wallet, before)
        let found: (Account, [Entry])?
        do {
            found = try await world.store.read { reads throws(StoreError) -> (Account, [Entry])? in
                guard let fragment = try reads.snapshot(wallet).accounts.first(where: { $0.account == account }),
                    let row = try reads.ledger(wallet, fragment.link).accounts.first(where: { $0.id == account })
                else { return nil }
                return (row, try reads.entries(wallet, account, before: place, limit: limit + 1))
            }
        } catch { throw Problem(error) }
        guard let (row, entries) = found else { throw Problem(.notFound, "no account has the id \(account)") }
        var object = JSONObject([("entries", .array(entries.prefix(limit).map(Self.shown)))])
        let hasMore = entries.count > limit
        object["next"] = hasMore ? .string(Self.text(entries[limit - 1])) : .null
        object["opening"] = row.opening.map { .string($0.text) } ?? .null
        object["complete"] = .bool(row.historyIsComplete)
        return .json(.object(object))
    }

    private func accountID(_ text: String) throws(Problem) -> AccountID {
        guard AccountID.looksRight(text) else {
            throw Problem(.notFound, "that is no account id (they begin with acc_)")
        }
        return AccountID(rawValue: text)
    }

    private static func text(_ entry: Entry) -> String { "\(entry.posted.milliseconds).\(entry.id.rawValue)" }

    private static func position(_ text: String) -> EntryPosition? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let at = Int64(parts[0]), EntryID.looksRight(parts[1]) else { return nil }
        return EntryPosition(posted: Instant(milliseconds: at), id: EntryID(rawValue: parts[1]))
    }

    private static func shown(_ entry: Entry) -> JSON {
        var object = JSONObject([
            ("id", .string(entry.id.rawValue)), ("posted", .string(entry.posted.rfc3339)),
            ("kind", .string(entry.kind)), ("amount", .string(entry.amount.text)),
        ])
        if let text = entry.text { object["text"] = .string(text) }
        if let after = entry.balanceAfter { object["balanceAfter"] = .string(after.text) }
        object["firstSeenAt"] = .string(entry.firstSeenAt.rfc3339)
        return .object(object)
    }
}
