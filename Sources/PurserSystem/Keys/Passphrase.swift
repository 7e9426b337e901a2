import CLinux
public import Crypto
import Glibc
public import PurserEngine

/// Where the passphrase of a root key is read: never an argument, never the environment.
public enum Passphrase: Sendable, Hashable {
    /// A file, with the checks of a key file.
    case file(String)
    /// An open descriptor, read to its end, once.
    case descriptor(Int32)
    /// Standard input, where that is a terminal: asked for, and not shown.
    case terminal

    public static let most = 1024
    /// A new one is this long at least, in bytes.
    public static let fewest = 8

    /// - Parameter isNew: it is to be chosen: asked for twice on a terminal, and not taken when too short.
    public func read(isNew: Bool) throws(RootKeyError) -> Secret {
        let secret: Secret
        switch self {
        case .file(let path): secret = try Self.file(path)
        case .descriptor(let number): secret = try Self.all(number, "the passphrase on descriptor \(number)")
        case .terminal:
            guard isatty(0) == 1 else {
                throw .missing("no passphrase was given, and standard input is no terminal to ask for it")
            }
            secret = try Self.typed(isNew ? "new passphrase (not shown): " : "passphrase (not shown): ")
            if isNew {
                guard try Self.typed("once more: ") == secret else { throw .unfit("the two passphrases differ") }
            }
        }
        guard secret.count > 0 else { throw .unfit("the passphrase is empty") }
        guard !isNew || secret.count >= Self.fewest else {
            throw .unfit("a passphrase of fewer than \(Self.fewest) characters protects nothing; take a longer one")
        }
        return secret
    }

    private static func file(_ path: String) throws(RootKeyError) -> Secret {
        let descriptor = clinux_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .missing("the passphrase file \(path) is not there") }
            throw KeyFile.refusal(path, errno)
        }
        defer { close(descriptor) }
        try KeyFile.check(descriptor, path)
        return try all(descriptor, "the passphrase file \(path)")
    }

    /// To its end, without one line break there.
    private static func all(_ descriptor: Int32, _ what: String) throws(RootKeyError) -> Secret {
        try bytes { room in
            var count = 0
            while count < room.count {
                let more = Glibc.read(descriptor, room.baseAddress! + count, room.count - count)
                if more < 0, errno == EINTR { continue }
                guard more >= 0 else { return .failure(.unfit("\(what) cannot be read")) }
                if more == 0 { break }
                count += more
            }
            return .success(count)
        }
    }

    private static func typed(_ question: String) throws(RootKeyError) -> Secret {
        var before = termios()
        let isKnown = tcgetattr(0, &before) == 0
        if isKnown {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &silent)
        }
        Console.error(question)
        defer {
            if isKnown { tcsetattr(0, TCSAFLUSH, &before) }
            Console.error("\n")
        }
        return try bytes { room in
            var count = 0
            while count < room.count, Glibc.read(0, room.baseAddress! + count, 1) == 1 {
                count += 1
                if room[count - 1] == 10 { break }
            }
            return .success(count)
        }
    }

    /// What `fill` put into a room that is wiped after.
    private static func bytes(
        _ fill: (UnsafeMutableRawBufferPointer) -> Result<Int, RootKeyError>
    ) throws(RootKeyError) -> Secret {
        var room = [UInt8](repeating: 0, count: most + 2)
        defer { for at in room.indices { room[at] = 0 } }
        var count = try room.withUnsafeMutableBytes(fill).get()
        if count > 0, room[count - 1] == 10 { count -= 1 }
        if count > 0, room[count - 1] == 13 { count -= 1 }
        guard count <= most else { throw .unfit("the passphrase is longer than \(most) bytes") }
        return Secret(copying: room.prefix(count), locked: true)
    }
}
