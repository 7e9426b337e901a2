import PurserAPI
import Testing
import Wire

@Suite("Units in words")
struct UnitTests {
    private static let nights: JSON = ["unit": "nights", "one": "night", "many": "nights"]
    private static let euros: JSON = ["unit": "EUR", "one": "euro", "many": "euros"]
    private static let points: JSON = ["unit": "tier-points", "one": "tier point", "many": "tier points"]
    /// As versions before 0.2 left them in the database.
    private static let old: JSON = ["unit": "tier-points"]

    static let rows: [(JSON, String?, String)] = [
        (nights, "1", "night"), (nights, "1.0", "night"), (nights, "1.000", "night"),
        (nights, "2", "nights"), (nights, "0", "nights"), (nights, "-1", "nights"), (nights, "1.5", "nights"),
        (nights, "11", "nights"), (nights, "1000", "nights"), (nights, "0.1", "nights"), (nights, "", "nights"),
        (nights, "one", "nights"), (nights, nil, "nights"),
        (points, "1", "tier point"), (points, "410", "tier points"),
        (euros, "1.00", "EUR"), (euros, "60.00", "EUR"), (euros, nil, "EUR"),
        (old, "1", "tier points"), (old, "2", "tier points"), (old, nil, "tier points"),
    ]

    @Test("of exactly one the word for one, of anything else the word for many; money by its code", arguments: rows)
    func words(_ unit: JSON, _ amount: String?, _ wanted: String) throws {
        #expect(try #require(UnitShown(unit)).word(for: amount) == wanted)
    }

    @Test("what has no unit is none")
    func none() { #expect(UnitShown(["one": "night"]) == nil) }
}
