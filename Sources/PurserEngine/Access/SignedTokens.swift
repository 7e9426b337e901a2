import Crypto
import Wire

/// The door for signed access tokens of others, beside `Tokens`. They are checked here, by keys that their issuer
/// publishes: nobody is asked about a token, and no challenge, header or claim says where a key is.
public struct SignedTokens: Sendable {
    public enum Ending: Sendable, Hashable {
        case good(SignedAccess)
        /// In words without secrets.
        case refused(String)
        /// Nobody can tell at the moment: the issuer's keys are out of reach, or too many proofs came at once.
        case later(String)
    }

    private let world: World
    /// Nobody else's tokens are looked at.
    public let issuers: [TrustedIssuer]
    private let address: String
    private let shelf: MetadataShelf
    private let proofs = SeenProofs()

    /// - Parameter address: what our addresses begin with: the audience where an issuer is said to use no other.
    public init(_ world: World, _ issuers: [TrustedIssuer], address: String) {
        self.world = world
        self.issuers = issuers
        self.address = address
        shelf = MetadataShelf(clock: world.clock, transport: world.transport)
    }

    /// What proofs may be signed with, by name.
    public static let proofAlgorithms = ShownProof.algorithms.map(\.rawValue).joined(separator: " ")

    /// Whether a text is to be looked at here at all.
    public func mayBe(_ text: String) -> Bool {
        !issuers.isEmpty && text.split(separator: ".", omittingEmptySubsequences: false).count == 3
    }

    public func judge(_ shown: ShownToken) async -> Ending {
        guard let trusted = issuer(of: shown.text) else {
            return .refused("the token is of nobody whose tokens are taken here (iss)")
        }
        let audience = trusted.audience ?? address
        let publisher = trusted.publisher
        let metadata: ServerMetadata
        do { metadata = try await shelf.metadata(of: publisher) } catch { return .later(error.words) }
        let now = world.clock.now
        let judged = await shelf.judged(by: publisher, metadata) { keys throws(IDTokenProblem) in
            try Claims.apart { () throws(SignedAccess.Problem) in
                try SignedAccess.checked(shown.text, keys: keys, trusted, audience: audience, now: now)
            }
        }
        switch judged {
        case .holds(.success(let access)): return await proven(access, shown, now)
        case .holds(.failure(let problem)): return .refused(problem.words)
        case .not(let problem): return .refused(SignedAccess.Problem.token(problem).words)
        case .later(let why): return .later(why)
        }
    }

    /// A bound token is worth nothing without its key, and one that is not bound comes as what it is (RFC 9449 7.2).
    private func proven(_ access: SignedAccess, _ shown: ShownToken, _ now: Instant) async -> Ending {
        guard let thumbprint = access.thumbprint else {
            return shown.scheme == .bearer
                ? .good(access) : .refused("the token is bound to no key, so it is a Bearer token")
        }
        guard shown.scheme == .dpop else {
            return .refused("the token is bound to a key, so it is no Bearer token (cnf)")
        }
        let proof: ShownProof
        do throws(ShownProof.Problem) {
            proof = try ShownProof.checked(shown, boundTo: thumbprint, now: now)
        } catch { return .refused(error.words) }
        switch await proofs.take(proof, now: now) {
        case .taken: return .good(access)
        case .seen: return .refused("the proof was shown before (jti)")
        case .full: return .later("too many proofs at once")
        }
    }

    /// Who says to have issued it; nothing of it is believed yet.
    private func issuer(of compact: String) -> TrustedIssuer? {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard compact.utf8.count <= Limits.tokenBytes, parts.count == 3,
            let payload = Base64URL.decode(String(parts[1])), let claims = try? JSON.parse(payload),
            let named = claims["iss"]?.string
        else { return nil }
        return issuers.first { Exactly.same($0.issuer, named) }
    }
}

/// Proofs that were taken, for as long as they would be taken again (RFC 9449 11.1). An actor, because requests share it.
actor SeenProofs {
    private var seen = TakenOnce<ShownProof>(most: Limits.proofsKept)

    func take(_ proof: ShownProof, now: Instant) -> Taking {
        seen.take(proof, until: now.adding(seconds: 2 * Limits.clockSkewSeconds + 1), now: now)
    }
}
