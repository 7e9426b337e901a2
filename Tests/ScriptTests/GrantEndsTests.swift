import Glibc
import Testing
import Wire

/// A provider that says when its grants end, as a person meets it.
@Suite("An end that is told")
struct GrantEndsTests {
    private func details(_ house: House) -> String {
        house.purser("links", "marketplus").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test(
        "links and why say when the consent ends and whether a refresh moves that; one that is over and works reads so")
    func told() throws {
        let house = House(
            changed: (
                "marketplus",
                [("authorizationSeconds", 20_000), ("refreshTokenSeconds", 15_000), ("toldEnds", Self.both)]
            ))
        house.start()
        #expect(house.link(at: "marketplus").link.code == 0)
        let json = house.purser("links", "--json").json["links"]?.array?.first
        let end = try #require(json?["consentEndsAt"]?.string.flatMap { Instant(rfc3339: $0) })
        #expect(json?["consentEndMoves"] == nil)
        let shown = end.date.iso + " " + end.rfc3339.dropFirst(11).prefix(5) + " UTC"
        #expect(details(house).contains("consent ends \(shown), unless a refresh moves that"), "\(details(house))")
        let why = house.purser("why", "marketplus").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(why.contains("consent ends \(shown), unless a refresh moves that"), "\(why)")
        #expect(house.stop() == 0)
    }

    private static let both: JSON = ["refresh_token_expires_in", "authorization_expires_in"]

    @Test("A consent whose end is past, and that works, is not said to end")
    func past() throws {
        let house = House(
            changed: ("marketplus", [("refreshTokenSeconds", 1), ("toldEnds", ["refresh_token_expires_in"])]))
        house.start()
        #expect(house.link(at: "marketplus").link.code == 0)
        let json = house.purser("links", "--json").json["links"]?.array?.first
        let end = try #require(json?["consentEndsAt"]?.string.flatMap { Instant(rfc3339: $0) })
        while Instant(seconds: Int64(time(nil))) <= end { #expect(house.purser("status").code == 0) }
        let words = "consent was to end \(end.date.iso)"
        #expect(details(house).contains(words) && !details(house).contains("consent ends"), "\(details(house))")
        #expect(house.stop() == 0)
    }
}
