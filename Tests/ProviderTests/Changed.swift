import Testing
import Wire

@testable import PurserEngine

/// The skyways folder under another name, with one thing changed.
struct Changed: Sendable, CustomTestStringConvertible {
    enum File: String, Sendable {
        case manifest = "manifest.json"
        case mapping = "mapping.json"
    }

    let file: File
    let pointer: String
    /// Nil: taken away.
    let value: JSON?

    init(_ file: File, _ pointer: String, _ value: JSON?) {
        self.file = file
        self.pointer = pointer
        self.value = value
    }

    var testDescription: String { "\(file.rawValue) \(pointer): \(value?.text ?? "gone")" }

    static let name = "changed"

    /// The changed file.
    var json: JSON { Self.base(file).with(pointer, value) }

    static func base(_ file: File) -> JSON {
        let json = Folders.json("skyways/" + file.rawValue) ?? .null
        return file == .manifest ? json.with("/name", .string(name)) : json
    }

    func folder(_ files: [String: [UInt8]] = [:]) -> ProviderFolder {
        Self.folder([file: json.bytes], files)
    }

    static func folder(_ changed: [File: [UInt8]], _ files: [String: [UInt8]] = [:]) -> ProviderFolder {
        var files = files
        for file in [File.manifest, .mapping] { files[file.rawValue] = changed[file] ?? base(file).bytes }
        return ProviderFolder(name: name, source: "/folders/" + name, files: files)
    }
}

/// A change after which the folder does not load.
struct Broken: Sendable, CustomTestStringConvertible {
    let change: Changed
    /// Where the problem is said to be.
    let place: String
    /// A part of what is said to be wrong, or of the hint.
    let words: String
    /// Whether a schema can see it.
    let isOfForm: Bool

    init(
        _ file: Changed.File, _ pointer: String, _ value: JSON?, at place: String? = nil, _ words: String,
        isOfForm: Bool = true
    ) {
        change = Changed(file, pointer, value)
        self.place = place ?? pointer
        self.words = words
        self.isOfForm = isOfForm
    }

    var testDescription: String { change.testDescription }
}
