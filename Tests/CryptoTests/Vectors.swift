import TestSupport
import Wire

extension Vectors {
    /// The test groups of a Wycheproof file.
    static func groups(_ name: String) throws -> [JSON] {
        guard let groups = try json("wycheproof/\(name)_test.json")["testGroups"]?.array else {
            throw Missing(path: name)
        }
        return groups
    }
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
