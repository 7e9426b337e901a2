import Testing

@testable import PurserEngine

@Suite struct PausingTests {
    @Test("Only what is active can be paused; what waits for its person already rests", arguments: WorkStepTests.states)
    func pauses(_ state: LinkState) {
        let decision = Pausing.pause(state)
        switch state {
        case .active: #expect(decision == .move(.paused))
        case .paused: #expect(decision == .already)
        case .linking, .needsConsent, .suspended, .failed, .revoked, .merged:
            guard case .cannot(let why) = decision else { return #expect(Bool(false), "\(decision)") }
            #expect(!why.isEmpty)
        }
    }

    @Test(
        "What was paused goes on; a question is answered; a changed configuration is looked at first",
        arguments: WorkStepTests.states)
    func resumes(_ state: LinkState) {
        let decision = Pausing.resume(state)
        switch state {
        case .paused, .suspended(.identityChanged), .suspended(.scopeWidened), .suspended(.signalled):
            #expect(decision == .move(.active))
        case .suspended(.configurationChanged): #expect(decision == .check)
        case .active: #expect(decision == .already)
        case .needsConsent:
            guard case .cannot(let why) = decision else { return #expect(Bool(false), "\(decision)") }
            #expect(why.contains("purser relink"))
        case .linking, .failed, .revoked, .merged:
            guard case .cannot = decision else { return #expect(Bool(false), "\(decision)") }
        }
    }
}
