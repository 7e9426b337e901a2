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
        // <package>/Tests/EngineTests/Support/Vectors.swift
        let parts = String(cString: real).split(separator: "/").dropLast(5)
        return "/" + parts.joined(separator: "/") + "/shared/vectors"
    }

    static func json(_ path: String) throws -> JSON {
        guard let folder else { throw Missing(path: path) }
        return try JSON.parse(try bytes(folder + "/" + path), limits: .file)
    }

    /// A file of the package itself.
    static func packageJSON(_ path: String) throws -> JSON {
        guard let real = realpath(#filePath, nil) else { throw Missing(path: path) }
        defer { free(real) }
        let package = "/" + String(cString: real).split(separator: "/").dropLast(4).joined(separator: "/")
        return try JSON.parse(try bytes(package + "/" + path), limits: .file)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
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

    struct Missing: Error { let path: String }
}
