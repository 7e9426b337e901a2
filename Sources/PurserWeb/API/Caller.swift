import PurserAPI
import PurserEngine

/// Who asks, whose wallet it is about, and what they may do and see.
struct Caller: Sendable {
    enum Origin: Sendable {
        /// The daemon's own socket.
        case socket(uid: UInt32)
        /// TCP, with a token that is good.
        case token(APIToken)
        /// TCP, with a signed token of an issuer that is trusted here.
        case signed(SignedAccess)
        /// TCP, without one.
        case nobody
    }

    let origin: Origin
    let wallet: WalletID
    /// All that the scopes come to.
    let scopes: Set<Scope>
    let sight: Sight

    /// The socket acts as admin of the first wallet.
    static func socket(uid: UInt32) -> Caller {
        Caller(origin: .socket(uid: uid), wallet: .first, scopes: Scope.reach([.admin]), sight: Sight([.admin]))
    }

    static func token(_ token: APIToken) -> Caller {
        Caller(
            origin: .token(token), wallet: token.wallet, scopes: Scope.reach(token.scopes),
            sight: Sight(token.scopes, providers: token.providers))
    }

    /// It reads the first wallet, and begins nothing.
    static func signed(_ access: SignedAccess) -> Caller {
        Caller(origin: .signed(access), wallet: .first, scopes: access.scopes, sight: Sight(access.scopes))
    }

    static let nobody = Caller(origin: .nobody, wallet: .first, scopes: [], sight: Sight([]))

    var isOnSocket: Bool {
        if case .socket = origin { return true }
        return false
    }

    var token: APIToken? {
        if case .token(let token) = origin { return token }
        return nil
    }

    /// Who begins a link that this caller asks for; nil: nobody could.
    var starter: Starter? {
        switch origin {
        case .socket(let uid): .socket(uid: uid)
        case .token(let token): .token(token.id)
        case .signed, .nobody: nil
        }
    }

    /// Refuses what this caller may not ask.
    ///
    /// - Parameter challenge: how a challenge is worded here.
    func check(_ route: Route, _ challenge: (Challenge) -> String) throws(Problem) {
        if route.isSocketOnly, !isOnSocket {
            throw Problem(.socketOnly, "this is asked on the daemon's own socket only", detail: "use: purser")
        }
        guard case .one(let wanted) = route.access, scopes.isDisjoint(with: wanted) else { return }
        let scope = wanted[0].rawValue
        throw Problem(
            .insufficientScope, "the token's scope does not reach: this needs \(scope)",
            detail: "nothing was done; make a token that has it: purser token new --scope \(scope)", scope: scope
        ).with("WWW-Authenticate", challenge(.insufficientScope(scope)))
    }
}
