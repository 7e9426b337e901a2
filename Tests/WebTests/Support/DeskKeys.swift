import Crypto
import PurserAPI
import PurserEngine
import PurserWeb
import Wire

/// Keys of a desk: they answer as the daemon's do, and change nothing.
struct DeskKeys: KeyKeeper {
    let wallet: Wallet?
    let sealed: String?
    let source = "file /rootkey"

    func shown() async throws(Problem) -> KeysShown {
        KeysShown(
            kind: "file", source: source, sealed: sealed, isHeld: wallet != nil, isLocked: true,
            epochs: [KeysShown.Epoch(id: 1, createdAt: Instant(seconds: 1_800_000_000), keys: 2)],
            records: ["grants": 2],
            rotation: KeysShown.Rotation(
                isRunning: false, done: 1, total: 2, unreadable: 1, problem: "the disk is full"),
            warnings: ["a rotation did not come to its end"])
    }

    func rotate() async throws(Problem) {}
    func reroot(_ new: NewRoot) async throws(Problem) {}
    func seal() async throws(Problem) {}

    func unseal(_ passphrase: Secret?) async throws(Problem) {
        guard passphrase.map({ $0 == Secret("correct horse") }) ?? true else {
            throw Problem(.keyRefused, "the passphrase is not the one", detail: "it stays sealed")
        }
    }
}
