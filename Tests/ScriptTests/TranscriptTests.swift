import Glibc
import Testing

/// The folder Transcripts tells what each command answers, letter by letter. `PURSER_RECORD=1 swift test --filter
/// TranscriptTests` writes the files anew; then read what changed.
@Suite("Transcripts")
struct TranscriptTests {
    static let folder = Programs.root + "/Tests/ScriptTests/Transcripts"
    static let names = Files.names(folder).filter { $0.hasSuffix(".txt") }

    @Test("every command answers exactly what its transcript says", arguments: names)
    func exact(_ name: String) throws {
        let path = Self.folder + "/" + name
        let text = String(decoding: Files.bytes(path), as: UTF8.self)
        let script = try #require(Script(text), "\(name) has a line that begins with none of # @ $ > ! =")
        let played = Player().play(script)
        if getenv("PURSER_RECORD") != nil { return Files.write(path, played.text, mode: 0o644) }
        for (expected, found) in zip(script.steps, played.steps) {
            guard expected.answer != found.answer, case .command(let command) = expected.line else { continue }
            Issue.record("\(name): $ \(command)\n\(found.answer)\n--- the transcript says ---\n\(expected.answer)")
        }
        #expect(script.text == text, "\(name) is not in the form that recording gives it")
    }

    @Test("a command that said something else would be seen")
    func canFail() throws {
        let script = try #require(Script("$ echo one; echo two >&2; exit 3\n> one\n! two\n= 3\n"))
        #expect(Player().play(script).text == script.text)
        let wrong = try #require(Script("$ echo one\n> two\n"))
        #expect(Player().play(wrong).text == "$ echo one\n> one\n")
        #expect(Script("nonsense\n") == nil)
    }

    @Test("what varies is put in stable words, and nothing else")
    func normalises() {
        var normaliser = Normaliser([("/tmp/x", "HOUSE"), (":7901", ":SKYWAYS")])
        let lines = normaliser.lines(
            """
            lnk_abcdefghij234567  active lnk_bcdefghij2345672
            {"at":"2026-11-25T08:17:12.123Z","link":"lnk_abcdefghij234567"} 2026-11-25, 3 min ago
            http://127.0.0.1:7901/authorize?state=Ab-_1&scope=openid /tmp/x/data
            \r\u{1b}[Kwaiting\r\u{1b}[K\u{1b}[2mNAME
            """)
        #expect(
            lines == [
                "lnk_1                 active lnk_2",
                #"{"at":"TIME","link":"lnk_1"} YYYY-MM-DD, just now"#,
                "http://127.0.0.1:SKYWAYS/authorize?state=STATE&scope=openid HOUSE/data",
                "␛[2mNAME␄",
            ])
    }
}
