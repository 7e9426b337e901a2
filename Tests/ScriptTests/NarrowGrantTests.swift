import Testing
import Wire

/// A provider that grants less than it was asked for, as a person meets it.
@Suite("A narrower grant")
struct NarrowGrantTests {
    @Test("C4: link, links and why say which scope was not granted, what does not come of it, and what to do")
    func told() {
        let house = House(changed: ("brewhaus", [("withheld", ["history"])]))
        house.start()
        let linked = house.link(at: "brewhaus")
        #expect(linked.link.code == 0, "\(linked.link.errors)")
        let words = "not granted: history; what that opens does not come"
        #expect(linked.link.errors.contains("brewhaus: \(words)"))
        #expect(house.purser("sync", "--wait").code == 0)
        let links = house.purser("links")
        #expect(links.output.contains("a part") && links.errors.contains(words), "\(links)")
        #expect(links.errors.contains("activity: not allowed, the scope history is missing; last values stay"))
        let details = house.purser("links", "brewhaus").output.split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        #expect(details.contains(words) && details.contains("may card"))
        let why = house.purser("why", "brewhaus").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(why.contains("granted less than was asked for, without history") && why.contains(words))
        let json = house.purser("links", "--json").json["links"]?.array?.first
        #expect(json?["scopes"]?["refused"] == ["history"] && json?["works"] == "part" && json?["advice"] == "relink")
        #expect(house.stop() == 0)
    }
}
