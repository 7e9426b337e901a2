import Testing
import Wire

@testable import PurserEngine

/// What `purser provider check` says of a folder.
@Suite("A folder's check")
struct FolderCheckTests {
    /// A shipped folder with everything that its expectation names.
    private static func whole(_ name: String) throws -> ProviderFolder {
        let folder = Folders.folder(name)
        var files = folder.files
        let expected = try #require(Folders.json("\(name)/expected.json"))
        files["expected.json"] = expected.bytes
        for answer in expected["answers"]?.array ?? [] {
            let file = try #require(answer["file"]?.string)
            files[file] = try #require(Folders.json("\(name)/\(file)")).bytes
        }
        return ProviderFolder(name: name, source: folder.source, files: files)
    }

    @Test("the folders that ship are right, and their recorded answers map as expected", arguments: Folders.names)
    func shipped(_ name: String) throws {
        let check = FolderCheck(try Self.whole(name), zones: Folders.zone)
        #expect(check.problems.isEmpty)
        #expect(check.answers > 0 && check.provider != nil)
    }

    @Test("an expectation that does not hold is told with its place, and is no reason not to load")
    func expectation() throws {
        let folder = try Self.whole("skyways")
        var files = folder.files
        let text = try #require(String(validating: files["expected.json"] ?? [], as: UTF8.self))
        let amount = try #require(Folders.json("skyways/expected.json")?["mapped"]?["balances"]?[0]?["amount"]?.string)
        files["expected.json"] = Array(text.replacing("\"amount\":\"\(amount)\"", with: "\"amount\":\"1\"").utf8)
        let check = FolderCheck(ProviderFolder(name: "skyways", source: "", files: files), zones: Folders.zone)
        #expect(check.provider != nil)
        let problem = try #require(check.problems.first)
        #expect(problem.file == "skyways/expected.json" && problem.place == "/mapped/balances/0/amount")
        #expect(problem.what == "expected \"1\", and the mapping gives \"\(amount)\"")
    }

    @Test("a recorded answer that is missing, or is no JSON, is told")
    func answers() throws {
        let folder = try Self.whole("skyways")
        for (bytes, words) in [(nil, "is not in the folder"), (Array("[".utf8), "is not JSON")] as [([UInt8]?, String)]
        {
            var files = folder.files
            files["mock/answers/me.json"] = bytes
            let check = FolderCheck(ProviderFolder(name: "skyways", source: "", files: files), zones: Folders.zone)
            #expect(check.problems.count == 1 && check.problems[0].what.contains(words))
        }
    }

    @Test("what is wrong in manifest and mapping is told together; one mistake is told once")
    func together() throws {
        let folder = Folders.folder("skyways")
        func changed(_ file: String, _ from: String, _ to: String) throws -> [UInt8] {
            let text = try #require(String(validating: folder.files[file] ?? [], as: UTF8.self))
            #expect(text.contains(from))
            return Array(text.replacing(from, with: to).utf8)
        }
        func problems(_ files: [String: [UInt8]]) -> [String] {
            let merged = folder.files.merging(files) { $1 }
            return FolderCheck(ProviderFolder(name: "skyways", source: "", files: merged), zones: Folders.zone).problems
                .map { "\($0.file) \($0.place)" }
        }
        let both = try problems([
            "manifest.json": changed("manifest.json", "\"airline\"", "\"dragon\""),
            "mapping.json": changed("mapping.json", "\"request\": \"activity\"", "\"request\": \"history\""),
        ])
        #expect(both == ["skyways/manifest.json /programme/kind", "skyways/mapping.json /entries/0/request"])
        // The units cannot be read, so nothing is held against them.
        let one = try problems(["manifest.json": changed("manifest.json", "\"decimals\": 0", "\"decimals\": -1")])
        #expect(one.allSatisfy { $0.hasPrefix("skyways/manifest.json /programme/") } && !one.isEmpty)
    }
}
