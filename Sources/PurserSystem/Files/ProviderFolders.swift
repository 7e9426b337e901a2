public import PurserEngine

/// Reads providers' folders from disk for the catalogue.
public enum ProviderFolders {
    private static let fileLimit = 1 << 20

    /// Every folder below these, in order; a place that is not there has none.
    public static func read(_ places: [String]) -> [ProviderFolder] {
        var out: [ProviderFolder] = []
        for place in places {
            for name in (try? FileSystem.names(in: place)) ?? [] where !name.hasPrefix(".") {
                let path = place + "/" + name
                guard FileSystem.isFolder(path) else { continue }
                var files: [String: [UInt8]] = [:]
                for file in (try? FileSystem.names(in: path)) ?? [] {
                    if let bytes = try? FileSystem.read(path + "/" + file, limit: fileLimit) { files[file] = bytes }
                }
                out.append(ProviderFolder(name: name, source: path, files: files))
            }
        }
        return out
    }

    /// One folder with everything below it that its maker may name: `mock/answers/me.json`.
    public static func whole(_ path: String) throws(FileError) -> ProviderFolder {
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        var files: [String: [UInt8]] = [:]
        try gather(trimmed, "", 0, &files)
        let name = trimmed.lastIndex(of: "/").map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
        return ProviderFolder(name: name, source: trimmed, files: files)
    }

    private static let deepest = 3
    private static let mostFiles = 200

    private static func gather(
        _ root: String, _ below: String, _ depth: Int, _ files: inout [String: [UInt8]]
    ) throws(FileError) {
        for name in try FileSystem.names(in: root + below) where !name.hasPrefix(".") {
            let place = below + "/" + name
            if FileSystem.isFolder(root + place) {
                if depth < deepest { try gather(root, place, depth + 1, &files) }
            } else if files.count < mostFiles, let bytes = try? FileSystem.read(root + place, limit: fileLimit) {
                files[String(place.dropFirst())] = bytes
            }
        }
    }

    /// The bytes of a system zone file; nil for a name that is none.
    public static func zone(_ name: String) -> [UInt8]? {
        let isSafe = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "/_+-".utf8.contains(byte)
        }
        guard isSafe, !name.isEmpty, !name.hasPrefix("/"), !name.contains("//") else { return nil }
        return try? FileSystem.read("/usr/share/zoneinfo/" + name, limit: 1 << 20)
    }
}
