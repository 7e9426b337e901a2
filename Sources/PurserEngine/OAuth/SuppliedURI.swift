import Wire

/// An address that a provider names itself, in a document of its own or in an answer: wherever it leads, we ask there, or
/// send somebody there. The one place where such addresses are judged.
enum SuppliedURI {
    /// The address, or nil: nothing is asked there.
    ///
    /// It is an absolute https URI without user information and, unless it is a page for people, without a fragment. Only
    /// whoever is at home on this machine or in this network may lead us there: plain http is good to a loopback literal
    /// named by an issuer that is one itself, and https to an address that is not the whole internet's only where the
    /// issuer is at that very address. Names need no such rule: https is verified by name before anything is asked, and
    /// what answers at a private address has no certificate for it.
    ///
    /// - Parameter issuer: who names it, as the folder says it.
    static func read(_ json: JSON?, by issuer: String, isPage: Bool = false) -> URI? {
        read(json, by: [URI(issuer)].compactMap(\.self), isPage: isPage)
    }

    /// - Parameter server: the issuer, and endpoints of its own that were judged before.
    static func read(_ json: JSON?, by server: [URI], isPage: Bool = false) -> URI? {
        guard let uri = json?.string.flatMap({ URI($0) }), uri.userinfo == nil, isPage || uri.fragment == nil,
            server.contains(where: { isOpen(uri, to: $0) })
        else { return nil }
        return uri
    }

    private static func isOpen(_ uri: URI, to issuer: URI) -> Bool {
        guard uri.scheme == "https" else {
            return uri.isLoopback && issuer.scheme == "http" && issuer.isLoopback
        }
        if let literal = IPLiteral(host: uri.host) {
            return literal.isGlobal || (literal != .ambiguous && literal == IPLiteral(host: issuer.host))
        }
        return !isThisMachine(uri.host) || uri.host == issuer.host
    }

    /// RFC 6761 6.3: never a host of anybody else's.
    private static func isThisMachine(_ host: String) -> Bool {
        let name = host.hasSuffix(".") ? host.dropLast() : host[...]
        return name == "localhost" || name.hasSuffix(".localhost")
    }
}
