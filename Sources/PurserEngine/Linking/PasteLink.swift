import Wire

/// What became of an address that a person brought back by hand.
public enum PasteEnding: Sendable, Hashable {
    /// It was the response, and this is where it led.
    case dealtWith(LinkEnding)
    /// It was not: in words. The link waits on, nothing of it was used up.
    case notThat(String)
    /// The link does not wait for a response: in words.
    case notWaiting(String)
    case noSuchLink
}

/// What a pasted address may be taken for, before any of it is used: where it points to, and whether a response is in it.
enum PastedAddress: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// At the redirect URI, with a response to judge. Its query holds a code.
    case response(Form)
    case refused(String)

    /// - Parameters:
    ///   - redirectURI: where the link's response is to come back to.
    ///   - others: of every provider its redirect URI, to name the one whose address it is.
    static func decide(_ text: String, redirectURI: String, others: [(provider: String, uri: String)]) -> PastedAddress
    {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        // Some servers end the address with an empty fragment. One that says something is the implicit grant's.
        guard let address = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first,
            let uri = URI(String(address))
        else { return .refused("that is no address; copy the whole line of the browser, from http on") }
        guard isAt(uri, redirectURI) else {
            if let other = others.first(where: { isAt(uri, $0.uri) }) {
                return .refused("that address is for a link with \(other.provider)")
            }
            return .refused("that is not where the provider sends you back to; it begins with \(redirectURI)")
        }
        guard let query = Form(parsing: uri.query ?? "") else {
            return .refused("that address is damaged; copy it once more, whole")
        }
        guard ["code", "error", "response"].contains(where: { query[$0] != nil }) else {
            return .refused("there is no code in that address; copy it after you have answered, whole")
        }
        guard AuthorizationResponse.anyState(query) != nil else {
            return .refused("there is no state in that address; copy it whole")
        }
        return .response(query)
    }

    private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }

    private static func isAt(_ uri: URI, _ redirect: String) -> Bool {
        guard let redirect = URI(redirect) else { return false }
        return uri.origin == redirect.origin && Exactly.same(uri.path, redirect.path)
    }

    var description: String {
        switch self {
        case .response: "response"
        case .refused(let why): "refused: \(why)"
        }
    }

    var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The second half of the link trip where no browser reaches the callback: the person carries the response there. What is
/// looked at here only keeps a wrong paste from costing anything; the response itself is judged by `CompleteLink`.
struct PasteLink {
    let wallet: Wallet

    private static let nothingToPaste =
        "this provider's response comes in a form that the browser sends: there is no address to paste"

    func run(
        _ address: String, for id: LinkID, in walletID: WalletID, by finisher: Starter
    ) async throws(StoreError) -> PasteEnding {
        let found = try await wallet.world.store.read { reads throws(StoreError) in
            (link: try reads.link(walletID, id), pending: try reads.pendingLink(walletID, id))
        }
        guard let link = found.link else { return .noSuchLink }
        guard let pending = found.pending, pending.takenAt == nil, link.state == .linking else {
            return .notWaiting("this link has been dealt with already")
        }
        guard pending.pollSeconds == nil else {
            return .notWaiting("this link waits for its code to be entered at the provider, not for an address")
        }
        guard !wallet.postsResponses(link.provider) else { return .notWaiting(Self.nothingToPaste) }
        guard wallet.world.clock.now < pending.expiresAt else {
            return .notWaiting("the time for this link is over; link again")
        }
        // Cross-user fixation: whoever began it ends it (PROTOCOL.md A7).
        guard pending.starter == finisher else { return .notWaiting("this link was begun by somebody else") }
        guard let redirect = try await wallet.redirectURI(of: link.provider) else {
            return .notWaiting("the provider's folder is gone")
        }
        let others = try await wallet.clients().filter { $0.provider != link.provider }
            .compactMap { facts in facts.redirectURI.map { (provider: facts.provider, uri: $0) } }
        switch PastedAddress.decide(address, redirectURI: redirect, others: others) {
        case .refused(let why): return .notThat(why)
        case .response(let query):
            guard let state = AuthorizationResponse.anyState(query),
                AuthorizationRequest.hash(ofState: state) == pending.stateHash
            else { return .notThat("that address belongs to another link, begun earlier or somewhere else") }
            return .dealtWith(await wallet.completeLink(link.provider, ArrivedResponse(query), by: finisher))
        }
    }
}
