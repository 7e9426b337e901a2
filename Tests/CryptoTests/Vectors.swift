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
        // <package>/Tests/CryptoTests/Vectors.swift
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

    /// The test groups of a Wycheproof file.
    static func groups(_ name: String) throws -> [JSON] {
        guard let groups = try json("wycheproof/\(name)_test.json")["testGroups"]?.array else {
            throw Missing(path: name)
        }
        return groups
    }

    struct Missing: Error { let path: String }
}

extension JSON {
    /// The bytes a member holds in hexadecimal.
    func hex(_ name: String) throws -> [UInt8] {
        guard let bytes = self[name]?.string.flatMap(Hex.decode) else { throw Vectors.Missing(path: name) }
        return bytes
    }

    /// What a Wycheproof case wants.
    var isValid: Bool { self["result"]?.string == "valid" }

    /// For messages.
    var caseName: String { "case \(self["tcId"]?.int ?? 0): \(self["comment"]?.string ?? "")" }

    var tests: [JSON] { self["tests"]?.array ?? [] }
}
