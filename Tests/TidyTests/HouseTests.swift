import Testing

/// Arrows point down only. SwiftPM does not see to that: what a dependency depends on can be imported too.
@Suite("The house")
struct HouseTests {
    /// What each room may import of ours; ARCHITECTURE.md draws the same.
    static let arrows: [String: Set<String>] = [
        "Wire": [],
        "Usage": [],
        "Crypto": ["Wire", "COpenSSL"],
        "Threads": ["CLinux"],
        "HTTPClient": ["Wire", "CLinux"],
        "HTTPServer": ["Wire", "Threads", "CMicrohttpd", "CLinux"],
        "MockProviders": ["Wire", "Crypto"],
        "PurserAPI": ["Wire"],
        "QRCode": ["CQrencode"],
        "PurserEngine": ["Wire", "Crypto"],
        "PurserStore": ["PurserEngine", "Wire", "CSQLite"],
        "PurserSystem": ["PurserEngine", "PurserStore", "Threads", "Wire", "Crypto", "CCurl", "CLinux"],
        "PurserWeb": ["PurserEngine", "PurserAPI", "HTTPServer", "QRCode", "Threads", "Wire", "Crypto"],
        "PurserSimulation": [
            "PurserWeb", "PurserEngine", "PurserStore", "MockProviders", "HTTPServer", "Wire", "Crypto", "CFaultyDisk",
        ],
        "purserd": [
            "PurserWeb", "PurserAPI", "PurserSystem", "PurserStore", "PurserEngine", "HTTPServer", "HTTPClient",
            "Threads", "Usage", "Wire", "Crypto", "CLinux", "CWipe",
        ],
        "purser": ["HTTPClient", "PurserAPI", "Usage", "Wire", "CLinux"],
        "mock-providers": [
            "MockProviders", "HTTPServer", "HTTPClient", "Threads", "Usage", "Wire", "Crypto", "CCurl",
            "CLinux",
        ],
        "purser-simulate": ["PurserSimulation", "Usage", "CLinux"],
        "purser-conformance": ["PurserSimulation", "MockProviders", "Usage", "CLinux"],
        "purser-crash": [
            "PurserEngine", "MockProviders", "HTTPClient", "Threads", "Usage", "Wire", "Crypto", "CSQLite",
            "CLinux", "TestSupport",
        ],
    ]
    /// Of the toolchain's modules.
    static let system: Set<String> = ["Glibc", "Synchronization"]

    static let files = Project.swiftFiles("Sources")

    @Test("every room is one that the house knows, and every room of the house is there")
    func rooms() {
        let found = Set(Self.files.map(\.room))
        #expect(found == Set(Self.arrows.keys))
    }

    @Test("a room imports only what its arrows allow", arguments: files)
    func imports(_ file: Project.File) {
        for line in file.lines {
            let words = Project.code(line).split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at < 3, words.count == at + 2 else { continue }
            let module = String(words[at + 1])
            let isAllowed = Self.arrows[file.room, default: []].contains(module) || Self.system.contains(module)
            #expect(isAllowed, "\(file.path) imports \(module)")
        }
    }

    @Test("the engine, the mocks and the house's pure rooms do no I/O of their own", arguments: files)
    func purity(_ file: Project.File) {
        guard ["Wire", "Usage", "Crypto", "PurserEngine", "MockProviders", "PurserAPI"].contains(file.room) else {
            return
        }
        #expect(!file.lines.contains { Project.code($0).contains("import Glibc") }, "\(file.path) imports Glibc")
    }

    static let banned = [
        "Task {", "Task(", "Task.detached", "Task.sleep", "Date()", ".random(", "UUID()", "@MainActor", "DispatchQueue",
        "ContinuousClock", "SuspendingClock", "getenv(", " print(",
    ]

    @Test("nothing in the engine starts a task, reads a clock or draws a number by itself", arguments: files)
    func engine(_ file: Project.File) {
        guard file.room == "PurserEngine" || file.room == "MockProviders" else { return }
        for (number, line) in file.lines.enumerated() {
            for word in Self.banned {
                #expect(!(" " + Project.code(line)).contains(word), "\(file.path):\(number + 1) has \(word)")
            }
        }
    }

    @Test("nothing anywhere is bound to the main actor or uses Foundation", arguments: files)
    func mainActor(_ file: Project.File) {
        for line in file.lines {
            let code = Project.code(line)
            #expect(!code.contains("@MainActor") && !code.contains("import Foundation"), "\(file.path): \(line)")
        }
    }

    @Test("main.swift holds one call", arguments: files.filter { $0.path.hasSuffix("/main.swift") })
    func main(_ file: Project.File) {
        let statements = file.lines.filter { !$0.isEmpty && !$0.hasPrefix("import ") && !$0.hasPrefix("//") }
        #expect(statements.count == 1, "\(file.path): \(statements)")
    }
}
