import Testing
import Wire

@Suite("Hidden characters")
struct HiddenTests {
    static let hidden: [Unicode.Scalar] = [
        "\u{0}", "\u{7}", "\u{1b}", "\u{7f}", "\u{9b}", "\u{ad}", "\u{61c}", "\u{200d}", "\u{2028}", "\u{202e}",
        "\u{2066}", "\u{feff}", "\u{e0041}",
    ]

    @Test("what is not seen but acts is written escaped, and is the same when read again", arguments: hidden)
    func escaped(_ scalar: Unicode.Scalar) throws {
        let text = "a\(scalar)\"ü\\\n"
        let written = JSON.string(text).text
        #expect(!written.unicodeScalars.contains { $0.isHidden })
        #expect(try JSON.parse(written).string?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
    }

    @Test("what is seen is written as it is", arguments: ["Šimić", "東京", "🧳", "a b", "é"])
    func plain(_ text: String) { #expect(JSON.string(text).text == "\"\(text)\"") }
}
