import Wire

/// What a transmitter of signals says about itself (Shared Signals Framework 1.0 7), as far as Purser uses it.
struct TransmitterMetadata: Sendable, Equatable {
    /// How a receiver asks for its events itself (RFC 8936).
    static let poll = "urn:ietf:rfc:8936"

    let issuer: String
    let jwksURI: URI
    /// Where streams are made, read, changed and deleted.
    let configuration: URI
    let status: URI?
    let verification: URI?
    let addSubject: URI?
    let removeSubject: URI?
    /// Whether a stream tells of nobody who was not named to it (`default_subjects`: NONE).
    let namesSubjects: Bool
    /// Members of a complex subject that must be understood, or the event is not for us (`critical_subject_members`).
    let criticalMembers: [String]

    /// Where the document of a transmitter is: inserted before the path (7.2).
    static func location(_ issuer: String) -> URI? {
        guard let uri = URI(issuer), uri.query == nil, uri.fragment == nil else { return nil }
        let path = uri.path.hasSuffix("/") ? String(uri.path.dropLast()) : uri.path
        return URI(uri.origin + "/.well-known/ssf-configuration" + path)
    }

    /// The issuer must be the expected one byte for byte (7.2.3), every endpoint an address that it may name
    /// (`SuppliedURI`), and its events must be there to be asked for.
    static func read(_ document: JSON, issuer: String) throws(ProtocolViolation) -> TransmitterMetadata {
        guard let named = document["issuer"]?.string else { throw violation("names no issuer") }
        guard Exactly.same(named, issuer) else { throw violation("is of another issuer") }
        guard let methods = document["delivery_methods_supported"]?.array, methods.contains(.string(poll)) else {
            throw violation("offers no events to be polled for (\(poll))")
        }
        func endpoint(_ name: String) throws(ProtocolViolation) -> URI? {
            do { return try ServerMetadata.endpoint(document, name, by: issuer) } catch {
                throw violation("has a \(name) that is no https URI, or leads into this machine or its network")
            }
        }
        guard let configuration = try endpoint("configuration_endpoint") else {
            throw violation("lacks a configuration_endpoint")
        }
        guard let keys = try endpoint("jwks_uri") else { throw violation("names no keys (jwks_uri)") }
        return TransmitterMetadata(
            issuer: issuer, jwksURI: keys, configuration: configuration,
            status: try endpoint("status_endpoint"),
            verification: try endpoint("verification_endpoint"),
            addSubject: try endpoint("add_subject_endpoint"),
            removeSubject: try endpoint("remove_subject_endpoint"),
            namesSubjects: document["default_subjects"]?.string == "NONE",
            criticalMembers: document["critical_subject_members"]?.array?.compactMap(\.string) ?? [])
    }

    /// Hosts that its tokens may be sent to: a stream's own address is believed on these alone.
    func isOwn(_ uri: URI) -> Bool {
        [URI(issuer), configuration].compactMap(\.self).contains {
            $0.scheme == uri.scheme && $0.host == uri.host && $0.port == uri.port
        }
    }

    private static func violation(_ what: String) -> ProtocolViolation {
        ProtocolViolation("the transmitter's document \(what)")
    }
}
