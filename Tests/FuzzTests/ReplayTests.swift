import Glibc
import Testing

@Suite("Fuzz corpora")
struct ReplayTests {
    struct Input: Sendable, CustomTestStringConvertible {
        let target: FuzzTarget
        let name: String
        let bytes: [UInt8]
        var testDescription: String { target.rawValue + "/" + name }
    }

    static let inputs: [Input] = FuzzTarget.allCases.flatMap { target in
        names(folder + target.rawValue).map { name in
            Input(target: target, name: name, bytes: bytes(folder + target.rawValue + "/" + name))
        }
    }

    @Test("what was once of interest holds, each input by itself", arguments: inputs)
    func replay(_ input: Input) throws { try input.target.run(input.bytes) }

    @Test("every target has a corpus, and no corpus is without a target")
    func complete() {
        #expect(Self.names(Self.folder) == FuzzTarget.allCases.map(\.rawValue).sorted())
        for target in FuzzTarget.allCases {
            let corpus = Self.inputs.filter { $0.target == target }
            #expect(corpus.count >= 3 && corpus.allSatisfy { $0.bytes.count > 1 }, "\(target.rawValue) has hardly any")
            #expect(Set(corpus.map(\.bytes)).count == corpus.count, "\(target.rawValue) has one input twice")
        }
    }

    @Test("nothing at all, and every single byte, is taken by every target", arguments: FuzzTarget.allCases)
    func tiny(_ target: FuzzTarget) throws {
        try target.run([])
        for byte in UInt8.min...UInt8.max { try target.run([byte]) }
    }

    private static let folder = String(#filePath.dropLast("ReplayTests.swift".count)) + "Corpus/"

    private static func names(_ path: String) -> [String] {
        guard let opened = opendir(path) else { return [] }
        defer { closedir(opened) }
        var out: [String] = []
        while let entry = readdir(opened) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { out.append(name) }
        }
        return out.sorted()
    }

    private static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var room = [UInt8](repeating: 0, count: 64 << 10)
        let count = fread(&room, 1, room.count, file)
        return Array(room.prefix(count))
    }
}
