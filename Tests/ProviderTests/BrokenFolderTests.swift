import Crypto
import Testing
import Wire

@testable import PurserEngine

@Suite("Folders that do not load")
struct BrokenFolderTests {
    @Test(
        "C31, C41: one wrong thing is told with its file, its place and what would be right; the other folders load",
        arguments: BrokenManifests.all + BrokenMappings.all)
    func told(_ broken: Broken) throws {
        let catalogue = Catalogue([broken.change.folder(), Folders.folder("skyways")], zones: Folders.zone)
        #expect(catalogue[Changed.name] == nil)
        #expect(catalogue["skyways"] != nil)
        #expect(catalogue.problems.keys.sorted() == [Changed.name])
        let problems = catalogue.problems[Changed.name] ?? []
        let here = problems.filter { $0.place == broken.place }
        #expect(!here.isEmpty, "said instead: \(problems)")
        #expect(here.contains { "\($0)".contains(broken.words) }, "said instead: \(here)")
        #expect(problems.allSatisfy { $0.file == "\(Changed.name)/\(broken.change.file.rawValue)" })
    }

    @Test(
        "a file that is no JSON we take is told with line and column",
        arguments: [
            (
                "{\n  \"name\": \"changed\",\n  \"name\": \"changed\"\n}", "line 3, column 3",
                "a member name comes twice"
            ),
            ("{\n  \"name\": changed}", "line 2, column 11", "not JSON"),
            ("{\"name\": \"\\ud800\"}", "line 1, column 17", "a lone surrogate"),
            ("", "line 1, column 1", "not JSON"),
        ])
    func syntax(_ text: String, _ place: String, _ what: String) {
        for file in [Changed.File.manifest, .mapping] {
            let catalogue = Catalogue([Changed.folder([file: Array(text.utf8)]), Folders.folder("skyways")])
            let expected = ManifestProblem(file: "\(Changed.name)/\(file.rawValue)", place: place, what: what)
            #expect(catalogue.problems == [Changed.name: [expected]])
            #expect(catalogue["skyways"] != nil)
        }
    }

    @Test("a missing file is told by its name", arguments: [Changed.File.manifest, .mapping])
    func missing(_ file: Changed.File) {
        var files = Changed.folder([:]).files
        files[file.rawValue] = nil
        let catalogue = Catalogue([ProviderFolder(name: Changed.name, source: "/x", files: files)])
        let expected = ManifestProblem(file: "\(Changed.name)/\(file.rawValue)", place: "", what: "missing")
        #expect(catalogue.problems == [Changed.name: [expected]])
    }

    @Test("everything wrong with a file is told at once")
    func all() {
        let manifest = Changed.base(.manifest).with("/authorization/grant", "password").with("/schedule/every", "soon")
            .with("/programme/kind", "ferry").with("/colour", "blue")
        let catalogue = Catalogue([Changed.folder([.manifest: manifest.bytes])])
        let places = Set((catalogue.problems[Changed.name] ?? []).map(\.place))
        #expect(places == ["/authorization/grant", "/schedule/every", "/programme/kind", "/colour"])
    }

    @Test("a folder is named as a provider may be", arguments: ["Skyways", "sky ways", "sky_ways"])
    func names(_ name: String) {
        let manifest = Changed.base(.manifest).with("/name", .string(name))
        let files = ["manifest.json": manifest.bytes, "mapping.json": Changed.base(.mapping).bytes]
        let catalogue = Catalogue([ProviderFolder(name: name, source: "/x", files: files)])
        #expect(catalogue[name] == nil)
        #expect(catalogue.problems[name]?.first?.place == "/name")
    }

    @Test("a later folder of the same name takes an earlier one's place, even when it does not load")
    func later() {
        let good = Changed.folder([:])
        let bad = Changed(.manifest, "/authorization/grant", "password").folder()
        #expect(Catalogue([bad, good])[Changed.name] != nil)
        #expect(Catalogue([bad, good]).problems.isEmpty)
        #expect(Catalogue([good, bad])[Changed.name] == nil)
    }

    @Test("a client secret comes from a file of the folder, without its line break, and is in no problem")
    func secret() throws {
        let change = Changed(
            .manifest, "/authorization",
            Changed.base(.manifest)["authorization"]?.with("/clientAuthentication", "client_secret_basic")
                .with("/client/secretFile", "client-secret"))
        let catalogue = Catalogue([change.folder(["client-secret": Array("s3cret value\r\n".utf8)])])
        #expect(catalogue[Changed.name]?.clientSecret?.text() == "s3cret value")
        let without = Catalogue([change.folder()])
        #expect(without.problems[Changed.name]?.first?.place == "/authorization/client/secretFile")
    }
}
