import CLinux
import Glibc

/// The file of a unix socket, to be taken away when the server stops, unless another has taken its place.
struct SocketFile: Sendable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    init?(_ path: String) {
        var found = stat()
        guard lstat(path, &found) == 0 else { return nil }
        self.path = path
        device = UInt64(found.st_dev)
        inode = UInt64(found.st_ino)
    }

    func remove() {
        guard let now = SocketFile(path), now.device == device, now.inode == inode else { return }
        unlink(path)
    }
}
