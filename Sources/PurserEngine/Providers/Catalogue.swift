public import Crypto
import Wire

/// A provider whose folder loads.
public struct Provider: Sendable {
    public let manifest: Manifest
    public let mapping: Mapping
    /// Where the folder lies, for people.
    public let source: String
    /// What the preset's client proves itself with, as the folder has it: a secret, a private key set, or a
    /// certificate with its key.
    public let clientSecret: Secret?
    /// Certificates to trust beside the system's (`caFile`), PEM.
    public var authorities: [UInt8]? = nil
}

/// A provider's folder as it was read from disk: the files the engine needs, by name.
public struct ProviderFolder: Sendable {
    public let name: String
    /// Where it lies, for people.
    public let source: String
    public let files: [String: [UInt8]]

    public init(name: String, source: String, files: [String: [UInt8]]) {
        self.name = name
        self.source = source
        self.files = files
    }
}

/// All providers there are. A folder that does not load takes no other down with it.
public struct Catalogue: Sendable {
    public let providers: [String: Provider]
    /// By folder name.
    public let problems: [String: [ManifestProblem]]

    public subscript(name: String) -> Provider? { providers[name] }

    /// Reads folders in order; a later one of the same name takes an earlier one's place.
    ///
    /// - Parameter zones: the bytes of a system zone file by IANA name, nil where there is none.
    public init(_ folders: [ProviderFolder], zones: @escaping (String) -> [UInt8]? = { _ in nil }) {
        var providers: [String: Provider] = [:]
        var problems: [String: [ManifestProblem]] = [:]
        for folder in folders {
            let (provider, found) = Self.read(folder, zones)
            providers[folder.name] = provider
            problems[folder.name] = found.isEmpty ? nil : found
        }
        self.providers = providers
        self.problems = problems
    }

    private static func read(
        _ folder: ProviderFolder, _ zones: @escaping (String) -> [UInt8]?
    ) -> (Provider?, [ManifestProblem]) {
        let manifestReader = Reader(file: folder.name + "/manifest.json")
        let mappingReader = Reader(file: folder.name + "/mapping.json")
        let manifestJSON = json(folder, "manifest.json", manifestReader)
        let mappingJSON = json(folder, "mapping.json", mappingReader)
        let read = manifestJSON.flatMap { Manifest.read($0, folder: folder.name, manifestReader) }
        let manifest = read.flatMap { checked($0, manifestReader) }
        // A mapping is read even beside a broken manifest: whoever mends a folder wants to know everything at once.
        let outline =
            read.map { ManifestOutline($0) } ?? ManifestOutline(manifestJSON, problems: manifestReader.problems)
        let mapping = mappingJSON.flatMap { Mapping.read($0, outline: outline, zones: zones, mappingReader) }
        guard let manifest, let mapping else { return (nil, manifestReader.problems + mappingReader.problems) }
        checkPlaceholders(manifest, mapping, manifestReader)
        guard manifestReader.problems.isEmpty else { return (nil, manifestReader.problems) }
        let secret = credential(manifest.authorization, folder, manifestReader)
        let authorities = authorities(manifest, folder, manifestReader)
        guard manifestReader.problems.isEmpty else { return (nil, manifestReader.problems) }
        return (
            Provider(
                manifest: manifest, mapping: mapping, source: folder.source, clientSecret: secret,
                authorities: authorities), []
        )
    }

    /// What the preset's client proves itself with: one of these files.
    private static func credential(
        _ authorization: Manifest.Authorization, _ folder: ProviderFolder, _ reader: Reader
    ) -> Secret? {
        let preset = authorization.client
        var secret: Secret?
        for (name, file) in [
            ("secretFile", preset?.secretFile), ("keyFile", preset?.keyFile),
            ("certificateFile", preset?.certificateFile),
        ] {
            guard let file else { continue }
            if let bytes = folder.files[file] {
                secret = Secret(copying: trimmed(bytes))
            } else {
                reader.refuse("/authorization/client/" + name, "the file \(file) is not in the folder")
            }
        }
        guard let secret else { return nil }
        if preset?.keyFile != nil {
            let keys = ClientKeys(secret)
            if keys == nil {
                reader.refuse(
                    "/authorization/client/keyFile", "holds no private key set",
                    "a JWK set (RFC 7517 5), each with a kid; RSA of 2048 bits or more")
            } else if let lack = keys.flatMap({ Profile.lack(of: $0, for: authorization) }) {
                reader.refuse("/authorization/client/keyFile", lack)
            }
        }
        if preset?.certificateFile != nil, let problem = ClientCheck.certificateProblem(secret) {
            reader.refuse("/authorization/client/certificateFile", problem, "a certificate and its key, both as PEM")
        }
        return secret
    }

    private static func authorities(_ manifest: Manifest, _ folder: ProviderFolder, _ reader: Reader) -> [UInt8]? {
        guard let file = manifest.caFile else { return nil }
        guard let bytes = folder.files[file] else {
            reader.refuse("/caFile", "the file \(file) is not in the folder", "certificates as PEM")
            return nil
        }
        if CertificatePair.count(bytes) == 0 { reader.refuse("/caFile", "holds no certificate", "certificates as PEM") }
        return bytes
    }

    /// What holds between the parts of a manifest.
    private static func checked(_ manifest: Manifest, _ reader: Reader) -> Manifest? {
        if case .request(let name, _) = manifest.authorization.identity {
            if manifest.api.requests[name] == nil {
                reader.refuse("/authorization/identity/name", "the manifest has no request \(name)")
            } else if manifest.api.requests[name]?.isForMembership == true {
                reader.refuse(
                    "/authorization/identity/name",
                    "the request \(name) runs once per membership, which nobody knows yet")
            }
        }
        manifest.checkFeed(reader)
        checkCertificate(manifest, reader)
        for step in manifest.programme.tiers where step.title.isEmpty {
            reader.refuse("/programme/tiers", "the tier \(step.code) has no title")
        }
        return reader.problems.isEmpty ? manifest : nil
    }

    /// Where no TLS is, no certificate is shown, and a token that is bound to one would be anybody's.
    private static func checkCertificate(_ manifest: Manifest, _ reader: Reader) {
        let authorization = manifest.authorization
        guard authorization.usesCertificate else { return }
        var places: [(String, URI?)] = [
            ("/authorization/issuer", URI(authorization.issuer)), ("/api/base", manifest.api.base),
        ]
        if case .none(let endpoints) = authorization.discovery {
            let own = [
                ("token", endpoints.token), ("userinfo", endpoints.userinfo), ("revocation", endpoints.revocation),
                ("introspection", endpoints.introspection), ("device", endpoints.device),
            ]
            places += own.map { ("/authorization/endpoints/" + $0.0, $0.1) }
        }
        for (place, uri) in places where uri?.scheme == "http" {
            reader.refuse(place, "a client certificate is shown over https alone (RFC 8705)", "an https address")
        }
    }

    /// A request can only name keys that every membership has.
    private static func checkPlaceholders(_ manifest: Manifest, _ mapping: Mapping, _ reader: Reader) {
        for (name, request) in manifest.api.requests.sorted(by: { $0.key < $1.key }) {
            for placeholder in request.names.sorted() where placeholder.hasPrefix("membership.") {
                let key = String(placeholder.dropFirst("membership.".count))
                let rules = mapping.sections[.memberships] ?? []
                if key == "id" || rules.allSatisfy({ $0.keys[key] != nil }) { continue }
                reader.refuse(
                    Reader.child("/api/requests", name), "no membership has a {\(placeholder)}",
                    "name it under \"keys\" in the mapping's memberships")
            }
        }
    }

    private static func json(_ folder: ProviderFolder, _ name: String, _ reader: Reader) -> JSON? {
        guard let bytes = folder.files[name] else {
            reader.refuse("", "missing")
            return nil
        }
        do { return try JSON.parse(bytes, limits: .file) } catch {
            let (line, column) = error.place(in: bytes)
            reader.refuse("line \(line), column \(column)", error.kind.rawValue)
            return nil
        }
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return bytes
    }
}
