import Glibc
import Testing
import Wire

/// The completions that the programs print, in the shells they are for. zsh and fish are there on few machines.
@Suite("Completions and manual pages")
struct ShellTests {
    static let programs = ["purser", "purserd", "mock-providers"]

    /// The words before the cursor, the last of them begun; what is offered for it.
    static let cases: [(line: [String], offered: [String])] = [
        (["purser", "li"], ["link", "links"]),
        (["purser", "--so"], ["--socket"]),
        (
            ["purser", "link", "--"],
            ["--device", "--no-browser", "--paste", "--json", "--quiet", "--socket", "--help", "--version"]
        ),
        (["purser", "--quiet", "sync", "--w"], ["--wait"]),
        (["purser", "completions", ""], ["bash", "zsh", "fish"]),
        (["purser", "completions", "bash", ""], []),
        (["purser", "balances", ""], []),
        (["purser", "link", "--", "--"], []),
        (["purser", "help", "sta"], ["status"]),
        (["purserd", "key", ""], ["new", "reroot", "rotate", "status"]),
        (["purserd", "check", "--key-c"], ["--key-credential"]),
        (["mock-providers", "consent", "--me"], ["--member"]),
        (["mock-providers", "--por"], ["--port"]),
        (["mock-providers", "--port", ""], []),
    ]
    /// The same with a daemon that links skyways once; the id stands for itself.
    static let asked: [(line: [String], offered: [String])] = [
        (
            ["purser", "link", ""],
            [
                "brewhaus", "fuelclub", "grandstay", "marketplus", "metrorent", "pointsbourse", "railpass", "skyways",
            ]
        ),
        (["purser", "link", "sk"], ["skyways"]),
        (["purser", "unlink", "sk"], ["skyways"]), (["purser", "sync", "skyways", "sk"], ["skyways"]),
        (["purser", "sync", "--wait", "lnk_"], ["lnk_"]), (["purser", "link", "skyways", ""], []),
    ]

    @Test("bash offers what the description says", arguments: cases)
    func bash(_ line: [String], _ offered: [String]) {
        #expect(Shells.bash(line).sorted() == offered.sorted())
    }

    @Test(
        "zsh offers what the description says", .enabled("zsh is not there: SKIPPED") { Shells.has("zsh") },
        arguments: cases)
    func zsh(_ line: [String], _ offered: [String]) {
        #expect(Shells.zsh(line).sorted() == offered.sorted())
    }

    @Test(
        "fish offers what the description says", .enabled("fish is not there: SKIPPED") { Shells.has("fish") },
        arguments: cases)
    func fish(_ line: [String], _ offered: [String]) {
        #expect(Shells.fish(line).sorted() == offered.sorted())
    }

    @Test("names of providers and links come from the daemon; without one nothing is offered and nothing is said")
    func names() {
        let house = House()
        for (line, _) in Self.asked { #expect(Shells.bash(line, house) == []) }
        house.start()
        #expect(house.link().link.code == 0)
        let id = house.purser("links", "--json").json["links"]?[0]?["id"]?.string ?? "none"
        for (line, offered) in Self.asked {
            let offered = offered.map { $0 == "lnk_" ? id : $0 }
            #expect(Shells.bash(line, house) == offered, "bash \(line)")
            if Shells.has("zsh") { #expect(Shells.zsh(line, house) == offered, "zsh \(line)") }
            if Shells.has("fish") { #expect(Shells.fish(line, house) == offered, "fish \(line)") }
        }
        // The socket of the line comes before that of the environment.
        let elsewhere = ["purser", "--socket", house.path + "/none.sock", "link", ""]
        #expect(Shells.bash(elsewhere, house) == [])
        if Shells.has("zsh") { #expect(Shells.zsh(elsewhere, house) == []) }
        if Shells.has("fish") { #expect(Shells.fish(elsewhere, house) == []) }
    }

    @Test("files and folders complete as files and folders")
    func files() {
        let house = House()
        Files.write(house.path + "/a key.pem", "")
        mkdir(house.path + "/a folder", 0o700)
        #expect(Shells.bash(["purserd", "--key-file", "a"], house).sorted() == ["a folder", "a key.pem"])
        #expect(Shells.bash(["purserd", "--data", "a"], house) == ["a folder"])
        #expect(Shells.bash(["purserd", "--data", "=", "a"], house) == ["a folder"])
        #expect(Shells.bash(["purserd", "--data", "="], house).contains("a folder"))
    }

    @Test("in a bash of a person's own, the tab key writes the word out")
    func tab() {
        let house = House()
        let running = Running(
            "/bin/bash", ["--norc", "--noprofile", "-i"], environment: ["HOME": house.path, "TERM": "dumb"],
            columns: 200)
        running.type("PS1='ready> '; source <(purser completions bash); echo so\\met\\hing\n")
        #expect(running.read(until: "something"))
        running.type("purser unl\t --help\n")
        #expect(running.read(until: "revoke at the provider and delete here"))
        running.type("exit\n")
        #expect(running.wait() == 0)
    }

    @Test("each script is one that its shell can read", arguments: programs, ["bash", "zsh", "fish"])
    func readable(_ program: String, _ shell: String) {
        guard Shells.has(shell) else { return Shells.skipped(shell) }
        let house = House()
        let script = house.run(program, ["completions", shell])
        #expect(script.code == 0 && script.errors.isEmpty)
        Files.write(house.path + "/script", script.output)
        let read = Running("/bin/sh", ["-c", "\(shell) -n \(house.path)/script"])
        #expect(read.wait() == 0 && read.errors.isEmpty, "\(read.errors)")
    }

    @Test("the readme names every command")
    func readme() {
        let help = Running("purser", ["--help"])
        _ = help.wait()
        let paper = String(decoding: Files.bytes(Programs.root + "/README.md"), as: UTF8.self)
        let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
        let commands = lines.drop { $0 != "commands" }.dropFirst().prefix { !$0.isEmpty }
        #expect(commands.count > 15)
        for line in commands where !line.hasPrefix("   ") {
            let column = line.dropFirst(2).split(separator: "  ").first ?? ""
            let command = column.split(separator: " ").prefix { $0.allSatisfy(\.isLowercase) }.joined(separator: " ")
            #expect(paper.contains("`purser \(command)") || paper.contains("`\(command)"), "README.md lacks \(command)")
        }
    }

    @Test(
        "groff has nothing to say about a manual page, and every command and option of --help is in it",
        arguments: programs)
    func manual(_ program: String) {
        let page = Running(program, ["manual"])
        #expect(page.wait() == 0)
        let help = Running(program, ["--help"])
        _ = help.wait()
        guard Shells.has("groff") else { return Shells.skipped("groff") }
        let set = Running("/bin/sh", ["-c", "\(program) manual | groff -man -ww -Tascii -P-c -P-b -P-u"])
        #expect(set.wait() == 0 && set.errors.isEmpty, "\(set.errors)")
        let text = set.output.split { $0 == " " || $0 == "\n" }
        let names = help.output.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first { !$0.hasSuffix(",") } }
        #expect(names.count > 8)
        for name in names where name.first?.isLetter == true || name.hasPrefix("--") {
            #expect(text.contains { $0.hasPrefix(name) }, "\(program): \(name)")
        }
    }
}
