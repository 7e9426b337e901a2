import Glibc
public import Wire

/// The test vectors, in a folder beside the package (`../shared/vectors`, or where `PURSER_VECTORS` says).
public enum Vectors {
    public static let folder: String? = {
        let named = getenv("PURSER_VECTORS").map { String(cString: $0) }
        guard let folder = named ?? package.map({ $0 + "/../shared/vectors" }), access(folder, R_OK) == 0 else {
            let message = "The test vectors are missing (../shared/vectors): their tests are SKIPPED.\n"
            _ = write(STDERR_FILENO, message, message.utf8.count)
            return nil
        }
        return folder
    }()

    public static var arePresent: Bool { folder != nil }

    /// The package's root, found from this file's own place: <package>/Tests/TestSupport/Vectors.swift
    private static let package: String? = {
        guard let real = realpath(#filePath, nil) else { return nil }
        defer { free(real) }
        return "/" + String(cString: real).split(separator: "/").dropLast(3).joined(separator: "/")
    }()

    public static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder else { throw Missing(path: path) }
        return try file(folder + "/" + path)
    }

    public static func json(_ path: String) throws -> JSON { try JSON.parse(try bytes(path), limits: .file) }

    /// A file of the package itself.
    public static func packageJSON(_ path: String) throws -> JSON {
        guard let package else { throw Missing(path: path) }
        return try JSON.parse(try file(package + "/" + path), limits: .file)
    }

    private static func file(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Missing(path: path) }
        defer { fclose(file) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return out }
            out += block.prefix(count)
        }
    }

    /// The names of a folder's files, sorted.
    public static func names(_ path: String) throws -> [String] {
        guard let folder, let open = opendir(folder + "/" + path) else { throw Missing(path: path) }
        defer { closedir(open) }
        var out: [String] = []
        while let entry = readdir(open) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.first != "." { out.append(name) }
        }
        return out.sorted()
    }

    /// The path of every file there is, sorted: where each name leads to names of its own, it is a folder.
    public static func all(below path: String = "") throws -> [String] {
        try names(path).flatMap { name in
            let inside = path.isEmpty ? name : path + "/" + name
            return (try? all(below: inside)) ?? [inside]
        }
    }

    /// What was looked for and is not there.
    public struct Missing: Error {
        public let path: String
        public init(path: String) { self.path = path }
    }
}
