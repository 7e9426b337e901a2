import Testing

@Suite("Papers and folders")
struct PapersTests {
    @Test(
        "every paper is there",
        arguments: [
            "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE",
            "docs/OAUTH.md", "docs/edge-cases.md", "docs/INTEROPERABILITY.md",
            "providers/README.md", "providers/schema.json", ".ci/run", "Makefile",
        ])
    func papers(_ path: String) { #expect(!Project.text(path).isEmpty, "\(path) is missing") }

    static let providers = Set(
        Project.paths(below: "providers").compactMap { path -> String? in
            let parts = path.split(separator: "/")
            return parts.count > 2 ? String(parts[1]) : nil
        }
    ).sorted()

    @Test("every provider's folder is complete", arguments: providers)
    func folders(_ name: String) {
        for file in [
            "manifest.json", "mapping.json", "expected.json", "mock/authorization.json", "mock/members.json",
            "mock/routes.json", "mock/keys.json",
        ] {
            #expect(Project.exists("providers/\(name)/\(file)"), "providers/\(name)/\(file) is missing")
        }
    }

    @Test("the architecture names every room")
    func rooms() {
        let paper = Project.text("ARCHITECTURE.md")
        for room in HouseTests.arrows.keys { #expect(paper.contains(room), "ARCHITECTURE.md does not name \(room)") }
    }

    @Test("the readme names every library with its reason")
    func dependencies() {
        let paper = Project.text("README.md")
        for library in ["libcurl", "SQLite", "OpenSSL", "libmicrohttpd", "libqrencode"] {
            #expect(paper.contains(library), "README.md does not name \(library)")
        }
    }

    @Test("make help tells every target that is meant for people")
    func make() {
        let makefile = Project.text("Makefile")
        for target in ["help", "build", "release", "install", "uninstall", "test", "lint", "demo", "simulate"] {
            let isTold = makefile.split(separator: "\n").contains { $0.hasPrefix("\(target):") && $0.contains("## ") }
            #expect(isTold, "make help does not tell \(target)")
        }
    }
}
