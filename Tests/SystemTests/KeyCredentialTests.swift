import Crypto
import Glibc
import PurserEngine
import PurserSystem
import Testing

/// The root key as systemd hands it over.
@Suite("The key credential")
struct KeyCredentialTests {
    private let scratch = Scratch()
    private static let good = String(repeating: "0123456789abcdef", count: 4)

    private func credential(_ name: String = "root.key") -> KeyCredential {
        KeyCredential(name, folder: scratch.path)
    }

    private func words(_ credential: KeyCredential) -> String {
        do {
            _ = try credential.secret()
            return "it is read"
        } catch { return "\(error)" }
    }

    @Test("it is read with the modes that systemd gives it", arguments: [0o400, 0o440, 0o600, 0o640] as [mode_t])
    func read(_ mode: mode_t) throws {
        let path = scratch.write("root.key", Self.good + "\n", mode: mode)
        #expect(try credential().secret() == KeyFile(scratch.write("same.key", Self.good)).secret())
        #expect(access(path, F_OK) == 0)
    }

    @Test(
        "C88: one that everybody can read or a group can change is refused",
        arguments: [0o444, 0o404, 0o644, 0o460, 0o420, 0o402] as [mode_t])
    func mode(_ mode: mode_t) {
        _ = scratch.write("root.key", Self.good, mode: mode)
        #expect(words(credential()).contains("can be read by everybody or changed by its group"))
    }

    @Test("what is no plain file in that very folder is refused", arguments: ["link", "pipe", "folder"])
    func kind(_ kind: String) {
        switch kind {
        case "link": symlink(scratch.write("real.key", Self.good), scratch.path + "/root.key")
        case "pipe": mkfifo(scratch.path + "/root.key", 0o400)
        default: mkdir(scratch.path + "/root.key", 0o400)
        }
        let said = words(credential())
        #expect(said.contains("is a symbolic link") || said.contains("is not a regular file"), "\(said)")
    }

    @Test(
        "a name that leads elsewhere is no name", arguments: ["", ".", "..", "../root.key", "a/b", "a:b", ".k", "a b"])
    func name(_ name: String) {
        _ = scratch.write("root.key", Self.good)
        #expect(!KeyCredential.isName(name))
        #expect(words(credential(name)).contains("is no name of a credential"))
        #expect(words(KeyCredential("root.key", folder: "relative")).contains("CREDENTIALS_DIRECTORY"))
    }

    @Test("one that is not there is missing, and nothing is made")
    func missing() {
        #expect { try credential().secret() } throws: { error in
            guard case .missing(let words)? = error as? RootKeyError else { return false }
            return words.contains("LoadCredential=root.key:FILE")
        }
        #expect(access(scratch.path + "/root.key", F_OK) != 0)
    }

    @Test("what is no key of 64 digits is refused and never shown", arguments: ["", "abc", good + "00", good + "\n\n"])
    func content(_ text: String) {
        _ = scratch.write("root.key", text, mode: 0o400)
        let said = words(credential())
        #expect(said.contains("does not hold 64 hexadecimal digits"))
        #expect(text.count < 8 || !said.contains(text.prefix(8)))
    }

    @Test("C88: another user's is refused", .enabled("needs root: SKIPPED") { geteuid() == 0 })
    func owner() {
        chown(scratch.write("root.key", Self.good, mode: 0o400), 12_345, 0)
        #expect(words(credential()).contains("belongs to another user (uid 12345)"))
    }
}
