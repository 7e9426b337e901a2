import PurserEngine
import Testing
import Wire

@Suite struct AnswerPartTests {
    @Test(
        "What came of an answer in part is kept as such, told, and takes no whole answer's place",
        arguments: Backend.allCases)
    func parts(backend: Backend) throws {
        let store = try backend.open()
        try store.active("lnk_a", due: 10)
        let claim = try store.claim(at: 10)
        let intent = Sample.intent(claim, .refresh, generation: 1, at: 11)
        let part = Sample.raw(intent, at: 12, body: "sealed part", isPart: true)
        let whole = Sample.raw(intent, at: 13)
        try store {
            _ = try $0.beginSpend(intent)
            try $0.keepRaw(part)
            try $0.keepRaw(part)
        }
        #expect(try store { try $0.past(claim.wallet, claim.link) }.answers == [part])
        #expect(try store { try $0.unfinishedSpends() } == [UnfinishedSpend(intent: intent, raw: part)])
        try store { try $0.keepRaw(whole) }
        #expect(try store { try $0.past(claim.wallet, claim.link) }.answers == [whole])
        try store { try $0.keepRaw(part) }
        #expect(try store { try $0.past(claim.wallet, claim.link) }.answers == [whole])
        #expect(try store.kinds(claim).suffix(3) == ["intent", "answerCut", "answer"])
    }
}
