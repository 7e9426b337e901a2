import Testing
import Wire

@testable import PurserEngine

@Suite struct EscrowedAnswerTests {
    private func answer(isPart: Bool) -> RawAnswer {
        RawAnswer(
            wallet: .first, link: Fixture.linkID, generation: 3, fence: 1 << 60, attempt: isPart ? 1 : 4, status: 429,
            sealedBody: [1, 0, 255],
            receivedAt: Fixture.now, isPart: isPart)
    }

    private static let block = CallBlock(provider: "testair", kind: .token, until: Fixture.now.adding(seconds: 600))

    @Test(
        "What the escrow holds comes back as it was: the answer, whether it is a part, and what the provider asked for",
        arguments: [false, true], [nil, block])
    func roundTrip(_ isPart: Bool, _ block: CallBlock?) {
        let escrowed = EscrowedAnswer(answer: answer(isPart: isPart), block: block)
        #expect(EscrowedAnswer(escrowed.record) == escrowed)
    }

    @Test("What no version of Purser wrote is left alone", arguments: ["", "{}", "[]", #"{"wallet":"wal_default"}"#])
    func foreign(_ text: String) {
        #expect(EscrowedAnswer(Array(text.utf8)) == nil)
    }
}
