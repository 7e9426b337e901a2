internal import Wire

// A token for a client in its own name (RFC 6749 4.4): nobody consents, and no refresh token comes with it (4.4.3).

extension MockProvider {
    /// Whose data a token of a client shows that speaks for no one.
    static let nobody = ""

    mutating func ownGrant(
        _ form: Form, _ client: MockClient, boundTo key: String?, effects: Effects, now: Instant,
        draw: (Int) -> [UInt8]
    ) throws(OAuthRefusal) -> JSON {
        // RFC 6749 4.4: for confidential clients only.
        guard client.authentication != .none, let subject = client.speaksFor ?? traits.signals.map({ _ in Self.nobody })
        else {
            throw OAuthRefusal(code: "unauthorized_client", words: "this client gets no token in its own name")
        }
        let known = traits.scopes.map(\.name) + (traits.signals?.scope.map { [$0] } ?? [])
        let asked = form["scope"].map { $0.split(separator: " ").map(String.init) } ?? known
        guard !asked.isEmpty, asked.allSatisfy(known.contains) else {
            throw OAuthRefusal(code: "invalid_scope", words: "more is asked for than there is")
        }
        let family = book.begin(client: client.id, subject: subject, asked: try traits.reach.own(form), at: now)
        let source = MockToken(value: "", kind: .access, family: family, generation: 0, scopes: asked, endsAt: nil)
        return issue(
            source, scopes: asked, parent: nil, withRefresh: false, nonce: nil, boundTo: key, effects: effects,
            now: now, draw: draw)
    }
}
