import Testing
import Wire

/// Keys at a terminal: what is typed there, and what is shown.
@Suite("Keys at a terminal")
struct KeyTerminalTests {
    private static let passphrase = "correct horse battery"

    private func rotate(_ house: House, _ more: [String] = [], columns: Int? = nil) -> Running {
        Running("purserd", ["key", "rotate"] + house.daemonArguments() + more, columns: columns)
    }

    @Test("a rotation is a bar on a terminal, plain lines in a pipe, and nothing when it is to be quiet")
    func progress() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let terminal = rotate(house, columns: 100)
        #expect(terminal.wait() == 0)
        #expect(terminal.output.contains("\r\u{1b}[K[####################] 1/1"), "\(terminal.output)")
        #expect(terminal.output.hasSuffix("\r\u{1b}[Kkey epoch 2 wraps 1 data keys now\n"))
        let pipe = rotate(house)
        #expect(pipe.wait() == 0)
        #expect(pipe.errors.contains("purserd: 1 of 1 data keys wrapped anew\n") && !pipe.errors.contains("\u{1b}"))
        #expect(pipe.output == "key epoch 3 wraps 1 data keys now\n")
        for columns in [nil, 100] {
            let quiet = rotate(house, ["--quiet"], columns: columns)
            #expect(quiet.wait() == 0)
            #expect(quiet.errors.isEmpty && quiet.output.hasPrefix("key epoch ") && !quiet.output.contains("\u{1b}"))
        }
    }

    /// Goes over to a passphrase, typed twice at a terminal.
    private func reroot(_ house: House, _ first: String, _ second: String) -> Running {
        let running = Running(
            "purserd", ["key", "reroot", "--to-passphrase"] + house.daemonArguments(), columns: 100)
        #expect(running.read(until: "new passphrase (not shown): "))
        running.type(first + "\n")
        #expect(running.read(until: "once more: "))
        running.type(second + "\n")
        return running
    }

    @Test("a passphrase typed at a terminal is asked for twice when it is new, is not shown, and opens what it sealed")
    func typed() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let differs = reroot(house, Self.passphrase, Self.passphrase + "x")
        #expect(differs.wait() == 1)
        #expect(differs.output.contains("the two passphrases differ; nothing was changed"))
        let short = reroot(house, "short", "short")
        #expect(short.wait() == 1 && short.output.contains("fewer than 8 characters"))
        let changed = reroot(house, Self.passphrase, Self.passphrase)
        #expect(changed.wait() == 0, "\(changed.output)")
        for running in [differs, short, changed] {
            #expect(!running.output.contains(Self.passphrase) && !running.output.contains("short\n"))
        }
        house.stop()
        var options = house.daemonArguments()
        if let at = options.firstIndex(of: "--key-file") {
            options.replaceSubrange(at...(at + 1), with: ["--key-passphrase"])
        }
        func status(_ typed: String) -> Running {
            let running = Running("purserd", ["key", "status"] + options, columns: 100)
            #expect(running.read(until: "passphrase (not shown): "))
            running.type(typed + "\n")
            return running
        }
        let right = status(Self.passphrase)
        #expect(right.wait() == 0)
        #expect(right.output.contains("open") && !right.output.contains(Self.passphrase), "\(right.output)")
        let wrong = status("another passphrase")
        #expect(wrong.wait() == 1)
        #expect(wrong.output.contains("not the one") && !wrong.output.contains("another passphrase"), "\(wrong.output)")
    }

    @Test("a key epoch older than a year is said, with what to do; one that was replaced is not")
    func oldEpoch() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        func warnings() -> String { house.run("purserd", ["key", "status"] + house.daemonArguments()).errors }
        #expect(warnings() == "")
        house.stop()
        house.change("UPDATE key_epoch SET created_at = created_at - 367 * 86400000")
        house.start()
        #expect(warnings().contains("key epoch 1 is older than a year; run: purserd key rotate"))
        #expect(rotate(house).wait() == 0)
        #expect(!warnings().contains("older than a year"))
    }

    @Test("sealed while a refresh is on its way: that one ends and is durable, then the keys go")
    func sealedInFlight() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        house.stop()
        house.change("UPDATE token_version SET access_ends_at = 1, refresh_ahead_at = 1, boot = NULL, ends_up = NULL")
        house.change("UPDATE due SET due_at = 0, leased = 0")
        house.fault(["match": ["endpoint": "token", "grant": "refresh_token"], "times": 1, "delayMilliseconds": 3000])
        let before = house.calls("token")
        house.start()
        // The provider has replaced the token, and holds its answer back.
        var looks = 0
        while house.calls("token") == before, looks < 20_000 { looks += 1 }
        #expect(house.calls("token") == before + 1)
        #expect(house.purser("seal").output == "sealed; no key is in memory\n")
        #expect(house.daemon?.read(until: " info sealed working=1") == true, "it was not on its way any more")
        #expect(house.purser("unseal").code == 0)
        let story = house.purser("why", "skyways").output
        #expect(story.contains("generation 2 is saved"), "\(story)")
        #expect(!story.contains("nobody knows"))
        #expect(house.purser("links", "--json").json["links"]?[0]?["state"] == "active")
        #expect(house.calls("token") == before + 1)
    }
}
