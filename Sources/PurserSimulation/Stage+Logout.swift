import MockProviders
public import PurserEngine
public import Wire

// People who log out at a provider, and who is told of it.

extension Stage {
    /// What a provider tells when a member logs out there, kept back.
    public func logoutTokens(member: Int, at name: String? = nil) -> [String] {
        leave(member, server(name), by: usualLogout(name ?? names[0]))?.logoutCalls.map(\.token) ?? []
    }

    private func usualLogout(_ name: String) -> String {
        let query = Form([
            ("client_id", manifest(of: name).authorization.client?.id ?? ""),
            ("post_logout_redirect_uri", "http://127.0.0.1:7878/loggedout/" + name), ("state", "another's"),
        ])
        return server(name).logoutPage + "?" + query.encoded
    }

    private func leave(_ member: Int, _ server: SimulatedServer, by page: String) -> MockAnswer? {
        defer { watch.ledgers.follow(server) }
        return Browser(server: server).walk(page, member: member, allows: true, now: now)
    }

    /// As a member, walks through a provider's page for logging out, by purser's address or another one; the provider's logout
    /// tokens are delivered `times` times each. What came of each, in order, and with what the browser came back.
    @discardableResult
    public func logOut(
        member: Int, at name: String? = nil, by address: String? = nil, times: Int = 1
    ) -> (endings: [LogoutEnding], returned: Form?) {
        let name = name ?? names[0]
        guard let answer = leave(member, server(name), by: address ?? usualLogout(name)) else { return ([], nil) }
        let returned = answer.response.headers["Location"].flatMap { URI($0) }?.query.flatMap { Form(parsing: $0) }
        return (deliver(answer.logoutCalls.map(\.token), of: name, times: times), returned)
    }

    /// Unlinks, and as the member logs out by the address that purser makes; what purser makes of who comes back. Nil: it was
    /// not unlinked.
    public func unlinkAndLogOut(_ link: LinkID, member: Int, at name: String? = nil) -> LogoutReturn? {
        let name = name ?? names[0]
        let unlinked = perform { door, _ in
            guard let receipt = try? await door.unlink(.first, link), receipt.provider == name else {
                return SessionEnd?.none
            }
            return await door.endSession(name)
        }
        switch unlinked ?? nil {
        case nil: return nil
        case .some(.none(let why)): return .notOurs(why)
        case .page(let page):
            let returned = logOut(member: member, at: name, by: page.text).returned
            if let query = page.query.flatMap({ Form(parsing: $0) }) { keep(secrets: query) }
            return perform { door, _ in await door.loggedOut(name, returned ?? Form()) }
        }
    }

    /// Delivers logout tokens, each so often.
    public func deliver(_ tokens: [String], of name: String, times: Int = 1) -> [LogoutEnding] {
        tokens.flatMap { token in
            (0..<times).compactMap { _ in perform { door, _ in await door.takeLogout(name, token) } }
        }
    }
}
