import CLinux
import Glibc
import HTTPServer
import MockProviders
import Wire

/// Provider folders on disk: read, and copied for another origin.
enum FolderFiles {
    /// Why a file cannot be read or written.
    struct Problem: Error, CustomStringConvertible {
        let path: String
        let words: String
        var description: String { "\(path): \(words)" }

        init(_ path: String, _ words: String) {
            self.path = path
            self.words = words
        }

        /// With the reason errno gives.
        init(_ path: String) { self.init(path, String(cString: strerror(errno))) }
    }

    /// `./providers`, or those installed beside this program.
    static func usual() -> String {
        if isFolder("providers") { return "providers" }
        var room = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &room, room.count)
        let program = String(decoding: room.prefix(max(0, count)), as: UTF8.self)
        let folder = program.lastIndex(of: "/").map { program[..<$0] } ?? "."
        return folder + "/../share/purser/providers"
    }

    /// Every folder with a `mock/` in it, by name; as a scenario changes it.
    static func load(_ root: String, as scenario: Scenario?) throws -> [MockFolder] {
        var out: [MockFolder] = []
        for name in try names(in: root) where isFolder("\(root)/\(name)/mock") {
            let folder = "\(root)/\(name)"
            func file(_ path: String) throws -> JSON {
                let read = try json("\(folder)/\(path)")
                return scenario?.changed(path, read, of: name) ?? read
            }
            do {
                out.append(
                    try MockFolder(
                        name: name, manifest: file("manifest.json"), authorization: file("mock/authorization.json"),
                        members: file("mock/members.json"), routes: file("mock/routes.json"),
                        keys: file("mock/keys.json")))
            } catch let problem as MockProblem {
                throw Problem("\(folder)/mock", problem.description)
            }
        }
        return out
    }

    /// Who a folder's provider is over https: `mock/tls`. Nil: the manifest's issuer is http, or only pretends to be https.
    static func tls(_ folder: MockFolder, from root: String) throws -> TLSIdentity? {
        let place = "\(root)/\(folder.name)/mock/tls/"
        guard folder.isSecure, access(place, F_OK) == 0 else { return nil }
        let certificate = try bytes(place + "certificate.pem")
        let key = try bytes(place + "key.pem")
        let trust = access(place + "clients.pem", R_OK) == 0 ? try bytes(place + "clients.pem") : nil
        return certificate.withUnsafeBytes { certificate in
            key.withUnsafeBytes { key in
                guard let trust else { return TLSIdentity(certificate: certificate, key: key) }
                return trust.withUnsafeBytes { TLSIdentity(certificate: certificate, key: key, trust: $0) }
            }
        }
    }

    /// The authorities of all folders, one after the other: whom the pretended person trusts.
    static func authorities(_ root: String) -> [UInt8] {
        let folders = (try? names(in: root)) ?? []
        return folders.flatMap { (try? bytes("\(root)/\($0)/ca.pem")) ?? [] }
    }

    /// A copy of a folder with a manifest that names the origin it is served at.
    static func copy(_ folder: MockFolder, from root: String, to target: String, origin: String) throws {
        try copy("\(root)/\(folder.name)", to: "\(target)/\(folder.name)")
        try write(Array((folder.manifest(at: origin).pretty() + "\n").utf8), "\(target)/\(folder.name)/manifest.json")
    }

    /// The files beside the folders, such as the schema their manifests name.
    static func copySchema(from root: String, to target: String) throws {
        try makeFolder(target)
        if access("\(root)/schema.json", R_OK) == 0 {
            try write(bytes("\(root)/schema.json"), "\(target)/schema.json")
        }
    }

    private static func copy(_ source: String, to target: String) throws {
        try makeFolder(target)
        for name in try names(in: source) {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            if isFolder(from) {
                try copy(from, to: to)
            } else {
                var found = stat()
                guard stat(from, &found) == 0 else { throw Problem(from) }
                try write(bytes(from), to, mode: found.st_mode & 0o777)
            }
        }
    }

    private static func json(_ path: String) throws -> JSON {
        let bytes = try bytes(path)
        do {
            return try JSON.parse(bytes, limits: .file)
        } catch {
            let place = error.place(in: bytes)
            throw Problem("\(path):\(place.line):\(place.column)", error.kind.rawValue)
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        let descriptor = clinux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw Problem(path) }
        defer { close(descriptor) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Problem(path) }
            if count == 0 { return out }
            out += block[..<count]
            guard out.count <= 64 << 20 else { throw Problem(path, "the file is larger than 64 MiB") }
        }
    }

    private static func write(_ bytes: [UInt8], _ path: String, mode: mode_t = 0o644) throws {
        let descriptor = clinux_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Problem(path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Problem(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func makeFolder(_ path: String) throws {
        if isFolder(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Problem(path) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var found = stat()
        return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted; hidden ones are left out.
    private static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw Problem(path) }
        defer { closedir(folder) }
        var out: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { out.append(name) }
        }
        return out.sorted()
    }
}
