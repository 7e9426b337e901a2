import Glibc
import Testing
import Wire

/// The command line as a person sees it: words, exit codes, JSON.
@Suite("The purser command")
struct CommandTests {
    @Test(
        "help and version, of the whole and of each command, answer without a daemon",
        arguments: [
            ["--help"], ["help"], ["--version"], ["balances", "--help"], ["link", "--help"], ["links", "-h"],
            ["sync", "--help"], ["unlink", "--help"], ["providers", "--help"], ["status", "--help"], ["help", "link"],
            ["why", "--help"],
        ])
    func help(_ arguments: [String]) {
        let running = Running("purser", arguments)
        #expect(running.wait() == 0)
        #expect(running.output.contains("purser"))
        #expect(running.errors.isEmpty)
    }

    @Test(
        "a wrong command line ends with 2 and says what is wrong",
        arguments: [
            ["frobnicate"], ["balances", "extra"], ["link"], ["link", "a", "b"], ["unlink"], ["why"],
            ["why", "a", "b"],
            ["links", "a", "b"],
            ["balances", "--wait"],
            ["sync", "--no-browser"], ["--socket"], ["balances", "--json=x"], ["status", "--password", "x"],
        ])
    func usage(_ arguments: [String]) {
        let running = Running("purser", arguments)
        #expect(running.wait() == 2)
        #expect(!running.errors.isEmpty)
        #expect(running.output.isEmpty)
    }

    @Test(
        "no daemon: exit code 3, and exactly how to start one", arguments: ["balances", "links", "status", "providers"])
    func noDaemon(_ command: String) {
        let running = Running("purser", [command, "--socket", "/tmp/purser-none/none.sock"])
        #expect(running.wait() == 3)
        #expect(running.errors.contains("the daemon is not running"))
        #expect(running.errors.contains("to start it:  purserd"))
    }

    @Test("nothing is linked yet: every command says so and what to do next")
    func empty() {
        let house = House(isStill: true)
        house.start()
        #expect(house.purser("balances").code == 0)
        #expect(house.purser("balances").errors.contains("purser link NAME"))
        #expect(house.purser("links").errors.contains("nothing is linked"))
        #expect(house.purser("sync").code == 0)
        #expect(house.purser("balances", "--json").json["accounts"]?.array == [])
        #expect(house.purser("links", "--json").json["links"]?.array == [])
        #expect(house.purser("sync", "--json").json["links"]?.array == [])
        #expect(house.purser("unlink", "skyways").code == 1)
        let providers = house.purser("providers")
        #expect(providers.output.contains("skyways") && providers.output.contains("Skyways Miles"))
        let names = house.purser("providers", "--json").json["providers"]?.array?.compactMap { $0["name"]?.string }
        #expect(
            names == [
                "brewhaus", "fuelclub", "grandstay", "marketplus", "metrorent", "pointsbourse", "railpass", "skyways",
            ])
        #expect(house.purser("status", "--json").json["working"]?.int == 0)
        let unknown = house.purser("link", "hogwarts")
        #expect(unknown.code == 1)
        #expect(unknown.errors.contains("no provider has that name") && unknown.errors.contains("skyways"))
    }

    @Test("link, links, balances, sync, unlink: the whole day of a person")
    func day() {
        let house = House()
        house.start()
        let (linked, person) = house.link()
        #expect(person.code == 0, "\(person)")
        #expect(linked.code == 0, "\(linked)")
        #expect(linked.output.split(separator: "\n").first?.hasPrefix("http://127.0.0.1:") == true)
        #expect(linked.output.contains("Skyways Miles") && linked.output.contains("miles"))
        let balances = house.purser("balances")
        #expect(balances.output.contains("4402917765001234") && balances.output.contains("just now"))
        #expect(!balances.output.contains("\u{1b}"))
        let json = house.purser("balances", "--json").json
        #expect(json["accounts"]?[0]?["balance"]?["state"]?.string == "known")
        #expect(json["accounts"]?[0]?["link"]?["state"]?.string == "active")
        #expect(house.purser("links").output.contains("active"))
        let again = house.purser("sync", "--wait")
        #expect(again.errors.contains("less than a minute ago"))
        let receipt = house.purser("unlink", "skyways")
        #expect(receipt.code == 0)
        #expect(receipt.output.contains("the provider confirms"))
        #expect(house.purser("balances", "--json").json["accounts"]?.array == [])
    }

    @Test("C29: denied at the provider: exit code 1 and why, and nothing is linked")
    func denied() {
        let house = House()
        house.start()
        let (linked, person) = house.link(deny: true)
        #expect(person.code == 1)
        #expect(linked.code == 1)
        #expect(linked.errors.contains("the answer at the provider was no"))
        #expect(house.purser("balances", "--json").json["accounts"]?.array == [])
    }

    @Test("a name that fits two links lists them, does nothing and ends with 2")
    func ambiguous() {
        let house = House()
        house.start()
        #expect(house.link("Ada Lindqvist").link.code == 0)
        #expect(house.link("Bruno Okafor").link.code == 0)
        let refused = house.purser("unlink", "skyways")
        #expect(refused.code == 2)
        let ids = house.purser("links", "--json").json["links"]?.array?.compactMap { $0["id"]?.string } ?? []
        #expect(ids.count == 2)
        #expect(ids.allSatisfy { refused.errors.contains($0) })
        #expect(house.purser("unlink", ids[0], "--json").json["answer"]?.string == "revoked")
        #expect(house.purser("links", "--json").json["links"]?.array?.count == 1)
    }

    @Test("the same member again: told so, and there is one link with the accounts it had")
    func twice() {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        let before = house.purser("balances", "--json").json["accounts"]?.array?.compactMap { $0["id"]?.string }
        let second = house.link().link
        #expect(second.code == 0, "\(second)")
        #expect(second.errors.contains("linked already") && second.errors.contains("new consent"))
        let accounts = house.purser("balances", "--json").json["accounts"]?.array
        #expect(accounts?.compactMap { $0["id"]?.string } == before && before?.isEmpty == false)
        #expect(accounts?.allSatisfy { $0["link"]?["state"]?.string == "active" } == true)
        let states = house.purser("links", "--json").json["links"]?.array?.compactMap { $0["state"]?.string }
        #expect(states == ["active", "merged"])
    }

    @Test("NO_COLOR, a pipe and a dumb terminal: no escape sequence anywhere")
    func noColour() {
        let house = House()
        house.start()
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"], [:]] {
            let transcript = house.purser("providers", environment: environment)
            #expect(!(transcript.output + transcript.errors).contains("\u{1b}"))
        }
    }
}
