/// Why a provider's folder does not load: which file, where in it, what is wrong, and what would be right.
public struct ManifestProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// As the folder names it: `skyways/manifest.json`.
    public let file: String
    /// A JSON Pointer into the file, or a line and column where it is not JSON; empty: the file as a whole.
    public let place: String
    public let what: String
    public let hint: String?

    public init(file: String, place: String, what: String, hint: String? = nil) {
        self.file = file
        self.place = place
        self.what = what
        self.hint = hint
    }

    public var description: String {
        file + (place.isEmpty ? "" : " at \(place)") + ": " + what + (hint.map { " (\($0))" } ?? "")
    }
}
