import Testing

@testable import Usage

@Suite("Reading a command line")
struct ReaderTests {
    @Test(
        "words lead to a command, options before or after it",
        arguments: [
            ([], "overview"), (["--quiet"], "overview"), (["link", "skyways"], "link"),
            (["--socket", "/s", "link", "skyways", "--no-browser"], "link"), (["--wait", "sync"], "sync"),
            (["sync"], "sync"), (["sync", "a", "--wait", "b"], "sync"), (["link", "--", "--json"], "link"),
            (["link", "-"], "link"), (["client", "set", "skyways", "--client-id=x"], "client set"),
            (["client", "--client-id", "x", "set", "skyways"], "client set"),
            (["-q", "token", "new", "--scope=admin"], "token new"),
        ] as [([String], String)])
    func leads(_ words: [String], _ action: String) throws {
        guard case .run(let found, _) = try Sample.program.read(words, width: 80) else {
            Issue.record("nothing is run")
            return
        }
        #expect(found == action)
    }

    @Test("options are read in every spelling")
    func values() throws {
        #expect(try Sample.line("link", "a", "--socket=/x y").value("--socket") == "/x y")
        #expect(try Sample.line("link", "a", "--socket", "/x").value("--socket") == "/x")
        #expect(try Sample.line("link", "a", "--socket=a=b").value("--socket") == "a=b")
        #expect(
            try Sample.line("link", "-t", "one", "a", "-ttwo", "--tag=three").values("--tag") == [
                "one", "two", "three",
            ])
        let line = try Sample.line("sync", "b", "-q", "--", "-q", "--wait")
        #expect(line.has("--quiet") && !line.has("--wait") && !line.has("--json"))
        #expect(line.arguments == ["b", "-q", "--wait"])
        #expect(line.path == ["sync"])
        #expect(try Sample.line("client", "set", "n", "--client-id", "i", "--port", "8080").number("--port") == 8080)
        #expect(try Sample.line("sync").value("--socket") == nil)
    }

    @Test(
        "what is wrong is said, with what was meant and where to look",
        arguments: [
            (["lnik", "x"], "there is no command lnik; did you mean link? run: wallet --help"),
            (["frobnicate"], "there is no command frobnicate; run: wallet --help"),
            (["client", "shwo"], "there is no command client shwo; did you mean show? run: wallet client --help"),
            (["client"], "client needs one of: set, show; run: wallet client --help"),
            (["sync", "--wiat"], "sync knows no option --wiat; did you mean --wait? run: wallet sync --help"),
            (["sync", "--no-browser"], "sync knows no option --no-browser; run: wallet sync --help"),
            (["--wait"], "wallet knows no option --wait; run: wallet --help"),
            (["sync", "-x"], "sync knows no option -x; run: wallet sync --help"),
            (["link", "a", "--socket"], "--socket needs a value; run: wallet link --help"),
            (["link", "a", "--socket="], "--socket needs a value; run: wallet link --help"),
            (["link", "a", "--socket", "--json"], "--socket needs a value; run: wallet link --help"),
            (["link", "a", "--json=x"], "--json takes no value; run: wallet link --help"),
            (["link", "a", "--socket", "1", "--socket", "2"], "--socket is given twice; run: wallet link --help"),
            (["link"], "link needs NAME; usage: wallet link NAME [--no-browser] [--tag TAG]…"),
            (["link", "a", "b"], "link takes no more than 1; usage: wallet link NAME [--no-browser] [--tag TAG]…"),
            (["client", "set", "a"], "client set needs --client-id ID; run: wallet client set --help"),
            (
                ["client", "set", "a", "--client-id=i", "--port", "0"],
                "--port must be a whole number from 1 to 65535; run: wallet client set --help"
            ),
            (
                ["token", "new", "--scope", "all"],
                "--scope must be one of balances:read, admin; run: wallet token new --help"
            ),
            (["completions"], "completions needs SHELL; usage: wallet completions SHELL"),
            (
                ["completions", "tcsh"],
                "completions: SHELL must be one of bash, zsh, fish; run: wallet completions --help"
            ),
            (["completions", "bash", "--json"], "completions knows no option --json; run: wallet completions --help"),
            (["help", "bogus"], "there is no command bogus; run: wallet --help"),
        ] as [([String], String)])
    func refused(_ words: [String], _ said: String) {
        #expect(throws: Misuse(said)) { try Sample.program.read(words, width: 80) }
    }

    @Test("no value that was given stands in a refusal, and no control character")
    func secrets() {
        for words in [
            ["link", "--password=hunter2"], ["link", "a", "--no-browser=hunter2"],
            ["client", "set", "a", "--port=hunter2"],
            ["token", "new", "--scope", "hunter2"], ["client", "set", "hunter2"], ["link", "hunter2", "b"],
        ] {
            #expect { try Sample.program.read(words, width: 80) } throws: { !"\($0)".contains("hunter2") }
        }
        #expect { try Sample.program.read(["\u{1b}[31mred"], width: 80) } throws: { !"\($0)".contains("\u{1b}") }
    }

    @Test("--help comes before whatever else is wrong, and shows the command it stands with")
    func help() {
        #expect(Sample.read("link", "--help").hasPrefix("usage: wallet link NAME"))
        #expect(Sample.read("link", "--bogus", "-h").hasPrefix("usage: wallet link NAME"))
        #expect(Sample.read("help", "client", "set") == Sample.read("client", "set", "--help"))
        #expect(Sample.read("help") == Sample.read("--help"))
        #expect(Sample.read("--version") == "wallet \(Release.version)")
        #expect(Sample.read("-V") == "wallet \(Release.version)")
    }
}
