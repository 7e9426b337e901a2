import Crypto
public import Wire

/// Where a person ends their session at a provider, or why there is no such place.
public enum SessionEnd: Sendable, Hashable {
    /// The page to open; whoever has it is its person.
    case page(URI)
    /// In words: nobody can be sent anywhere.
    case none(String)
}

/// Who came back from a provider's logout page.
public enum LogoutReturn: Sendable, Hashable {
    case loggedOut
    /// It answers nothing that was asked here, in words.
    case notOurs(String)
}

/// Logging out at a provider, once nothing of it is left here (OpenID Connect RP-Initiated Logout 1.0).
///
/// The address says which client asks and where to come back to, and nothing of the person: the ID token that would be the
/// hint was erased when it had said who signed in, and a hint in words (`logout_hint`) would stand in the histories and logs
/// that an address passes through. So the provider may ask who is logging out.
struct EndSession {
    let wallet: Wallet

    func run(_ name: String) async -> SessionEnd {
        guard let provider = wallet.catalogue[name] else { return .none("the provider's folder is gone") }
        let client: ClientRegistration?
        do { client = try await wallet.client(of: provider) } catch { return .none("\(error)") }
        guard let client else { return .none("purser is no longer registered there") }
        let metadata: ServerMetadata
        do { metadata = try await wallet.shelf.metadata(of: provider) } catch {
            return .none("the provider cannot be asked where people log out: \(error.words)")
        }
        let world = wallet.world
        let state = Base64URL.encode(world.randomness.bytes(32))
        guard
            let page = Self.page(
                metadata, clientID: client.id, returnTo: wallet.loggedOutURI(of: name), state: state)
        else { return .none("the provider has no page where purser can log you out") }
        let now = world.clock.now
        await wallet.logouts.expect(
            stateHash: AuthorizationRequest.hash(ofState: state), from: name,
            until: now.adding(seconds: Limits.logoutReturnSeconds), now: now)
        return .page(page)
    }

    /// RP-Initiated Logout 1.0 2. A query that the endpoint has of its own stays. Nil: there is none.
    static func page(_ metadata: ServerMetadata, clientID: String, returnTo uri: String, state: String) -> URI? {
        metadata.endSessionEndpoint?.appending([
            ("client_id", clientID), ("post_logout_redirect_uri", uri), ("state", state),
        ])
    }

    /// RP-Initiated Logout 1.0 3: the `state` must be one that was sent there, and works once.
    func returned(_ name: String, _ query: Form) async -> LogoutReturn {
        guard let state = AuthorizationResponse.state(query) else {
            return .notOurs("the provider did not say which logout this answers")
        }
        let isOurs = await wallet.logouts.isExpected(
            stateHash: AuthorizationRequest.hash(ofState: state), from: name, now: wallet.world.clock.now)
        return isOurs ? .loggedOut : .notOurs("purser asked for no such logout, or too long ago")
    }
}

extension Wallet {
    /// Where a provider sends people after they have logged out: to be registered there (`post_logout_redirect_uris`).
    func loggedOutURI(of provider: String) -> String { callbackBase + "/loggedout/" + provider }
}
