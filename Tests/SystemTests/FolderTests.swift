import PurserEngine
import PurserSystem
import Testing

@Suite("Providers' folders on disk")
struct FolderTests {
    private let scratch = Scratch()

    @Test("folders are read in order, files beside them and what is hidden are left out")
    func read() throws {
        for folder in ["a/one", "a/.hidden", "b/one", "b/two"] {
            try FileSystem.makeFolder(scratch.path + "/" + folder)
        }
        _ = scratch.write("a/one/manifest.json", "1")
        _ = scratch.write("b/one/manifest.json", "2")
        _ = scratch.write("a/readme", "no folder")
        let folders = ProviderFolders.read([scratch.path + "/a", scratch.path + "/none", scratch.path + "/b"])
        #expect(folders.map(\.name) == ["one", "one", "two"])
        #expect(folders.map { $0.files["manifest.json"] } == [Array("1".utf8), Array("2".utf8), nil])
    }

    @Test("a later folder of the same name takes the earlier one's place, also when it does not load")
    func override() {
        let good = ProviderFolders.read(["\(Self.root)/providers"])
        #expect(good.contains { $0.name == "skyways" })
        let broken = ProviderFolder(name: "skyways", source: "elsewhere", files: ["manifest.json": Array("{".utf8)])
        let catalogue = Catalogue(good + [broken])
        #expect(catalogue["skyways"] == nil)
        #expect(catalogue.problems["skyways"] != nil)
        #expect(Catalogue([broken] + good)["skyways"] != nil)
    }

    @Test(
        "a zone name never leads out of the zone folder",
        arguments: ["../../../etc/passwd", "/etc/passwd", "", "a b", "x\0y"])
    func zones(_ name: String) {
        let bytes = ProviderFolders.zone(name)
        #expect(bytes == nil || bytes?.starts(with: Array("TZif".utf8)) == true)
    }

    private static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()
}
