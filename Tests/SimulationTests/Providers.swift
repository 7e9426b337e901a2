import Glibc
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// The folders that simulated worlds are played with.
enum Shipped {
    static let all: [SimulatedProvider] = names.map { provider($0) }
    static let names = ["brewhaus", "grandstay", "marketplus", "skyways"]

    private static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/") + "/providers"
    }()

    static func provider(_ name: String) -> SimulatedProvider {
        guard let provider = FolderOnDisk.read(root + "/" + name) else {
            preconditionFailure("providers/\(name) does not load; ProviderTests say why")
        }
        return provider
    }

    /// A shipped folder with another value at a place of its manifest.
    static func provider(_ name: String, _ path: [String], _ value: JSON) -> SimulatedProvider {
        provider(name).changed(path, value)
    }

    /// A shipped folder with other values in its manifest and in its mock's `authorization.json`.
    static func provider(
        _ name: String, manifest: [(path: [String], value: JSON)] = [], mock: [(path: [String], value: JSON)] = []
    ) -> SimulatedProvider {
        let provider = FolderOnDisk.read(root + "/" + name) { file, json in
            let changes = ["manifest.json": manifest, "mock/authorization.json": mock][file] ?? []
            return changes.reduce(json) { changed($0, $1.path[...], $1.value) }
        }
        guard let provider else { preconditionFailure("providers/\(name) does not load as changed") }
        return provider
    }

    /// A shipped folder with another rotation policy, on both sides alike.
    static func provider(_ name: String, rotation: JSON) -> SimulatedProvider {
        provider(name, manifest: [(["authorization", "rotation"], rotation)], mock: [(["rotation"], rotation)])
    }

    private static func changed(_ json: JSON, _ path: ArraySlice<String>, _ value: JSON) -> JSON {
        guard let name = path.first, var object = json.object else { return value }
        object[name] = changed(object[name] ?? .null, path.dropFirst(), value)
        return .object(object)
    }
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
