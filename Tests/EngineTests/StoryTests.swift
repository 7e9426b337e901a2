import Testing
import Wire

@testable import PurserEngine

@Suite struct StoryTests {
    private func words(_ kind: String, _ generation: Int = 3, _ detail: String? = nil) -> String {
        CustodyEvent(at: Fixture.now, kind: kind, generation: generation, detail: detail).words
    }

    @Test("Every kind of event is a sentence, with its detail in brackets and the code told apart from a refresh token")
    func sentences() {
        for kind in CustodyEvent.Kind.allCases {
            for generation in 0...3 {
                let sentence = words(kind.rawValue, generation)
                #expect(sentence != kind.rawValue && sentence.contains(" ") && !sentence.hasSuffix("."), "\(sentence)")
                #expect(!sentence.contains("()") && !sentence.contains("nil"))
            }
        }
        #expect(words("intent", 0).contains("code from your consent"))
        #expect(words("intent") == "the refresh token of generation 3 was about to be sent")
        #expect(words("resent", 3, "attempt 2").hasSuffix("was about to be sent again (attempt 2)"))
        #expect(words("answer", 3, "HTTP 200") == "the answer came (HTTP 200) and was kept before it was read")
        #expect(words("committed", 1) == "you consented; the first tokens are saved (generation 1)")
        #expect(words("committed", 4) == "generation 4 is saved; generation 3 is kept until 4 has worked")
        #expect(words("confirmed", 4) == "generation 4 worked; older tokens are erased")
        #expect(
            words("refused", 0, "invalid_grant") == "the provider refused the code from your consent (invalid_grant)")
    }

    @Test("A kind of another version is shown as it is")
    func unknown() {
        #expect(words("teleported") == "teleported")
        #expect(words("teleported", 3, "to Mars") == "teleported (to Mars)")
    }

    @Test("What stands in a store does nothing on a terminal, and is no longer than a line or two")
    func harmless() {
        let hostile = "\u{1b}[2J\u{202e}x\n" + String(repeating: "A", count: 10_000)
        for kind in CustodyEvent.Kind.allCases.map(\.rawValue) + [hostile] {
            let event = CustodyEvent(at: Fixture.now, kind: kind, generation: 3, detail: hostile)
            for text in [event.words, event.shownKind, event.shownDetail ?? ""] {
                #expect(!text.unicodeScalars.contains { $0.isHidden }, "\(kind)")
                #expect(text.count < 500)
            }
        }
    }
}
