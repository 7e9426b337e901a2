import Glibc
import Testing
import Wire

/// A provider whose texts attack whoever reads them: controls, escape sequences, markup, marks that turn the text round,
/// ten thousand characters. Nothing of it may act on a terminal, and none of it may break JSON.
@Suite("Provider texts on a terminal and in JSON")
struct HostileTextTests {
    private static let texts = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}Ada", "Ada\u{9b}31m\u{202e}gnp.exe", "<script>alert(1)</script>",
        "Ada\r\n$ rm -rf\u{0}\u{8}", String(repeating: "A", count: 10_000), "\u{2066}\u{200b}\u{feff}Ada\u{e0041}",
    ]

    /// Our own sequences: colour, and the line that is written over.
    private static func withoutOurs(_ text: String) -> String {
        text.replacing(#/\u{1b}\[[0-9]{0,2}m/#, with: "").replacing("\r\u{1b}[K", with: "").replacing(
            "\r\n", with: "\n")
    }

    private static func acts(_ text: String) -> [Unicode.Scalar] {
        withoutOurs(text).unicodeScalars.filter { $0.isHidden && $0 != "\n" }
    }

    private func onTerminal(_ house: House, _ arguments: [String]) -> String {
        let running = Running("purser", arguments, environment: ["PURSER_SOCKET": house.socket], columns: 100)
        _ = running.wait()
        return running.output + running.errors
    }

    @Test("holders, tiers and ledger lines: shown harmlessly in every command", arguments: texts)
    func shown(_ text: String) {
        let house = House()
        house.start()
        let patches: JSON = [
            ["pointer": "/first", "value": .string(text)], ["pointer": "/last", "value": .string(text)],
            ["pointer": "/memberships/0/status", "value": .string(text)],
        ]
        house.fault(["match": ["endpoint": "api", "path": "/v2/me"], "patch": patches])
        house.fault([
            "match": ["endpoint": "api", "path": "/v2/members/*"],
            "patch": [["pointer": "/items/0/description", "value": .string(text)]],
        ])
        #expect(house.link().link.code == 0)
        let folder = house.path + "/providers/skyways"
        let commands = [
            [], ["balances"], ["links"], ["links", "skyways"], ["why", "skyways"], ["status"],
            ["provider", "try", folder],
            ["provider", "try", folder, "--show-all"],
        ]
        for command in commands {
            let shown = onTerminal(house, command)
            #expect(Self.acts(shown).isEmpty, "purser \(command): \(Self.acts(shown))")
            #expect(!shown.contains(String(repeating: "A", count: 1000)), "purser \(command) is endless")
        }
        for command in [["balances"], ["links"], ["why", "skyways"], ["provider", "try", folder, "--show-all"]] {
            let transcript = house.run("purser", command + ["--json"])
            #expect(transcript.json != .null, "purser \(command) --json is no JSON")
            #expect(Self.acts(transcript.output).isEmpty, "purser \(command) --json: \(Self.acts(transcript.output))")
        }
        let account = house.purser("balances", "--json").json["accounts"]?[0]
        #expect(account?["membership"]?["holder"]?.string?.isEmpty == false)
        #expect((account?["membership"]?["holder"]?.string?.count ?? 0) <= 1010)
        let id = account?["id"]?.string ?? ""
        let entries = house.run(
            "/usr/bin/curl", ["-s", "--unix-socket", house.socket, "http://purser/v1/accounts/\(id)/entries"])
        #expect(entries.json["entries"]?.array?.isEmpty == false && Self.acts(entries.output).isEmpty)
    }

    @Test("C11: an error's own words: shown harmlessly on the page, the terminal and in the log", arguments: texts)
    func errors(_ text: String) {
        let house = House()
        house.start()
        house.fault([
            "match": ["endpoint": "token"],
            "replace": [
                "status": 400, "headers": ["Content-Type": "application/json"],
                "body": .string((["error": "invalid_request", "error_description": .string(text)] as JSON).text),
            ],
        ])
        let (linked, person) = house.link()
        #expect(linked.code == 1 && linked.errors.contains("invalid_request"))
        #expect(Self.acts(linked.errors + linked.output).isEmpty)
        #expect(Self.acts(onTerminal(house, []) + onTerminal(house, ["links"])).isEmpty)
        #expect(person.code == 1 && Self.acts(person.output).isEmpty)
        house.stop()
        #expect(Self.acts(house.everything).isEmpty)
        #expect(!house.everything.contains(String(repeating: "A", count: 1000)))
    }
}
