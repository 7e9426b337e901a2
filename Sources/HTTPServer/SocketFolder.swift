import CLinux
import Glibc

/// Whether the folder of a unix socket is one where nobody else can put another socket in its place.
enum SocketFolder {
    /// What is wrong with it, and what to do; nil: nothing, or it is not there.
    static func problem(of socket: String) -> String? {
        let named = socket.lastIndex(of: "/").map { $0 == socket.startIndex ? "/" : String(socket[..<$0]) } ?? "."
        guard let real = realpath(named, nil) else { return nil }
        defer { free(real) }
        let folder = String(cString: real)
        var found = stat()
        guard stat(folder, &found) == 0 else { return nil }
        guard found.st_uid == geteuid() || found.st_uid == 0 else {
            return "the folder \(folder) belongs to another user (uid \(found.st_uid)); give the socket one of your own"
        }
        // Not even where names are kept apart (sticky): while we are not there, anybody could answer in our place.
        guard found.st_mode & 0o022 == 0 else {
            return
                "others can write to the folder \(folder); give the socket one of its own, or run: chmod go-w \(folder)"
        }
        return above(folder)
    }

    /// Whoever can rename a folder above can put another in its place.
    private static func above(_ folder: String) -> String? {
        var path = folder
        while let slash = path.lastIndex(of: "/"), path != "/" {
            path = slash == path.startIndex ? "/" : String(path[..<slash])
            var found = stat()
            guard stat(path, &found) == 0 else { return nil }
            guard found.st_mode & 0o002 == 0 || found.st_mode & S_ISVTX != 0 else {
                return "everybody can write to \(path), above the socket's folder; run: chmod o-w \(path)"
            }
        }
        return nil
    }
}
