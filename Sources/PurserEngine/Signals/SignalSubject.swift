import Wire

/// Whom an event is about (RFC 9493, Shared Signals Framework 1.0 3).
struct SignalSubject: Sendable, Hashable {
    enum Identifier: Sendable, Hashable {
        case issuerAndSubject(issuer: String, subject: String)
        case opaque(String)
        /// An address or a number: nothing here knows anybody by one.
        case other(format: String)
    }

    /// Names of the one person; any of them does (`aliases`).
    let user: [Identifier]
    /// Of a complex subject: the session, where it names one.
    let session: Identifier?
    /// Its other members, which say nothing here.
    let rest: [String]

    /// Nil: it is no subject at all.
    init?(_ json: JSON) {
        guard json["format"]?.string == "complex" || json["format"] == nil && json["user"] != nil else {
            guard let user = Self.identifiers(json) else { return nil }
            (self.user, session, rest) = (user, nil, [])
            return
        }
        user = json["user"].flatMap(Self.identifiers) ?? []
        session = json["session"].flatMap(Self.identifiers)?.first
        rest = json.object?.members.map(\.name).filter { !["format", "user", "session"].contains($0) } ?? []
    }

    /// The stream that an event about a stream names.
    var opaque: String? {
        if user.count == 1, case .opaque(let id) = user[0] { id } else { nil }
    }

    /// An older spelling names the format `subject_type`.
    private static func identifiers(_ json: JSON) -> [Identifier]? {
        guard let format = (json["format"] ?? json["subject_type"])?.string else { return nil }
        switch format {
        case "iss_sub", "iss-sub":
            guard let issuer = json["iss"]?.string, let subject = json["sub"]?.string else { return nil }
            return [.issuerAndSubject(issuer: issuer, subject: subject)]
        case "opaque":
            guard let id = json["id"]?.string else { return nil }
            return [.opaque(id)]
        case "aliases":
            guard let all = json["identifiers"]?.array, !all.isEmpty, all.count <= most else { return nil }
            // Never one inside another (RFC 9493 3.2.8).
            return all.flatMap { $0["format"]?.string == "aliases" ? [] : identifiers($0) ?? [] }
        default: return [.other(format: Harmless.text(format, limit: 40))]
        }
    }

    private static let most = 16
}

extension SignIn {
    /// Whether a signal is about this sign-in. Where it names a session and ours is known, that one alone is meant.
    ///
    /// - Parameters:
    ///   - issuer: whose sign-in it is.
    ///   - isOwn: the transmitter is that issuer: then what it calls somebody without more is what it calls them here.
    func isMeant(by subject: SignalSubject, issuer: String, isOwn: Bool) -> Bool {
        func names(_ identifier: SignalSubject.Identifier, _ text: String?) -> Bool {
            guard let text else { return false }
            switch identifier {
            case .issuerAndSubject(let named, let subject):
                return Exactly.same(named, issuer) && Exactly.same(subject, text)
            case .opaque(let id): return isOwn && Exactly.same(id, text)
            case .other: return false
            }
        }
        guard subject.user.contains(where: { names($0, token.subject) }) else { return false }
        guard let session = subject.session, let ours = token.session else { return true }
        return names(session, ours)
    }
}
