import CLinux
import Crypto
import Glibc
import PurserEngine
import PurserSystem
import Testing

/// A scratch folder that goes, with all in it, when the test is over.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/purser-test.XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no scratch folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in (try? FileSystem.names(in: path)) ?? [] {
            let inner = path + "/" + name
            if FileSystem.isFolder(inner) { remove(inner) } else { unlink(inner) }
        }
        rmdir(path)
    }

    func write(_ name: String, _ text: String, mode: mode_t = 0o600) -> String {
        let file = path + "/" + name
        let descriptor = clinux_open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0)
        let bytes = Array(text.utf8)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        chmod(file, mode)
        return file
    }
}

@Suite("The key file")
struct KeyFileTests {
    let scratch = Scratch()
    private static let good = String(repeating: "0123456789abcdef", count: 4)

    @Test("a key that was made is read back, the same each time, and is the owner's alone")
    func made() throws {
        let key = KeyFile(scratch.path + "/deeper/root.key")
        #expect(!key.isThere)
        try key.make()
        #expect(try key.secret() == key.secret())
        #expect(try key.secret().count == 32)
        var status = stat()
        #expect(stat(key.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("two keys are never the same")
    func different() throws {
        let (one, two) = (KeyFile(scratch.path + "/1"), KeyFile(scratch.path + "/2"))
        try one.make()
        try two.make()
        #expect(try one.secret() != two.secret())
    }

    @Test("a key is never made over an existing file")
    func existing() throws {
        let key = KeyFile(scratch.write("root.key", Self.good))
        #expect(throws: RootKeyError.self) { try key.make() }
        #expect(try FileSystem.read(key.path) == Array(Self.good.utf8))
    }

    @Test("C88: a missing key is told from an unfit one")
    func missing() {
        #expect { try KeyFile(scratch.path + "/none").secret() } throws: { error in
            if case .missing? = error as? RootKeyError { true } else { false }
        }
    }

    @Test(
        "C88: a key that others can read is refused, and the words say how to mend it",
        arguments: [0o640, 0o604, 0o660, 0o700] as [mode_t])
    func mode(_ mode: mode_t) {
        let path = scratch.write("root.key", Self.good, mode: mode)
        #expect { try KeyFile(path).secret() } throws: { error in
            guard case .unfit(let words)? = error as? RootKeyError else { return false }
            return words.contains("chmod 600")
        }
    }

    @Test("C88: a key file that is a symbolic link is refused")
    func link() {
        let path = scratch.write("real.key", Self.good)
        symlink(path, scratch.path + "/root.key")
        #expect { try KeyFile(scratch.path + "/root.key").secret() } throws: { error in
            guard case .unfit(let words)? = error as? RootKeyError else { return false }
            return words.contains("symbolic link")
        }
    }

    @Test(
        "what is no key of 64 digits is refused, and never shown",
        arguments: ["", "abc", good + "00", String(good.dropLast()), String(good.dropLast()) + "g", good + "\n\n"])
    func content(_ text: String) {
        let path = scratch.write("root.key", text)
        #expect { try KeyFile(path).secret() } throws: { error in
            guard case .unfit(let words)? = error as? RootKeyError else { return false }
            return text.count < 8 || !words.contains(text.prefix(8))
        }
    }

    @Test("C88: a folder is no key")
    func folder() { #expect(throws: RootKeyError.self) { try KeyFile(scratch.path).secret() } }

    @Test("read-only for the owner is fit")
    func readOnly() throws {
        #expect(try KeyFile(scratch.write("k", Self.good + "\n", mode: 0o400)).secret().count == 32)
    }
}

extension KeyFileTests {
    @Test("C88: a key file of another user is refused", .enabled("needs root: SKIPPED") { geteuid() == 0 })
    func owner() {
        let path = scratch.write("root.key", String(repeating: "ab", count: 32))
        chown(path, 12_345, 0)
        #expect { try KeyFile(path).secret() } throws: { error in
            guard case .unfit(let words)? = error as? RootKeyError else { return false }
            return words.contains("belongs to another user (uid 12345)")
        }
    }
}
