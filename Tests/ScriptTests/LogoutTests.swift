import Testing
import Wire

/// Logging out at a provider, with real programs: it tells the daemon, and the daemon sends people there.
@Suite("Logouts, for real")
struct LogoutTests {
    private func leave(_ house: House, _ address: String) -> Transcript {
        house.run("mock-providers", ["consent", address, "--member", "Ada Lindqvist"])
    }

    @Test("who logs out at the provider is asked for consent: the provider's own token says so, over HTTP")
    func told() throws {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let left = leave(house, "http://127.0.0.1:\(house.mockPort)/end_session")
        #expect(left.code == 0 && left.output.contains("You are logged out"), "\(left)")
        #expect(house.daemon?.read(until: " logout at the provider ") == true)
        let links = house.purser("links")
        #expect(links.output.contains("needs your consent") && links.errors.contains("you logged out at the provider"))
        #expect(house.purser("links", "--json").json["links"]?[0]?["reason"]?.string == "loggedOut")
        #expect(house.purser("why", "skyways").output.contains("this grant ends with that"))
        #expect(house.purser("balances").output.contains("miles"))
    }

    @Test(
        "unlinked with --logout: the address leads to the provider's page and back to one of ours, which says so once")
    func unlinked() throws {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let unlinked = house.purser("unlink", "skyways", "--logout", "--no-browser")
        #expect(unlinked.code == 0 && unlinked.output.contains("the provider confirms"))
        let address = try #require(unlinked.output.split(separator: "\n").last.map(String.init))
        let query = try #require(URI(address)?.query.flatMap { Form(parsing: $0) })
        let left = leave(house, address)
        #expect(left.code == 0 && left.output.contains("You are logged out of Skyways Miles"), "\(left)")
        let state = try #require(query["state"])
        let again = try #require(house.ask(house.daemonPort, "GET", "/loggedout/skyways?state=\(state)"))
        #expect(again.status == 400)
        #expect(house.purser("links", "--json").json["links"]?.array == [])
        let daemon = try #require(house.daemon)
        house.stop()
        #expect(daemon.errors.contains(" unlinked ") && !daemon.errors.contains(state))
    }

    @Test("a provider without such a page: told on standard error, exit code 1, and unlinked all the same")
    func none() {
        let house = House()
        house.start()
        #expect(house.link(at: "grandstay").link.code == 0)
        let unlinked = house.purser("unlink", "grandstay", "--logout", "--no-browser")
        #expect(unlinked.code == 1 && unlinked.output.contains("everything of it is deleted here"))
        #expect(unlinked.errors.contains("no page where purser can log you out; it is unlinked all the same"))
        #expect(house.purser("links", "--json").json["links"]?.array == [])
    }
}
