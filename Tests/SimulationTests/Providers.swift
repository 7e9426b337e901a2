import Glibc
import PurserSimulation
import Testing

/// The folder that simulated worlds are played with.
enum Shipped {
    static let skyways: SimulatedProvider = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        guard let provider = FolderOnDisk.read(parts.joined(separator: "/") + "/providers/skyways") else {
            preconditionFailure("providers/skyways does not load; ProviderTests say why")
        }
        return provider
    }()
}

/// A scratch folder that goes when the test is over.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/purser-test.XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no scratch folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["purser.db", "purser.db-wal", "purser.db-shm", "purser.db.lock"] { unlink(path + "/" + name) }
        rmdir(path)
    }
}
