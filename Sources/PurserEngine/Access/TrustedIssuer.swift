import Crypto
import Wire

/// An authorization server of somebody else's whose access tokens our API takes beside its own (RFC 9068), as whoever runs
/// the daemon names it in a file.
///
/// Such tokens read and do nothing else: who begins a link must be who ends it, and of a stranger's token nobody here can
/// tell. Everybody who may come in is named: an issuer knows many people, and one wallet is here.
public struct TrustedIssuer: Sendable {
    public let issuer: String
    let discovery: Discovery
    /// The audience that its tokens must name; nil: the daemon's own address.
    public let audience: String?
    /// What it signs access tokens with: registered, never read from a token.
    let algorithm: SignatureAlgorithm
    /// Whose tokens are taken (`sub`).
    public let subjects: [String]
    /// What they may reach at most.
    public let scopes: Set<Scope>
    /// Certificates to trust beside the system's, PEM.
    let authorities: [UInt8]?

    /// What a token of somebody else's may reach.
    public static let reach: [Scope] = [.balancesRead, .numbersRead, .entriesRead]

    private static let keys = ["issuer", "discovery", "audience", "algorithm", "subjects", "scopes", "caFile"]

    /// Reads such a file: the issuer, or everything that is wrong with it.
    ///
    /// - Parameter other: reads a file that it names, beside it; nil: it cannot be read.
    public static func read(
        _ file: String, _ bytes: [UInt8], other: (String) -> [UInt8]?
    ) -> (issuer: TrustedIssuer?, problems: [ManifestProblem]) {
        let reader = Reader(file: file)
        guard let json = try? JSON.parse(bytes, limits: .file) else {
            reader.refuse("", "this is not JSON")
            return (nil, reader.problems)
        }
        let made = reader.object(json, "", keys, required: ["issuer", "subjects", "scopes"]).flatMap {
            read($0, other: other)
        }
        return (reader.problems.isEmpty ? made : nil, reader.problems)
    }

    private enum Where: String, CaseIterable { case oidc, oauth }

    private static func read(_ node: Node, other: (String) -> [UInt8]?) -> TrustedIssuer? {
        let issuer = node.uri("issuer")
        if issuer?.query != nil { node.refuse("issuer", "an issuer has no query (RFC 8414 2)") }
        let discovery: Discovery = node.choice("discovery", Where.self) == .oauth ? .oauth : .oidc
        let algorithm = node.choice("algorithm", SignatureAlgorithm.self) ?? .rs256
        let subjects = node.texts("subjects")
        if subjects?.isEmpty == true { node.refuse("subjects", "nobody is named, so nobody could come in") }
        var authorities: [UInt8]?
        if let name = node.text("caFile") {
            authorities = other(name)
            if authorities == nil { node.refuse("caFile", "the file \(name) cannot be read") }
        }
        let scopes = readScopes(node)
        guard let issuer, let subjects, let scopes else { return nil }
        return TrustedIssuer(
            issuer: issuer.text, discovery: discovery, audience: node.text("audience"), algorithm: algorithm,
            subjects: subjects, scopes: scopes, authorities: authorities)
    }

    private static func readScopes(_ node: Node) -> Set<Scope>? {
        guard let names = node.texts("scopes") else { return nil }
        let allowed = reach.map(\.rawValue).joined(separator: ", ")
        if names.isEmpty { node.refuse("scopes", "nothing is named, so nothing could be read", "some of: \(allowed)") }
        var scopes: Set<Scope> = []
        for name in names {
            if let scope = Scope(rawValue: name), reach.contains(scope) {
                scopes.insert(scope)
            } else if Scope(rawValue: name) != nil {
                node.refuse(
                    "scopes", "\(name) is for purser's own tokens: those of others may read, and change nothing",
                    "some of: \(allowed)")
            } else {
                node.refuse("scopes", "unknown scope \(name)", "some of: \(allowed)")
            }
        }
        return scopes
    }

    var publisher: Publisher { Publisher(name: issuer, issuer: issuer, discovery, authorities: authorities) }
}
