import Wire

@testable import PurserEngine

/// A discovery document: of the issuer that was asked and no other, with endpoints that a token may be sent to.
enum DiscoveryTarget {
    private static let issuer = "https://as.example"

    static func run(_ bytes: [UInt8]) throws {
        guard let document = try? JSON.parse(bytes) else { return }
        try addresses(document)
        for grant in [GrantType.authorizationCode, .deviceCode] {
            guard let metadata = try? ServerMetadata.read(document, issuer: issuer, grant: grant) else { continue }
            try demand(document["issuer"] == .string(issuer) && metadata.issuer == issuer, "another issuer is believed")
            let needed = grant == .deviceCode ? metadata.deviceAuthorizationEndpoint : metadata.authorizationEndpoint
            try demand(needed != nil, "an endpoint is missing")
            if grant == .authorizationCode, let methods = document["code_challenge_methods_supported"]?.array {
                try demand(methods.contains("S256"), "a server without S256 is believed")
            }
            var aliased = metadata
            aliased.useAliases()
            for one in [metadata, aliased] {
                let endpoints = [
                    one.authorizationEndpoint, one.tokenEndpoint, one.jwksURI, one.userinfoEndpoint,
                    one.revocationEndpoint, one.deviceAuthorizationEndpoint, one.pushedRequestEndpoint,
                ]
                for case let uri? in endpoints + one.aliases.values.map({ $0 }) { try isSafe(uri) }
            }
        }
    }

    /// The text itself, and not only what our own reader made of it.
    private static func isSafe(_ uri: URI) throws {
        let text = uri.text.lowercased()
        try demand(text.hasPrefix("https://"), "\(text) is not https")
        let isInside = ["127.", "10.", "192.168.", "169.254.", "[::1]", "localhost"].contains { at in
            text.dropFirst(8).hasPrefix(at) && IPLiteral(host: uri.host) != nil
        }
        try demand(!isInside && uri.host != "localhost", "\(text) leads into this machine or its network")
        try demand(!text.contains("#"), "\(text) has a fragment")
        let authority = text.split(separator: "/", omittingEmptySubsequences: false)[2].prefix { $0 != "?" }
        try demand(!authority.contains("@") && !authority.contains("\\"), "\(text) has more than a host")
        try demand(authority.hasPrefix(uri.host), "\(text) is not at \(uri.host)")
    }

    /// Any text of it as an address, and as a reference seen from another one.
    private static func addresses(_ document: JSON) throws {
        let base = URI("https://as.example:8443/a/b?c=d")!
        for member in document.object?.members ?? [] {
            guard let text = member.value.string else { continue }
            for case let uri? in [URI(text), base.resolving(text)] {
                guard let again = URI(uri.origin + uri.target) else {
                    throw Broken(description: "\(uri) taken apart and put together is no address")
                }
                try demand(
                    again.host == uri.host && again.port == uri.port && again.path == uri.path
                        && again.query == uri.query,
                    "\(uri) taken apart and put together is \(again)")
            }
            if let reached = base.resolving(text), reached.origin != base.origin {
                let names = text.contains("//") && (text.hasPrefix("//") || URI(text) != nil)
                try demand(names, "\(text) leads to \(reached)")
            }
        }
    }
}
