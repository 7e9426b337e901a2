import Glibc
import MockProviders
import PurserEngine
public import Wire

/// Reads a provider's folder with its mock from disk: the one thing a simulation takes from outside.
public enum FolderOnDisk {
    /// Nil when the folder is not there, is not a mock's, or does not load.
    ///
    /// - Parameter changed: gives a JSON file as it is to be played, for worlds that differ from what ships.
    public static func read(
        _ path: String, changed: (_ file: String, JSON) -> JSON = { _, json in json }
    ) -> SimulatedProvider? {
        let name = String(path.split(separator: "/").last ?? "")
        var files: [String: [UInt8]] = [:]
        for file in [
            "manifest.json", "mapping.json", "client-secret", "client-keys.json", "client-certificate.pem", "ca.pem",
        ] {
            files[file] = bytes(path + "/" + file)
        }
        func json(_ file: String) -> JSON? {
            bytes(path + "/" + file).flatMap { try? JSON.parse($0, limits: .file) }.map { changed(file, $0) }
        }
        guard let manifest = json("manifest.json"), let authorization = json("mock/authorization.json"),
            let members = json("mock/members.json"), let routes = json("mock/routes.json"),
            let keys = json("mock/keys.json"),
            let mock = try? MockFolder(
                name: name, manifest: manifest, authorization: authorization, members: members, routes: routes,
                keys: keys)
        else { return nil }
        files["manifest.json"] = manifest.bytes
        return SimulatedProvider(folder: ProviderFolder(name: name, source: path, files: files), mock: mock)
    }

    /// Every folder below this one that has a mock and loads, by name.
    public static func all(in place: String) -> [SimulatedProvider] {
        guard let folder = opendir(place) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().compactMap { read(place + "/" + $0) }
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return out }
            out += block[0..<count]
        }
    }
}
