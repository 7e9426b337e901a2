import Testing
import Wire

@Suite struct DecimalTests {
    @Test(
        "A decimal's shortest text is exact",
        arguments: [
            ("0", "0"), ("-0", "0"), ("0.0", "0"), ("0e999", "0"), ("0e-999", "0"), ("12.50", "12.5"),
            ("-12.50", "-12.5"),
            ("1e3", "1000"), ("1E+3", "1000"), ("1.25e1", "12.5"), ("1.25E-1", "0.125"), ("-0.001", "-0.001"),
            ("100", "100"), ("1000e-3", "1"), ("0.10", "0.1"), ("61200", "61200"),
            ("9007199254740993", "9007199254740993"), ("1.000000000000000005", "1.000000000000000005"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
            ("0.000000000000000000000000000001", "0.000000000000000000000000000001"),
        ])
    func texts(text: String, expected: String) throws {
        let decimal = try #require(ExactDecimal(text))
        #expect(decimal.text == expected)
        #expect(decimal.description == expected)
        #expect(ExactDecimal(expected) == decimal)
        #expect(ExactDecimal(expected)?.hashValue == decimal.hashValue)
    }

    @Test(
        "What is no JSON number, or does not fit, is refused",
        arguments: [
            "", "-", "+1", "01", "-01", ".5", "5.", "1.", "1e", "1e+", "e1", "1..2", "1.2.3", "1,5", " 1", "1 ", "0x1",
            "NaN", "Infinity", "--1", "1e1001", "1e39", "1e-31", "1e99999999999999999999", "\u{0661}",
            "1000000000000000000000000000000000000000", "0.0000000000000000000000000000001",
        ])
    func refused(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test("Sums are exact or none")
    func sums() throws {
        func sum(_ a: String, _ b: String) throws -> String? {
            try #require(ExactDecimal(a)).adding(try #require(ExactDecimal(b)))?.text
        }
        #expect(try sum("0.1", "0.2") == "0.3")
        #expect(try sum("1.5", "-1.5") == "0")
        #expect(try sum("99.99", "0.01") == "100")
        #expect(try sum("-3", "1.25") == "-1.75")
        let large = "99999999999999999999999999999999999999"
        #expect(try sum(large, large) == nil)
        #expect(try sum(large, "0.1") == nil)
        #expect(ExactDecimal(5).subtracting(ExactDecimal(7)) == ExactDecimal(-2))
        // 2^127 - 1 below zero, and one more: the least Int128 has no opposite, so it is none of ours.
        let least = try #require(ExactDecimal("-170141183460469231731687303715884105727"))
        #expect(least.subtracting(ExactDecimal(1)) == nil)
        #expect(least.negated.text == "170141183460469231731687303715884105727")
    }

    @Test("Order is that of the numbers, also where they are too far apart to align")
    func order() throws {
        let ascending = [
            "-99999999999999999999999999999999999999", "-170141183.5", "-170141183.460469231731687303715884105726",
            "-1.5",
            "-0.000000000000000000000000000001", "0", "0.000000000000000000000000000001", "0.1", "1", "1.01", "2", "10",
            "170141183.460469231731687303715884105726", "170141183.5", "99999999999999999999999999999999999999",
        ].map { ExactDecimal($0) }
        for (index, a) in ascending.enumerated() {
            for (other, b) in ascending.enumerated() {
                let (a, b) = (try #require(a), try #require(b))
                #expect((a < b) == (index < other), "\(a) < \(b)")
                #expect((a == b) == (index == other))
            }
        }
    }

    @Test("Digits are added for show and never taken")
    func shown() throws {
        #expect(ExactDecimal("12.5")?.text(fractionDigits: 2) == "12.50")
        #expect(ExactDecimal("12")?.text(fractionDigits: 2) == "12.00")
        #expect(ExactDecimal("0.125")?.text(fractionDigits: 2) == "0.125")
        #expect(ExactDecimal("-0.05")?.text(fractionDigits: 2) == "-0.05")
        #expect(ExactDecimal("0")?.text(fractionDigits: 0) == "0")
    }

    @Test("Scaling moves the point")
    func scaled() throws {
        #expect(ExactDecimal("1250")?.scaled(-2)?.text == "12.5")
        #expect(ExactDecimal("12.5")?.scaled(2)?.text == "1250")
        #expect(ExactDecimal("1")?.scaled(38)?.text == "1" + String(repeating: "0", count: 38))
        #expect(ExactDecimal("1")?.scaled(39) == nil)
        #expect(ExactDecimal("1")?.scaled(-31) == nil)
        #expect(ExactDecimal("0")?.scaled(1000) == .zero)
    }

    @Test("Signs and parts")
    func parts() throws {
        let decimal = try #require(ExactDecimal("-12.340"))
        #expect(decimal.isNegative && !decimal.isZero)
        #expect(decimal.fractionDigits == 2)
        #expect(decimal.magnitude.text == "12.34")
        #expect(decimal.negated.negated == decimal)
        #expect(ExactDecimal(.min).text == "-9223372036854775808")
        #expect(JSONNumber(decimal).text == "-12.34")
    }
}
