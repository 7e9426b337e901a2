import CLinux
import Glibc
import TestSupport
import Testing
import Wire

/// Keys as whoever runs the daemon cares for them.
@Suite("Keys on the command line")
struct KeyCommandTests {
    private func key(_ house: House, _ arguments: String...) -> Transcript {
        house.run("purserd", ["key"] + arguments + house.daemonArguments())
    }

    private func accounts(_ house: House) -> Int {
        house.purser("balances", "--json").json["accounts"]?.array?.count ?? 0
    }

    @Test("key status, rotate and reroot work with the daemon running and with it stopped, and every link goes on")
    func care() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let first = key(house, "status", "--json").json
        #expect(first["kind"] == "file" && first["epochs"]?[0]?["id"] == 1 && first["epochs"]?[0]?["keys"] == 1)
        #expect(key(house, "rotate").output.contains("key epoch 2 wraps 1 data keys"))
        let before = Files.bytes(house.key)
        #expect(key(house, "reroot").code == 0)
        #expect(Files.bytes(house.key) != before && access(house.key + ".new", F_OK) != 0)
        #expect(house.purser("sync", "--wait").code == 0, "with the keyring that was held meanwhile")
        house.stop()
        let offline = key(house, "rotate", "--quiet")
        #expect(offline.output.contains("key epoch 3 wraps 1 data keys") && offline.errors.isEmpty)
        #expect(key(house, "reroot").code == 0)
        let status = key(house, "status")
        #expect(status.output.contains("epoch 3") && status.output.contains("1 grants"))
        house.start()
        #expect(accounts(house) == 2)
        house.stop()
        Files.write(house.key, before)
        let refused = house.run("purserd", house.daemonArguments())
        #expect(refused.code == 1 && refused.errors.contains("not the one this database was sealed with"))
    }

    @Test("seal lets go of the keys, status answers, the rest says why; unseal takes them again")
    func seal() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        #expect(house.purser("seal").output == "sealed; no key is in memory\n")
        let status = house.purser("status")
        #expect(status.code == 1 && status.errors.contains("it was sealed by hand"))
        let refused = house.purser("balances")
        #expect(refused.code == 1 && refused.errors.contains("purser unseal"))
        #expect(key(house, "status", "--json").json["held"] == false)
        #expect(key(house, "rotate").code == 1)
        rename(house.key, house.key + ".away")
        let missing = house.purser("unseal")
        #expect(missing.code == 1 && missing.errors.contains("is not there") && missing.errors.contains("stays sealed"))
        rename(house.key + ".away", house.key)
        #expect(house.purser("unseal").code == 0)
        #expect(house.purser("unseal").output == "it is not sealed\n")
        #expect(house.purser("sync", "--wait").code == 0)
        #expect(accounts(house) == 2)
    }

    @Test("C88: a key that was missing at the start is taken when it is there again, with nothing started anew")
    func missing() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        house.stop()
        rename(house.key, house.key + ".away")
        house.start()
        #expect(house.purser("balances").errors.contains("sealed"))
        rename(house.key + ".away", house.key)
        #expect(house.purser("unseal").code == 0)
        #expect(accounts(house) == 2)
    }

    @Test("a passphrase opens the database it was made with: from a file, a descriptor, or given later")
    func passphrase() {
        let house = House()
        let pass = house.path + "/pass"
        Files.write(pass, "correct horse\n")
        let places = ["--data", house.data, "--providers", house.path + "/providers", "--listen", "127.0.0.1:0"]
        func started(_ key: [String]) -> Running {
            let daemon = Running("purserd", places + key)
            daemon.read(until: " info ready ")
            return daemon
        }
        var daemon = started(["--key-passphrase-file", pass])
        #expect(daemon.errors.contains(" info ready ") && access(house.key, F_OK) != 0)
        #expect(house.link().link.code == 0)
        daemon.send(SIGTERM)
        #expect(daemon.wait() == 0)
        // Without one it starts sealed.
        daemon = started(["--key-passphrase"])
        #expect(house.purser("balances").errors.contains("no passphrase was given"))
        Files.write(house.path + "/wrong", "battery staple")
        let wrong = house.purser("unseal", "--passphrase-file", house.path + "/wrong")
        #expect(wrong.code == 1 && wrong.errors.contains("the passphrase is not the one"))
        #expect(house.purser("unseal").errors.contains("the passphrase is needed"))
        #expect(house.purser("unseal", "--passphrase-file", pass).code == 0)
        #expect(accounts(house) == 2)
        #expect(!daemon.errors.contains("correct horse"))
        daemon.send(SIGTERM)
        #expect(daemon.wait() == 0)
        // A wrong one ends the start; so does a key of another kind.
        let refused = house.run("purserd", places + ["--key-passphrase-file", house.path + "/wrong"])
        #expect(refused.code == 1 && refused.errors.contains("the passphrase is not the one"))
        Files.write(house.path + "/some.key", String(repeating: "ab", count: 32))
        let other = house.run("purserd", places + ["--key-file", house.path + "/some.key"])
        #expect(other.code == 1 && other.errors.contains("opens by a passphrase"))
        // And from a passphrase back to a file.
        let back = house.run(
            "purserd",
            ["key", "reroot", "--to-key-file", house.path + "/new.key", "--key-passphrase-file", pass] + places)
        #expect(back.code == 0 && back.errors.contains("--key-file \(house.path)/new.key"))
        daemon = started(["--key-file", house.path + "/new.key"])
        #expect(accounts(house) == 2)
        daemon.send(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test(
        "C89: a key file whose replacement was cut short is finished, or given up, by what the database says",
        arguments: [true, false])
    func cutShort(_ hasGoneOver: Bool) {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let old = Files.bytes(house.key)
        if hasGoneOver {
            #expect(key(house, "reroot").code == 0)
            house.stop()
            // As if the rename had not happened.
            rename(house.key, house.key + ".new")
            Files.write(house.key, old)
        } else {
            house.stop()
            Files.write(house.key + ".new", String(repeating: "cd", count: 32))
        }
        house.start()
        #expect(accounts(house) == 2)
        #expect(access(house.key + ".new", F_OK) != 0)
        #expect((Files.bytes(house.key) == old) != hasGoneOver)
    }

    @Test("the daemon leaves no core, cannot be traced, and makes files for its owner alone")
    func process() throws {
        let house = House()
        house.start()
        let id = try #require(house.daemon?.process)
        let limits = String(decoding: Files.bytes("/proc/\(id)/limits"), as: UTF8.self)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
        let status = String(decoding: Files.bytes("/proc/\(id)/status"), as: UTF8.self)
        #expect(status.contains("Umask:\t0077"))
        // What cannot be dumped is root's in /proc, whoever runs it.
        var found = stat()
        #expect(stat("/proc/\(id)/mem", &found) == 0 && found.st_uid == 0)
        let keys = key(house, "status", "--json").json
        let locked = status.split(separator: "\n").first { $0.hasPrefix("VmLck:") }?.filter(\.isNumber)
        #expect(keys["memoryLocked"] != true || (locked.flatMap { Int($0) } ?? 0) > 0)
        for name in Files.names(house.data) {
            #expect(stat(house.data + "/" + name, &found) == 0 && found.st_mode & 0o077 == 0, "\(name)")
        }
        #expect(stat(house.data, &found) == 0 && found.st_mode & 0o077 == 0)
    }

    /// The core has a test of its own, `make crash`: it needs a daemon that may be dumped. Two links, since the erasure of
    /// the second falls into the second after the first: that leaves the log only when the daemon idles.
    @Test(
        "C90: after unlinking no token and no data key stands in any file of the running daemon, its log and the temporary folder too"
    )
    func unlinked() throws {
        let house = House()
        let temporary = house.path + "/tmp"
        mkdir(temporary, 0o700)
        house.start(["--debug"], environment: ["TMPDIR": temporary])
        for provider in ["skyways", "grandstay"] { #expect(house.link(at: provider).link.code == 0) }
        let tokens = house.tokens.filter { $0.utf8.count >= SecretScan.window }
        #expect(tokens.count >= 4)
        let wrapped = house.blobs("SELECT wrapped FROM data_key")
        #expect(wrapped.count == 2 && wrapped.allSatisfy { $0.count >= 40 })
        let root = Hex.decode(String(decoding: Files.bytes(house.key).prefix(64), as: UTF8.self)) ?? []
        let keys = try #require(StoredKeys(root: root, house.texts)).data
        #expect(keys.count == 2)
        let scan = SecretScan(
            tokens.map { ("a token", Array($0.utf8)) } + wrapped.map { ("a link's data key, wrapped", $0) } + keys)
        func hits() -> [SecretScan.Hit] {
            let files = Files.all(house.data) + Files.all(temporary) + Files.all(house.path + "/key")
            #expect(files.contains(house.data + "/purser.db") && files.contains(house.data + "/purser.db-wal"))
            return files.flatMap { scan.hits(in: Files.bytes($0), $0) }
        }
        #expect(!hits().isEmpty, "what is to go was never there to be found")
        for provider in ["skyways", "grandstay"] { #expect(house.purser("unlink", provider).code == 0) }
        #expect(Patience.lasts(until: { hits().isEmpty }), "\(hits())")
        #expect(house.purser("status").code == 0)
        #expect(house.blobs("SELECT wrapped FROM data_key").isEmpty)
        house.stop()
        #expect(scan.hits(in: house.everything, "what was logged").isEmpty)
    }
}
