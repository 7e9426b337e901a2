import Glibc
import Testing
import Wire

/// The data of an older Purser under this daemon. Tests/Fixtures/README.md tells what is in it.
@Suite("Upgrading")
struct UpgradeTests {
    private static let fixture = Programs.root + "/Tests/Fixtures/schema-1/"

    /// What of a link may change as soon as the daemon works: its provider is gone.
    private static let moving = ["condition", "cause", "until", "attemptedAt"] + added
    /// What this version says beside what that one said.
    private static let added = ["conditionSince", "works", "actor", "advice"]

    private static func steady(_ account: JSON) -> JSON {
        guard var account = account.object, var link = account["link"]?.object else { return account }
        for name in moving { link[name] = nil }
        account["link"] = .object(link)
        return .object(account)
    }

    @Test("the accounts and links of schema 1 are the same under this daemon, which checks them before and after")
    func schema1() throws {
        let house = House()
        house.stopMocks()
        mkdir(house.data, 0o700)
        mkdir(house.path + "/key", 0o700)
        Files.write(house.data + "/purser.db", Files.bytes(Self.fixture + "purser.db"))
        Files.write(house.key, Files.bytes(Self.fixture + "root.key"))
        #expect(house.run("purserd", ["check"] + house.daemonArguments()).code == 0)
        // Whoever listens at the fixture's provider today, if anybody, is not its provider; so it is not asked.
        let folders = house.path + "/providers"
        rename(folders, folders + ".away")
        house.start()
        let before = try JSON.parse(Files.bytes(Self.fixture + "accounts.json"), limits: .file)
        let after = house.purser("balances", "--json").json
        let (old, new) = (before["accounts"]?.array ?? [], after["accounts"]?.array ?? [])
        #expect(old.count == 6)
        #expect(new.map(Self.steady) == old.map(Self.steady))
        #expect(after["links"]?.array?.compactMap { $0["state"]?.string } == ["active", "active"])
        #expect(house.purser("balances").output.contains("9007199254740993"))
        #expect(house.stop() == 0)
        // And once more, now that nothing is left to upgrade.
        house.start()
        #expect(house.purser("balances", "--json").json["accounts"]?.array?.map(Self.steady) == old.map(Self.steady))
        #expect(house.stop() == 0)
        rename(folders + ".away", folders)
        #expect(house.run("purserd", ["check"] + house.daemonArguments()).code == 0)
    }
}
