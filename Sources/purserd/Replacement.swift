import Crypto
import PurserEngine
import PurserSystem
import PurserWeb

/// A new root secret, durable where it will be looked for, before the database goes over to it.
struct Replacement: Sendable {
    let root: Root
    /// Where the root key comes from when it is done.
    let source: KeySource
    private let made: KeyFile?
    private let replaced: KeyFile?

    init(_ new: NewRoot, _ old: KeySource) throws(RootKeyError) {
        switch new {
        case .sameFile:
            guard case .file(let file) = old else {
                throw .unfit(
                    "\(old.description) cannot be replaced where it is; "
                        + "say by what: --to-key-file FILE, or --to-passphrase")
            }
            root = Root(secret: try file.makeNext(), derivation: nil)
            (source, made, replaced) = (old, file.next, file)
        case .file(let path):
            let file = KeyFile(path)
            try file.make()
            root = Root(secret: try file.secret(), derivation: nil)
            (source, made, replaced) = (.file(file), file, nil)
        case .passphrase(let passphrase):
            guard passphrase.count >= Passphrase.fewest, passphrase.count <= Passphrase.most else {
                throw .unfit("a passphrase has \(Passphrase.fewest) to \(Passphrase.most) characters")
            }
            let derivation = RootDerivation.drawn(from: SystemRandomness())
            do { root = Root(secret: try derivation.secret(passphrase), derivation: derivation) } catch {
                throw .unfit("the key cannot be made from the passphrase: \(error.what)")
            }
            (source, made, replaced) = (.passphrase(.terminal), nil, nil)
        }
    }

    /// The database stayed with the old one.
    func discard() { try? made?.discard() }

    /// The database has gone over to it. - Returns: what is left to do for a person; nil: nothing.
    func finish() -> String? {
        do throws(RootKeyError) {
            try replaced?.takeNext()
            return nil
        } catch { return "\(error)" }
    }
}
