import Glibc

/// The project's own files, as text.
enum Project {
    /// The package's root, found from this file's own place.
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    struct File: CustomStringConvertible, Sendable {
        /// From the root: `Sources/Wire/JSON/JSON.swift`.
        let path: String
        let text: String
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        var room: String { String(path.split(separator: "/")[1]) }
        var description: String { path }
    }

    /// Every Swift file below a folder of the root.
    static func swiftFiles(_ folder: String) -> [File] {
        paths(below: folder).filter { $0.hasSuffix(".swift") }.map { File(path: $0, text: text($0)) }
    }

    static func paths(below folder: String) -> [String] {
        guard let opened = opendir(root + "/" + folder) else { return [] }
        defer { closedir(opened) }
        var out: [String] = []
        while let entry = readdir(opened) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder + "/" + name
            var status = stat()
            guard stat(root + "/" + path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR { out += paths(below: path) } else { out.append(path) }
        }
        return out.sorted()
    }

    static func text(_ path: String) -> String {
        guard let file = fopen(root + "/" + path, "rb") else { return "" }
        defer { fclose(file) }
        var out: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return String(decoding: out, as: UTF8.self) }
            out += block[0..<count]
        }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(root + "/" + path, &status) == 0
    }

    /// A line without its comment and without what stands in quotes.
    static func code(_ line: Substring) -> String {
        var out = ""
        var isQuoted = false
        var before: Character = " "
        for character in line {
            if character == "\"", before != "\\" { isQuoted.toggle() }
            if !isQuoted, character == "/", before == "/" { return String(out.dropLast()) }
            if !isQuoted { out.append(character) }
            before = character
        }
        return out
    }
}
