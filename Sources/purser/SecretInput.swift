import Glibc

/// Reads a client secret from a file or standard input, so that it is never an argument or a variable.
enum SecretInput {
    private static let most = 4096

    /// `-`: standard input; on a terminal without showing what is typed. One line break at the end is not part of it.
    static func read(_ path: String, _ what: String = "client secret", most: Int = most) throws(Stop) -> String {
        let bytes: [UInt8]
        if path == "-" {
            bytes = isatty(0) == 1 ? typed(what) : drained(0, most)
        } else {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw .failed("\(path): \(String(cString: strerror(errno)).lowercased())") }
            defer { close(file) }
            var found = stat()
            guard fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
                throw .failed("\(path) is not a file")
            }
            bytes = drained(file, most)
        }
        return try text(bytes, what, most)
    }

    /// One line of standard input, or of the terminal without showing it.
    static func line(_ what: String) throws(Stop) -> String { try text(typed(what), what) }

    /// From an open descriptor, to its end.
    static func read(descriptor: Int32, _ what: String) throws(Stop) -> String { try text(drained(descriptor), what) }

    private static func text(_ bytes: [UInt8], _ what: String, _ most: Int = most) throws(Stop) -> String {
        guard bytes.count <= most else { throw .failed("that is longer than a \(what) may be (\(most) bytes)") }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw .failed("that is no \(what): it is not text")
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else { throw .failed("there is no \(what) in it") }
        return text
    }

    /// At most one byte more than a secret may have.
    private static func drained(_ file: Int32, _ most: Int = most) -> [UInt8] {
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: most + 1)
        while out.count <= most {
            let count = Glibc.read(file, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            out += block[..<count]
        }
        return out
    }

    private static func typed(_ what: String) -> [UInt8] {
        var before = termios()
        let isKnown = tcgetattr(0, &before) == 0
        if isKnown {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &silent)
        }
        if isKnown { Terminal.prompt("\(what) (not shown): ") }
        defer {
            if isKnown {
                tcsetattr(0, TCSAFLUSH, &before)
                Terminal.prompt("\n")
            }
        }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= most, Glibc.read(0, &byte, 1) == 1, byte != 10 { line.append(byte) }
        return line
    }
}
