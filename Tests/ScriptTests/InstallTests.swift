import Glibc
import Testing
import Wire

/// `make install` and `make uninstall`, below a scratch folder, with the programs as they were built for the tests.
@Suite("Installing")
struct InstallTests {
    @Test("an installed daemon starts by its unit's own line, links and answers", arguments: ["user", "system"])
    func installed(_ kind: String) throws {
        let house = House()
        let installed = Installed(house)
        #expect(installed.make("install").code == 0)
        let unit = try #require(Unit(installed.prefix + "/lib/systemd/\(kind)/purserd.service"))
        #expect(unit["Type"] == ["notify"] && unit["NoNewPrivileges"] == ["yes"])
        let places = Places(house, unit, kind)
        // The pretended providers are not at the ports that the installed folders name, and 7878 may be taken.
        let line = places.expanded(try #require(unit["ExecStart"].first))
        let daemon = Running(
            line[0], Array(line.dropFirst()) + ["--listen", "127.0.0.1:0", "--providers", house.path + "/providers"],
            environment: places.environment)
        #expect(daemon.read(until: " info ready "), "\(daemon.errors)")
        #expect(daemon.errors.contains("back this key up") == (kind == "user"))
        let socket = ["PURSER_SOCKET": kind == "user" ? "" : places.runtime + "/purser/purser.sock"]
        let environment = places.environment.merging(socket) { $1 }
        let purser = installed.prefix + "/bin/purser"
        let linking = Running(purser, ["link", "skyways", "--no-browser"], environment: environment)
        let linked = house.answered(linking, "Bruno Okafor", deny: false).link
        #expect(linked.code == 0, "\(linked.errors)")
        let balances = house.run(purser, ["balances", "--json"], environment)
        #expect(balances.json["accounts"]?[0]?["balance"]?["state"]?.string == "known")
        let status = house.run(purser, ["status", "--json"], environment).json
        #expect(
            status["keySource"]?.string
                == (kind == "user" ? "file \(places.home)/.config/purser/root.key" : "credential root.key"))
        daemon.send(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test("the installed programs find the providers that were installed with them")
    func providers() {
        let house = House()
        let installed = Installed(house)
        #expect(installed.make("install").code == 0)
        let arguments = ["check", "--data", house.data, "--key-file", house.key]
        let check = house.run(installed.prefix + "/bin/purserd", arguments)
        #expect(check.code == 0, "\(check.output)")
        let folders = Files.names(Programs.root + "/providers").filter { !$0.contains(".") }
        for name in folders { #expect(check.output.contains("provider \(name), from \(installed.prefix)/")) }
        #expect(access(installed.prefix + "/share/purser/providers/schema.json", R_OK) == 0)
        #expect(access(installed.prefix + "/share/purser/providers/\(folders[0])/mock/members.json", R_OK) == 0)
    }

    @Test("uninstalling leaves an empty tree, with DESTDIR and without", arguments: ["", "/stage"])
    func uninstalled(_ stage: String) {
        let house = House()
        let installed = Installed(house, stage: stage)
        #expect(installed.make("install").code == 0)
        #expect(Files.names(installed.place) == ["bin", "lib", "share"])
        let unit = Unit(installed.place + "/lib/systemd/user/purserd.service")
        #expect(unit?["ExecStart"] == [installed.prefix + "/bin/purserd"])
        #expect(installed.make("uninstall").code == 0)
        #expect(access(installed.place, F_OK) != 0)
        #expect(installed.make("uninstall").code == 2)
    }

    @Test("uninstalling removes nothing that install did not put there")
    func othersStay() {
        let house = House()
        let installed = Installed(house)
        mkdir(installed.prefix, 0o755)
        mkdir(installed.prefix + "/bin", 0o755)
        Files.write(installed.prefix + "/bin/other", "")
        #expect(installed.make("install").code == 0)
        mkdir(installed.prefix + "/share/purser/providers/mine", 0o755)
        #expect(installed.make("uninstall").code == 0)
        #expect(Files.names(installed.prefix) == ["bin", "share"])
        #expect(Files.names(installed.prefix + "/bin") == ["other"])
        #expect(Files.names(installed.prefix + "/share") == ["purser"])
        #expect(Files.names(installed.prefix + "/share/purser/providers") == ["mine"])
    }

    @Test("installing over an older Purser removes what the new one no longer has, and can still be undone")
    func over() {
        let house = House()
        let installed = Installed(house)
        #expect(installed.make("install").code == 0)
        let list = installed.prefix + "/share/purser/installed"
        let gone = installed.prefix + "/share/purser/providers/gone"
        mkdir(gone, 0o755)
        Files.write(gone + "/manifest.json", "{}")
        let old = String(decoding: Files.bytes(list), as: UTF8.self) + "\(gone)/\n\(gone)/manifest.json\n/etc/passwd\n"
        Files.write(list, old)
        #expect(installed.make("install").code == 0)
        #expect(access(gone, F_OK) != 0)
        #expect(access("/etc/passwd", F_OK) == 0)
        #expect(installed.make("uninstall").code == 0)
        #expect(access(installed.prefix, F_OK) != 0)
    }

    @Test(
        "a place that a unit file would read another way is refused, and nothing is made",
        arguments: ["relative", "/with space", "/per%cent", "/up/../there", "/a|b"])
    func badPrefix(_ prefix: String) {
        let house = House()
        let refused = Installed(house, stage: "/stage", prefix: prefix).make("install")
        #expect(refused.code == 2)
        #expect(refused.errors.contains("PREFIX must be a plain absolute path"))
        #expect(access(house.path + "/stage", F_OK) != 0)
    }

    @Test("without programs to install: what to do first")
    func unbuilt() {
        let house = House()
        let refused = Installed(house, programs: house.path).make("install")
        #expect(refused.code == 2)
        #expect(refused.errors.contains("first: make release"))
        #expect(access(house.path + "/prefix", F_OK) != 0)
    }

    @Test(
        "systemd has nothing to say about the units, and finds the system unit well shut in",
        .enabled("systemd-analyze is not there: SKIPPED") { Shells.has("systemd-analyze") })
    func units() {
        let house = House()
        let installed = Installed(house)
        #expect(installed.make("install").code == 0)
        for (kind, flag) in [("user", "--user"), ("system", "--system")] {
            let unit = installed.prefix + "/lib/systemd/\(kind)/purserd.service"
            let said = house.run(
                "/usr/bin/systemd-analyze", ["verify", flag, "--man=no", unit], ["XDG_RUNTIME_DIR": house.path])
            #expect(said.code == 0 && said.errors.isEmpty, "\(kind): \(said.errors)")
        }
        let unit = installed.prefix + "/lib/systemd/system/purserd.service"
        let score = house.run(
            "/usr/bin/systemd-analyze", ["security", "--offline=true", "--threshold=20", "--no-pager", unit])
        #expect(score.code == 0, "\(score.output.suffix(200))")
    }

    @Test("the daemon is down: the command names the line that starts it here, by its unit where there is one")
    func startLine() {
        let house = House()
        let installed = Installed(house)
        #expect(installed.make("install").code == 0)
        let home = house.path + "/home"
        func said(_ program: String, _ more: [String: String] = [:]) -> String {
            house.run(program, ["links"], ["HOME": home].merging(more) { $1 }).errors
        }
        let line = "to start it:  systemctl --user start purserd\n"
        #expect(said(installed.prefix + "/bin/purser").contains(line))
        #expect(said("purser").contains("to start it:  purserd\n"))
        for place in [home, home + "/.config", home + "/.config/systemd", home + "/.config/systemd/user"] {
            mkdir(place, 0o700)
        }
        Files.write(home + "/.config/systemd/user/purserd.service", "")
        #expect(said("purser").contains(line))
        #expect(said("purser", ["XDG_CONFIG_HOME": house.path + "/none"]).contains("to start it:  purserd\n"))
    }
}
