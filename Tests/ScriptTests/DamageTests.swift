import Testing
import Wire

/// Rows of the database that somebody changed, or that a disk spoiled.
@Suite("Damage")
struct DamageTests {
    private static func of(_ provider: String) -> String {
        "link = (SELECT id FROM link WHERE provider = '\(provider)')"
    }

    /// Both tokens of the skyways link, as this expression of what they were.
    private static func tokens(_ changed: String) -> String {
        let (access, refresh) = (
            changed.split(separator: "?").joined(separator: "sealed_access"),
            changed.split(separator: "?").joined(separator: "sealed_refresh")
        )
        return "UPDATE token_version SET sealed_access = \(access), sealed_refresh = \(refresh) WHERE \(of("skyways"))"
    }

    @Test(
        "C86, C87: a link whose key or tokens do not open says so and sends nothing; the daemon and all others go on",
        arguments: [
            ("a cut key", "UPDATE data_key SET wrapped = substr(wrapped, 1, 20) WHERE \(of("skyways"))", "key"),
            ("an empty key", "UPDATE data_key SET wrapped = x'' WHERE \(of("skyways"))", "key"),
            ("zeros for a key", "UPDATE data_key SET wrapped = zeroblob(60) WHERE \(of("skyways"))", "key"),
            (
                "another link's key",
                "UPDATE data_key SET (wrapped, commitment) = (SELECT wrapped, commitment FROM data_key WHERE "
                    + "\(of("brewhaus"))) WHERE \(of("skyways"))", "key"
            ),
            ("cut tokens", tokens("substr(?, 1, length(?) - 1)"), "token"),
            ("empty tokens", tokens("x''"), "token"),
            ("tokens of a newer version", tokens("CAST(x'02' || substr(?, 2) AS BLOB)"), "token"),
            (
                "tokens in each other's place",
                "UPDATE token_version SET sealed_access = sealed_refresh, "
                    + "sealed_refresh = sealed_access WHERE \(of("skyways"))", "token"
            ),
        ])
    func quarantined(_ name: String, _ sql: String, _ what: String) {
        let house = House()
        house.start()
        #expect(house.link().link.code == 0)
        #expect(house.link("Ada Lindqvist", at: "brewhaus").link.code == 0)
        house.stop()
        house.change(sql)
        house.change("UPDATE due SET due_at = 0, leased = 0")
        let before = ["token", "api"].map(house.calls)
        house.start()
        #expect(house.daemon?.read(until: " postponed ") == true)
        #expect(house.daemon?.read(until: " pulled ") == true, "the other link does not go on")
        let links = house.purser("links", "--json").json["links"]?.array ?? []
        let hurt = links.first { $0["provider"]?.string == "skyways" }
        #expect(hurt?["state"] == "active" && hurt?["condition"] == "degraded", "\(name): \(links)")
        let words = what == "key" ? "the link's key in the database does not open" : "the stored token does not open"
        #expect(hurt?["cause"]?.string == words, "\(name)")
        #expect(hurt?["actor"] == "operator")
        #expect(["token", "api"].map(house.calls) == before, "\(name): something was sent")
        // What was pulled before is still there, and the other link is well.
        let accounts = house.purser("balances", "--json").json["accounts"]?.array ?? []
        #expect(Set(accounts.compactMap { $0["provider"]?.string }) == ["skyways", "brewhaus"], "\(name)")
        #expect(links.first { $0["provider"]?.string == "brewhaus" }?["condition"] == "ok", "\(name)")
        #expect(house.purser("status").code == 0)
        #expect(house.purser("unlink", "skyways").code == 0)
    }
}
