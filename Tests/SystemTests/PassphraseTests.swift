import Crypto
import Glibc
import PurserEngine
import PurserSystem
import Testing

@Suite("The passphrase of a root key")
struct PassphraseTests {
    private let scratch = Scratch()

    private func words(_ place: Passphrase, isNew: Bool = false) -> String {
        do {
            _ = try place.read(isNew: isNew)
            return "it is read"
        } catch { return "\(error)" }
    }

    @Test("it is what stands in the file, without one line break at the end", arguments: ["", "\n", "\r\n"])
    func file(_ end: String) throws {
        let path = scratch.write("pass", "correct horse" + end)
        #expect(try Passphrase.file(path).read(isNew: true) == Secret("correct horse"))
    }

    @Test("C88: a passphrase file that others can read is refused", arguments: [0o644, 0o640, 0o604] as [mode_t])
    func mode(_ mode: mode_t) {
        #expect(words(.file(scratch.write("pass", "correct horse", mode: mode))).contains("chmod 600"))
    }

    @Test("C88: a passphrase file that is a link, a folder or a pipe is refused; one that is not there is missing")
    func kinds() {
        symlink(scratch.write("real", "correct horse"), scratch.path + "/link")
        mkdir(scratch.path + "/folder", 0o700)
        mkfifo(scratch.path + "/pipe", 0o600)
        #expect(words(.file(scratch.path + "/link")).contains("symbolic link"))
        #expect(words(.file(scratch.path + "/folder")).contains("not a regular file"))
        #expect(words(.file(scratch.path + "/pipe")).contains("not a regular file"))
        #expect { try Passphrase.file(scratch.path + "/none").read(isNew: false) } throws: { error in
            if case .missing? = error as? RootKeyError { true } else { false }
        }
    }

    @Test("one that is empty, too long or, when it is chosen, too short is refused and never shown")
    func sizes() {
        #expect(words(.file(scratch.write("empty", "\n"))).contains("is empty"))
        #expect(words(.file(scratch.write("long", String(repeating: "x", count: 1025)))).contains("longer than 1024"))
        let short = scratch.write("short", "hunter2")
        #expect(words(.file(short), isNew: true).contains("fewer than 8"))
        #expect(!words(.file(short), isNew: true).contains("hunter2"))
        #expect(words(.file(short)) == "it is read", "an old one is what it is")
    }

    @Test("it is read from a descriptor to its end; one that is not open is said")
    func descriptor() throws {
        let path = scratch.write("pass", "correct horse\n")
        let number = open(path, O_RDONLY)
        defer { close(number) }
        #expect(try Passphrase.descriptor(number).read(isNew: false) == Secret("correct horse"))
        #expect(words(.descriptor(999)).contains("cannot be read"))
    }

    @Test("C89: a key file's successor takes its place whole; one that is left over is made anew")
    func successor() throws {
        let key = KeyFile(scratch.write("root.key", String(repeating: "ab", count: 32)))
        let (old, first) = (try key.secret(), try key.makeNext())
        let second = try key.makeNext()
        #expect(first != second && second != old)
        #expect(try key.secret() == old && key.next.secret() == second)
        try key.takeNext()
        #expect(try key.secret() == second)
        #expect(!key.next.isThere)
        #expect(throws: RootKeyError.self) { try key.takeNext() }
        #expect(try key.secret() == second)
    }
}
