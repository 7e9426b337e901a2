import Crypto
import PurserEngine
import PurserSystem

/// A root secret, and how it came from a passphrase, if it did.
struct Root {
    let secret: Secret
    let derivation: RootDerivation?
}

/// Where the root key comes from, as the command line says. One place and no other: there is no falling through.
enum KeySource: RootKey {
    case file(KeyFile)
    case credential(KeyCredential)
    case passphrase(Passphrase)

    func secret() throws(RootKeyError) -> Secret {
        switch self {
        case .file(let file): try file.secret()
        case .credential(let credential): try credential.secret()
        case .passphrase: throw .missing("a passphrase alone is no key; the database has a part in it")
        }
    }

    /// The root secret for this store. It may take a while: on a thread of its own.
    ///
    /// - Parameter typed: the passphrase, where it was read already.
    func root(_ store: any Store, typed: Secret?) throws(RootKeyError) -> Root {
        let found = Blocking.run { () async -> Result<(RootSource?, Bool), StoreError> in
            do throws(StoreError) {
                let look = try await store.read { reads throws(StoreError) in
                    (try reads.rootSource(), try reads.epochs().isEmpty)
                }
                return .success(look)
            } catch { return .failure(error) }
        }
        let (source, isNew): (RootSource?, Bool)
        do { (source, isNew) = try found.get() } catch { throw .unfit("\(error)") }
        guard case .passphrase(let place) = self else {
            guard source?.derivation == nil else {
                throw .unfit(
                    "this database opens by a passphrase, and \(name) was named; start purserd with --key-passphrase")
            }
            return Root(secret: try secret(), derivation: nil)
        }
        guard isNew || source?.derivation != nil else {
            throw .unfit("this database opens by a key file or a credential, and not by a passphrase; name that")
        }
        let derivation = source?.derivation ?? RootDerivation.drawn(from: SystemRandomness())
        let passphrase: Secret
        if let typed { passphrase = typed } else { passphrase = try place.read(isNew: isNew) }
        do { return Root(secret: try derivation.secret(passphrase), derivation: derivation) } catch {
            throw .unfit("the key cannot be made from the passphrase: \(error.what)")
        }
    }

    /// `file`, `credential` or `passphrase`.
    var kind: String {
        switch self {
        case .file: "file"
        case .credential: "credential"
        case .passphrase: "passphrase"
        }
    }

    /// The file's path, or the credential's name.
    var name: String {
        switch self {
        case .file(let file): file.path
        case .credential(let credential): "credential \(credential.name)"
        case .passphrase(.file(let path)): "passphrase in \(path)"
        case .passphrase(.descriptor): "passphrase"
        case .passphrase(.terminal): "passphrase"
        }
    }

    /// What kind of place it is, and which.
    var description: String {
        switch self {
        case .file(let file): "file \(file.path)"
        case .credential, .passphrase: name
        }
    }
}
