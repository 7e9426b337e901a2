import CLinux
import Glibc
import Testing
import Wire

/// The daemon as a process: how it starts, refuses to start, dies and comes back.
@Suite("The daemon")
struct DaemonTests {
    @Test(
        "the first start makes key and database for their owner alone and says to back the key up; SIGTERM ends it with 0"
    )
    func firstStart() {
        let house = House()
        house.start()
        #expect(house.daemon?.errors.contains("back this key up") == true)
        for file in [house.key, house.data + "/purser.db", house.socket] {
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600, "\(file)")
        }
        #expect(house.stop() == 0)
        #expect(house.everything.contains(" info stopped"))
        house.start()
        #expect(house.daemon?.errors.contains("back this key up") == false)
        #expect(house.stop(SIGINT) == 0)
    }

    @Test("C94: a second daemon on the same data is kept out, and the first goes on")
    func second() {
        let house = House()
        house.start()
        let second = house.run("purserd", house.daemonArguments(["--socket", house.path + "/other.sock"]))
        #expect(second.code == 1)
        #expect(second.errors.contains("another purserd uses this database"))
        #expect(house.purser("status").code == 0)
    }

    @Test("C94: a socket in a folder that others can write to is refused, with what to do, and no daemon runs")
    func openFolder() {
        let house = House()
        let open = house.path + "/open"
        mkdir(open, 0o700)
        chmod(open, 0o777)
        let refused = house.run("purserd", house.daemonArguments(["--socket", open + "/purser.sock"]))
        #expect(refused.code == 1)
        #expect(refused.errors.contains("chmod go-w \(open)"), "\(refused.errors)")
        #expect(access(open + "/purser.sock", F_OK) != 0)
        house.start()
    }

    @Test("a port that is taken: said, with what to do, and nothing is left behind")
    func port() {
        let house = House()
        let refused = house.run("purserd", house.daemonArguments(["--listen", "127.0.0.1:\(house.mockPort)"]))
        #expect(refused.code == 1)
        #expect(refused.errors.contains("\(house.mockPort)") && refused.errors.contains("--listen"))
        house.start()
    }

    @Test(
        "a wrong command line ends with 2",
        arguments: [
            ["--nonsense"], ["--data", "/x"], ["--listen", "nonsense"], ["--listen", "127.0.0.1:99999"], ["--data"],
            ["check", "check"],
        ])
    func usage(_ arguments: [String]) {
        let running = Running("purserd", arguments, environment: ["HOME": "/nonexistent"])
        #expect(running.wait() == 2)
        #expect(running.errors.contains("purserd --help") || running.errors.contains("usage: purserd check"))
    }

    @Test(
        "an address beyond loopback is refused: codes would cross the network in clear",
        arguments: ["0.0.0.0:7878", "192.0.2.1:7878", "[::]:7878"])
    func listen(_ address: String) {
        let running = Running("purserd", ["--listen", address, "--data", "/tmp/none", "--key-file", "/tmp/none.key"])
        #expect(running.wait() == 1)
        #expect(running.errors.contains("loopback"))
    }

    // The key

    @Test("C88: the database without its key: sealed; status answers, the rest says why, and no new key is made")
    func missingKey() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        house.stop()
        rename(house.key, house.key + ".away")
        house.start()
        let status = house.purser("status")
        #expect(status.code == 1)
        #expect(status.errors.contains("sealed") && status.errors.contains("nothing is lost"))
        for refused in [["balances"], ["values"], ["receipts"], ["token", "new", "--scope", "balances:read"]] {
            let said = house.run("purser", refused)
            #expect(said.code == 1 && said.output.isEmpty && said.errors.contains("sealed"), "\(refused)")
        }
        // What needs no key and shows nothing of the wallet; and tokens, so that they can be taken back.
        for answered in [["providers"], ["token", "list"]] {
            #expect(house.run("purser", answered).code == 0, "\(answered)")
        }
        #expect(house.purser("token", "list", "--json").json["tokens"] == [])
        #expect(house.ask(house.sealedPort, "GET", "/readyz")?.status == 503)
        house.stop()
        #expect(access(house.key, F_OK) != 0)
        rename(house.key + ".away", house.key)
        house.start()
        #expect(house.purser("balances", "--json").json["accounts"]?.array?.isEmpty == false)
    }

    @Test(
        "C88: a key that is unfit or wrong ends the start with the reason, and nothing is touched",
        arguments: ["mode", "symlink", "folder", "wrong", "text"])
    func unfitKey(_ kind: String) {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        house.stop()
        let before = Files.bytes(house.data + "/purser.db")
        let key = String(decoding: Files.bytes(house.key), as: UTF8.self)
        switch kind {
        case "mode": chmod(house.key, 0o644)
        case "symlink":
            rename(house.key, house.key + ".real")
            symlink(house.key + ".real", house.key)
        case "folder":
            rename(house.key, house.key + ".real")
            mkdir(house.key, 0o700)
        case "wrong": Files.write(house.key, String(repeating: "ab", count: 32) + "\n")
        default: Files.write(house.key, "hello\n")
        }
        let refused = house.run("purserd", house.daemonArguments())
        #expect(refused.code == 1)
        let words = [
            "mode": "chmod 600", "symlink": "symbolic link", "folder": "not a regular file", "wrong": "not the one",
            "text": "64 hexadecimal digits",
        ]
        #expect(refused.errors.contains(words[kind]!), "\(refused.errors)")
        #expect(Files.bytes(house.data + "/purser.db") == before)
        if unlink(house.key) != 0 { rmdir(house.key) }
        Files.write(house.key, key)
        house.start()
        #expect(house.purser("balances", "--json").json["accounts"]?.array?.isEmpty == false)
    }

    @Test("what is no database is refused with words and left as it is")
    func foreignDatabase() {
        let house = House()
        mkdir(house.data, 0o700)
        Files.write(house.data + "/purser.db", String(repeating: "not a database ", count: 100))
        mkdir(house.path + "/key", 0o700)
        Files.write(house.key, String(repeating: "ab", count: 32))
        let before = Files.bytes(house.data + "/purser.db")
        let refused = house.run("purserd", house.daemonArguments())
        #expect(refused.code == 1)
        #expect(refused.errors.contains("damaged"))
        #expect(Files.bytes(house.data + "/purser.db") == before)
    }

    @Test("purserd check: says what a start would find, and makes nothing")
    func check() {
        let house = House()
        let good = house.run("purserd", ["check"] + house.daemonArguments())
        #expect(good.code == 0)
        #expect(good.output.contains("provider skyways"))
        #expect(access(house.data, F_OK) != 0 && access(house.key, F_OK) != 0)
        Files.write(house.path + "/providers/skyways/manifest.json", "{\"name\": \"skyways\", \"name\": \"twice\"}")
        let bad = house.run("purserd", ["check"] + house.daemonArguments())
        #expect(bad.code == 1)
        #expect(bad.output.contains("skyways/manifest.json"))
    }

    @Test(
        "purserd check sees what a start would refuse a database for, without touching it",
        arguments: ["foreign", "newer"])
    func checkDatabase(_ kind: String) {
        let house = House()
        house.start()
        house.stop()
        #expect(house.run("purserd", ["check"] + house.daemonArguments()).code == 0)
        let path = house.data + "/purser.db"
        house.change(kind == "newer" ? "PRAGMA user_version = 99" : "PRAGMA application_id = 65")
        let bytes = Files.bytes(path)
        let check = house.run("purserd", ["check"] + house.daemonArguments())
        #expect(check.code == 1)
        #expect(check.output.contains(kind == "newer" ? "newer purser (schema 99" : "another program"))
        let start = house.run("purserd", house.daemonArguments())
        #expect(start.code == 1)
        #expect(start.errors.contains(kind == "newer" ? "newer purser (schema 99" : "another program"))
        #expect(Files.bytes(path) == bytes)
    }

    @Test("a folder that does not load takes no other down, and providers says why")
    func brokenProvider() {
        let house = House()
        mkdir(house.path + "/providers/broken", 0o700)
        Files.write(
            house.path + "/providers/broken/manifest.json",
            #"{"name":"broken","title":"B","programme":{},"authorization":{"issuer":"http://example.org","grant":"password"},"api":{},"schedule":{}}"#
        )
        house.start()
        let shown = house.purser("providers")
        #expect(shown.output.contains("skyways"))
        #expect(shown.errors.contains("broken/manifest.json") && shown.errors.contains("never sees a password"))
        let refused = house.purser("link", "broken")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("does not load"))
        #expect(house.link().link.code == 0)
    }

    // Bad days

    @Test("kill -9 in the middle of a pull loses nothing that was shown")
    func killed() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let before = house.purser("balances", "--json").json["accounts"]?.array ?? []
        house.fault(["match": ["endpoint": "api"], "times": 1, "delayMilliseconds": 60_000])
        let linking = Running(
            "purser", ["link", "skyways", "--no-browser"], environment: ["PURSER_SOCKET": house.socket])
        #expect(linking.read(until: "http://"))
        while !linking.output.hasSuffix("\n") { linking.read(until: "\n") }
        let address = linking.output.split(separator: "\n").first { $0.hasPrefix("http") }.map(String.init) ?? ""
        #expect(house.run("mock-providers", ["consent", address, "--member", "Bruno Okafor"]).code == 0)
        #expect(house.stop(SIGKILL) == -SIGKILL)
        house.start()
        let after = house.purser("balances", "--json").json["accounts"]?.array ?? []
        let shown = { (accounts: [JSON]) in accounts.map { [$0["id"], $0["balance"], $0["lots"], $0["observedAt"]] } }
        #expect(before.count == 2)
        #expect(Array(shown(after).prefix(2)) == shown(before))
        #expect(house.purser("links", "--json").json["links"]?.array?.count == 2)
    }

    @Test("C85, C93: nothing secret is in the database, its log, the daemon's log or what the command printed")
    func secrets() {
        let house = House()
        house.start(["--debug"])
        #expect(house.link("Ada Lindqvist").link.code == 0)
        #expect(house.link("Eun-ji Park").link.code == 0)
        #expect(house.link("Bruno Okafor", deny: true).link.code == 1)
        for command in ["balances", "links", "status", "providers"] {
            _ = house.purser(command)
            _ = house.purser(command, "--json")
        }
        let tokens = house.tokens
        #expect(tokens.count >= 8)
        let inUse = ["", "-wal", "-shm"].map { Files.bytes(house.data + "/purser.db" + $0) }
        house.stop()
        let key = String(decoding: Files.bytes(house.key).prefix(64), as: UTF8.self)
        let atRest = Files.bytes(house.data + "/purser.db")
        let log = Array(house.everything.utf8)
        #expect(log.count > 1000 && atRest.count > 10_000)
        for secret in tokens + [key] {
            let needle = Array(secret.utf8)
            for text in inUse + [atRest, log] {
                #expect(!text.contains(needle), "a secret stands where it must not")
            }
        }
    }

    @Test("the provider is gone: the last values stay, and linking says that it cannot be asked")
    func providerGone() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let before = house.purser("balances", "--json").json["accounts"]?[0]?["balance"]
        house.stopMocks()
        house.stop()
        house.start()
        let refused = house.purser("link", "skyways")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("the provider cannot be asked") && refused.errors.contains("nothing was saved"))
        #expect(house.purser("balances", "--json").json["accounts"]?[0]?["balance"] == before)
    }

    @Test("what TCP gets: limits answered, other names refused, no API")
    func tcp() {
        let house = House()
        house.start()
        let port = house.daemonPort
        #expect(house.ask(port, "GET", "/healthz")?.status == 200)
        #expect(house.ask(port, "GET", "/healthz", headers: ["Host": "evil.example"])?.status == 421)
        #expect(house.ask(port, "GET", "/v1/accounts")?.status == 401)
        #expect(house.ask(port, "GET", "/callback/skyways?state=" + String(repeating: "x", count: 9000))?.status == 414)
        var headers = HTTPHeaders()
        for number in 0..<120 { headers.append("X-\(number)", "y") }
        #expect(house.ask(port, "GET", "/healthz", headers: headers)?.status == 431)
    }
}

extension House {
    /// The port of a sealed daemon: `purser status` ends with 1 then, but says it.
    var sealedPort: Int {
        Int(purser("status", "--json").json["listen"]?.string?.split(separator: ":").last ?? "") ?? 0
    }
}
