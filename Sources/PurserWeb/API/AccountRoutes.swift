import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let accounts: [Route] = [
        Route(
            "listAccounts", "GET", "/v1/accounts", .scope(.balancesRead),
            "The merged view: every account and every link. Asks no provider.",
            replies: [
                .json(200, "Accounts", "As last pulled.", headers: ["ETag"]),
                .empty(304, "Nothing has changed since the ETag in If-None-Match.", headers: ["ETag"]),
            ],
            run: { call throws(Problem) in try await AccountRoutes(call).all() }),
        Route(
            "getAccount", "GET", "/v1/accounts/{account}", .scope(.balancesRead), "One account.",
            replies: [.json(200, "Account", "As last pulled.")], problems: [.notFound],
            run: { call throws(Problem) in try await AccountRoutes(call).one() }),
        Route(
            "listEntries", "GET", "/v1/accounts/{account}/entries", .scope(.entriesRead),
            "An account's ledger, newest first.",
            parameters: [
                .init("limit", .number(1...200), "How many; 50 unless said."),
                .init("before", .text, "Where to go on: the last answer's `next`."),
            ],
            replies: [.json(200, "Entries", "A page of it.")], problems: [.notFound],
            run: { call throws(Problem) in try await AccountRoutes(call).entries() }),
    ]
}

/// `/v1/accounts` and what is below it.
struct AccountRoutes: Sendable {
    private let call: Call

    init(_ call: Call) { self.call = call }

    private static let mostEntries = 200

    func all() async throws(Problem) -> HTTPResponse {
        let (door, sight) = (try call.door, call.caller.sight)
        let view: MergedView
        do { view = try await door.accounts(call.wallet, seeing: sight) } catch { throw Problem(error) }
        let headers: HTTPHeaders = ["ETag": view.etag, "Cache-Control": "no-cache"]
        if call.request.headers.all("If-None-Match").contains(where: { $0 == "*" || $0.contains(view.etag) }) {
            return HTTPResponse(status: 304, headers: headers)
        }
        var response = HTTPResponse(status: 200, headers: headers, body: view.bytes)
        response.headers["Content-Type"] = "application/json"
        return response
    }

    func one() async throws(Problem) -> HTTPResponse {
        let (wallet, sight) = (call.wallet, call.caller.sight)
        let account = try accountID()
        let bytes = try await call.read { reads throws(StoreError) in
            MergedView.account(account, in: try reads.snapshot(wallet, seeing: sight), seeing: sight)
        }
        guard let bytes else { throw Self.noAccount(account) }
        return HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: bytes)
    }

    /// Newest first; `limit` 1 to 200, `before` as an earlier answer's `next` said.
    func entries() async throws(Problem) -> HTTPResponse {
        let account = try accountID()
        let limit = call.query["limit"].map { Int($0) ?? 0 } ?? 50
        guard (1...Self.mostEntries).contains(limit) else {
            throw Problem(.badRequest, "limit must be a number from 1 to \(Self.mostEntries)")
        }
        var before: EntryPosition?
        if let text = call.query["before"] {
            guard let position = Self.position(text) else {
                throw Problem(.badRequest, "before is not a place that an earlier answer named")
            }
            before = position
        }
        let (wallet, sight, place) = (call.wallet, call.caller.sight, before)
        let found = try await call.read { reads throws(StoreError) -> (Account, [Entry])? in
            guard
                let fragment = try reads.snapshot(wallet, seeing: sight).accounts.first(where: { $0.account == account }
                ),
                let row = try reads.ledger(wallet, fragment.link).accounts.first(where: { $0.id == account })
            else { return nil }
            return (row, try reads.entries(wallet, account, before: place, limit: limit + 1))
        }
        guard let (row, entries) = found else { throw Self.noAccount(account) }
        var object = JSONObject([("entries", .array(entries.prefix(limit).map(Self.shown)))])
        let hasMore = entries.count > limit
        object["next"] = hasMore ? .string(Self.text(entries[limit - 1])) : .null
        object["opening"] = row.opening.map { .string($0.text) } ?? .null
        object["complete"] = .bool(row.historyIsComplete)
        return .json(.object(object))
    }

    private static func noAccount(_ account: AccountID) -> Problem {
        Problem(.notFound, "no account has the id \(account)")
    }

    private func accountID() throws(Problem) -> AccountID {
        let text = call["account"]
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
