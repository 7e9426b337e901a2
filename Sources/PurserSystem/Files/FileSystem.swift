import CLinux
import Glibc

/// Why a file could not be read or written; words for the person.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let number: Int32

    public var description: String { "\(path): \(String(cString: strerror(number)).lowercased())" }
}

/// Plain files and folders.
public enum FileSystem {
    /// All bytes of a file of at most `limit` bytes.
    public static func read(_ path: String, limit: Int = 16 << 20) throws(FileError) -> [UInt8] {
        let bytes = try head(path, limit + 1)
        guard bytes.count <= limit else { throw FileError(path: path, number: EFBIG) }
        return bytes
    }

    /// The first bytes of a file, at most `limit` of them.
    public static func head(_ path: String, _ limit: Int) throws(FileError) -> [UInt8] {
        // Without O_NONBLOCK a pipe with a name would keep us waiting for somebody to write to it.
        let descriptor = clinux_open(path, O_RDONLY | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, number: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path: path, number: EISDIR) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, number: errno) }
            if count == 0 { return out }
            out += block[0..<min(count, limit - out.count)]
            if out.count >= limit { return out }
        }
    }

    /// Puts a new file (0600) in the place of one: written beside it, made durable, renamed. No crash leaves half of it.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let beside = path + ".new"
        let descriptor = clinux_open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileError(path: beside, number: errno) }
        let isWritten =
            fchmod(descriptor, 0o600) == 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count
            && fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        guard isWritten, rename(beside, path) == 0 else {
            let why = isWritten ? errno : number
            unlink(beside)
            throw FileError(path: path, number: why == 0 ? ENOSPC : why)
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let parent = clinux_open(folder, O_RDONLY | O_DIRECTORY, 0)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }

    /// The names in a folder, sorted, without `.` and `..`.
    public static func names(in path: String) throws(FileError) -> [String] {
        guard let folder = opendir(path) else { throw FileError(path: path, number: errno) }
        defer { closedir(folder) }
        var out: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { out.append(name) }
        }
        return out.sorted()
    }

    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes a folder and those above it, for the owner alone (0700).
    public static func makeFolder(_ path: String) throws(FileError) {
        if path.isEmpty || isFolder(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
        if mkdir(path, 0o700) == 0 { return }
        guard errno == EEXIST else { throw FileError(path: path, number: errno) }
        guard isFolder(path) else { throw FileError(path: path, number: ENOTDIR) }
    }
}
