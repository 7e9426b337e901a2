import Glibc
import Testing
import Wire

/// providers/README.md, walked: what it says goes into files goes into files, and what it says to run is run.
@Suite("A provider in an afternoon")
struct WalkTests {
    private enum Step {
        case file(String, String)
        case command(String)
    }

    /// Files and commands of the walk, in order.
    private static func steps() -> [Step] {
        let paper = String(decoding: Files.bytes(Programs.root + "/providers/README.md"), as: UTF8.self)
        let start = paper.firstRange(of: "## A provider in an afternoon\n")?.upperBound ?? paper.endIndex
        let walk = paper[start...].prefix { _ in true }
        let lines = (walk.firstRange(of: "\n## ").map { walk[..<$0.lowerBound] } ?? walk)
            .split(separator: "\n", omittingEmptySubsequences: false)
        var steps: [Step] = []
        var file: String?
        var content: [Substring] = []
        func close() {
            if let name = file, !content.isEmpty {
                steps.append(.file(name, content.map { $0.dropFirst(4) }.joined(separator: "\n") + "\n"))
                file = nil
            }
            content = []
        }
        for line in lines {
            if line.hasPrefix("    $ ") {
                close()
                steps.append(.command(String(line.dropFirst(6))))
            } else if line.hasPrefix("    "), file != nil {
                content.append(line)
            } else {
                if !line.isEmpty || !content.isEmpty { close() }
                if line.hasPrefix("`"), line.hasSuffix("`:") { file = String(line.dropFirst().dropLast(2)) }
            }
        }
        close()
        return steps
    }

    private let house = House()
    private var home: String { house.path + "/home" }

    /// Runs a line of the walk where its reader would; a link's page is answered by its member.
    private func run(_ command: String, in folder: String) -> Transcript {
        let environment = ["PURSER_SOCKET": house.socket, "HOME": home]
        let words = command.split(separator: " ").map(String.init)
        if words.prefix(2) == ["purser", "link"] {
            return house.consent(to: Array(words.dropFirst()), "Ines Castro").link
        }
        return house.run("/bin/sh", ["-c", "cd \(folder) && \(command)"], environment)
    }

    @Test("every step of the walk works as it stands, with no Swift changed")
    func walk() throws {
        let steps = Self.steps()
        try #require(steps.count > 15)
        var folder = home + "/.config/purser/providers"
        #expect(house.run("/bin/mkdir", ["-p", folder]).code == 0)
        house.start()
        var transcripts: [String: Transcript] = [:]
        var served: Running?
        for step in steps {
            switch step {
            case .file(let name, let text): Files.write(folder + "/" + name, text)
            case .command(let command):
                if command.hasPrefix("purser client show") {
                    // The provider of the walk is served, at a port that is free here, and the daemon starts anew.
                    let copies = house.path + "/served"
                    let mocks = Running(
                        "mock-providers", ["--port", "0", "--providers", folder, "--write-providers", copies])
                    try #require(mocks.line(holding: "leafclub http://127.0.0.1:") != nil, "\(mocks.errors)")
                    served = mocks
                    #expect(house.stop() == 0)
                    house.start(["--providers", copies])
                    folder = copies
                }
                let transcript = run(command, in: folder)
                #expect(transcript.code == 0, "$ \(command)\n\(transcript.output)\(transcript.errors)")
                transcripts[command] = transcript
            }
        }
        let check = transcripts["purser provider check leafclub"]
        #expect(check?.output == "leafclub: Leaf Club loads; 2 recorded answers map as expected\n")
        #expect(transcripts["purser client show leafclub"]?.output.contains("/callback/leafclub") == true)
        let tried = transcripts["purser provider try leafclub"]?.output ?? ""
        #expect(tried.contains("with the grant of lnk_") && tried.contains("amount 72.5"))
        #expect(!tried.contains("Ines") && !tried.contains("80014477"))
        let balances = transcripts["purser balances"]?.output ?? ""
        #expect(balances.contains("Leaf Club") && balances.contains("72.5 leaves") && balances.contains("Green"))
        #expect(!house.everything.contains("tea-for-two"))
        served?.send(SIGTERM)
        #expect(served?.wait() == 0)
    }

    @Test("the walk is there, and its files are JSON")
    func files() throws {
        var names: [String] = []
        for case .file(let name, let text) in Self.steps() {
            names.append(name)
            if name.hasSuffix(".json") { #expect(throws: Never.self) { try JSON.parse(text) } }
        }
        #expect(names.contains("leafclub/manifest.json") && names.contains("leafclub/mapping.json"))
    }
}
