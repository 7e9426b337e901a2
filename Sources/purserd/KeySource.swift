import Crypto
import PurserEngine
import PurserSystem

/// Where the root key comes from, as the command line says. One place and no other: there is no falling through.
enum KeySource: RootKey {
    case file(KeyFile)
    case credential(KeyCredential)

    func secret() throws(RootKeyError) -> Secret {
        switch self {
        case .file(let file): try file.secret()
        case .credential(let credential): try credential.secret()
        }
    }

    /// The file's path, or the credential's name.
    var name: String {
        switch self {
        case .file(let file): file.path
        case .credential(let credential): "credential \(credential.name)"
        }
    }

    /// What kind of place it is, and which.
    var description: String {
        switch self {
        case .file(let file): "file \(file.path)"
        case .credential(let credential): "credential \(credential.name)"
        }
    }
}
