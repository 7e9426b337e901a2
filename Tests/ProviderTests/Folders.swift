import Glibc
import Wire

@testable import PurserEngine

/// The folders of `providers/`, as they lie on disk.
enum Folders {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")
    static let providers = root + "/providers"
    static let schema = providers + "/schema.json"

    /// Every provider there is.
    static let names = entries(providers).filter { isFolder(providers + "/" + $0) }

    /// A folder as the daemon reads it: its own files, none of those in `mock/`.
    static func folder(_ name: String) -> ProviderFolder {
        let place = providers + "/" + name
        var files: [String: [UInt8]] = [:]
        for file in entries(place) where !isFolder(place + "/" + file) { files[file] = bytes(place + "/" + file) }
        return ProviderFolder(name: name, source: place, files: files)
    }

    /// A file of a provider's folder, parsed; nil when it is not there or no JSON.
    static func json(_ path: String) -> JSON? {
        bytes(providers + "/" + path).flatMap { try? JSON.parse($0, limits: .file) }
    }

    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&block, 1, block.count, file), count > 0 { out += block[..<count] }
        return out
    }

    /// The bytes of a system zone file.
    static func zone(_ name: String) -> [UInt8]? { bytes("/usr/share/zoneinfo/" + name) }

    private static func isFolder(_ path: String) -> Bool {
        var found = stat()
        return stat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFDIR
    }

    private static func entries(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var out: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { out.append(name) }
        }
        return out.sorted()
    }
}

extension JSON {
    /// This value with another one at a pointer: nil takes the member or element away, a last token `-` appends.
    func with(_ pointer: String, _ value: JSON?) -> JSON {
        with((JSONPointer.tokens(pointer) ?? [])[...], value) ?? .null
    }

    private func with(_ tokens: ArraySlice<String>, _ value: JSON?) -> JSON? {
        guard let token = tokens.first else { return value }
        switch self {
        case .object(var object):
            object[token] = (object[token] ?? .object(JSONObject())).with(tokens.dropFirst(), value)
            return .object(object)
        case .array(var items):
            if token == "-" { return .array(items + [value ?? .null]) }
            guard let index = Int(token), items.indices.contains(index) else { return self }
            if let changed = items[index].with(tokens.dropFirst(), value) {
                items[index] = changed
            } else {
                items.remove(at: index)
            }
            return .array(items)
        default: return .object(JSONObject()).with(tokens, value)
        }
    }
}
