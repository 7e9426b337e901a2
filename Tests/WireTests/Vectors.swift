import Glibc
import Wire

/// The test vectors, in a folder beside the package (`../shared/vectors`, or where `PURSER_VECTORS` says).
enum Vectors {
    static let folder: String? = {
        let named = getenv("PURSER_VECTORS").map { String(cString: $0) }
        guard let folder = named ?? besideThePackage(), access(folder, R_OK) == 0 else {
            let message = "The test vectors are missing (../shared/vectors): their tests are SKIPPED.\n"
            _ = write(STDERR_FILENO, message, message.utf8.count)
            return nil
        }
        return folder
    }()

    static var arePresent: Bool { folder != nil }

    private static func besideThePackage() -> String? {
        guard let real = realpath(#filePath, nil) else { return nil }
        defer { free(real) }
        // <package>/Tests/WireTests/Vectors.swift
        let parts = String(cString: real).split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/shared/vectors"
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder, let file = fopen(folder + "/" + path, "rb") else { throw Missing(path: path) }
        defer { fclose(file) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return out }
            out += block.prefix(count)
        }
    }

    static func json(_ path: String) throws -> JSON { try JSON.parse(try bytes(path), limits: .file) }

    /// The names of a folder's files, sorted.
    static func names(_ path: String) throws -> [String] {
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

    struct Missing: Error { let path: String }
}
