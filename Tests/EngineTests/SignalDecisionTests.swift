import Testing
import Wire

@testable import PurserEngine

/// What a provider's signals mean for a link, and what is to be done about its stream.
@Suite("Signals")
struct SignalDecisionTests {
    private static let signIn = SignIn(IDToken(subject: "ines", issuedAt: 900))

    private func decided(
        _ kind: SignalKind, _ change: String? = nil, _ state: LinkState = .active, at: Int64 = 1000,
        isMeant: Bool = true, signIn: SignIn = signIn
    ) -> SignalDecision {
        .decide(kind, change: change, isMeant: isMeant, happenedAt: at, signIn, state)
    }

    @Test("what puts a grant in doubt suspends it, what ends it ends it, and the rest is told")
    func kinds() {
        let rows: [SignalKind: SignalDecision] = [
            .sessionRevoked: .suspends, .sessionsRevoked: .suspends, .tokenClaimsChange: .told,
            .credentialChange: .suspends, .assuranceLevelChange: .told, .deviceComplianceChange: .told,
            .riskLevelChange: .told, .credentialChangeRequired: .suspends, .accountPurged: .suspends,
            .accountDisabled: .suspends, .accountEnabled: .told, .identifierChanged: .told,
            .identifierRecycled: .told, .credentialCompromise: .suspends, .tokenRevoked: .ends, .tokensRevoked: .ends,
        ]
        #expect(rows.count == SignalKind.allCases.count)
        for (kind, decision) in rows { #expect(decided(kind) == decision, "\(kind)") }
        for (change, decision) in [
            ("create", .told), ("update", .suspends), ("revoke", .suspends), ("delete", .suspends), ("cake", .suspends),
        ] as [(String, SignalDecision)] {
            #expect(decided(.credentialChange, change) == decision, "\(change)")
            #expect(decided(.accountDisabled, change) == .suspends)
        }
    }

    @Test("a link that rests or has ended stays as it is; one that is suspended keeps its question")
    func states() {
        for state in WorkStepTests.states {
            let found = [
                decided(.accountDisabled, nil, state), decided(.tokensRevoked, nil, state),
                decided(.accountEnabled, nil, state),
            ]
            switch state {
            case .active, .paused: #expect(found == [.suspends, .ends, .told], "\(state)")
            case .suspended: #expect(found == [.adds, .ends, .told], "\(state)")
            default: #expect(found == [.rests, .rests, .rests], "\(state)")
            }
            #expect(decided(.tokensRevoked, nil, state, isMeant: false) == .notMeant, "\(state)")
        }
    }

    @Test("what happened before the sign-in is another session's; where nobody knows when that was, it counts")
    func earlier() {
        #expect(decided(.accountDisabled, at: 899) == .earlierSession)
        #expect(decided(.tokensRevoked, at: 899) == .earlierSession)
        #expect(decided(.accountDisabled, at: 900) == .suspends)
        let unknown = SignIn(IDToken(subject: "ines", issuedAt: nil))
        #expect(decided(.accountDisabled, at: 1, signIn: unknown) == .suspends)
    }

    @Test("only what says something to the person has a line in the story")
    func events() {
        let rows: [SignalDecision: CustodyEvent.Kind] = [
            .told: .signalHeard, .suspends: .signalled, .adds: .signalled, .ends: .revokedThere,
        ]
        for decision in SignalDecision.allCases { #expect(decision.event == rows[decision]) }
    }

    @Test("each kind has words of its own for the person, and is found by its name")
    func words() {
        for kind in SignalKind.allCases {
            #expect(SignalKind(named: kind.name) == kind && !kind.words.hasSuffix("."))
            let line = CustodyEvent(at: Fixture.now, kind: "signalled", generation: 1, detail: kind.name).words
            #expect(line.contains(kind.words), "\(kind)")
        }
        #expect(Set(SignalKind.allCases.map(\.name)).count == SignalKind.allCases.count)
        #expect(
            CustodyEvent(at: Fixture.now, kind: "signalHeard", generation: 1, detail: "\u{1b}cake").words
                == "the provider says that something has happened; this grant goes on")
    }

    @Test("a stream is made for the first who is linked, polled while anybody is, and deleted with the last")
    func steps() {
        let rows: [(people: Bool, ours: Bool?, step: StreamStep)] = [
            (false, nil, .rest), (true, nil, .make), (true, true, .poll), (false, true, .delete),
            (true, false, .forget),
            (false, false, .forget),
        ]
        for row in rows { #expect(StreamStep.decide(hasPeople: row.people, isOurs: row.ours) == row.step) }
    }

    @Test("what was adopted is put whole in its place; what asks for something else is changed")
    func repairs() {
        #expect(StreamRepair.decide(requested: ["a", "b"], wanted: ["b", "a"], isAdopted: false) == .none)
        #expect(StreamRepair.decide(requested: ["a"], wanted: ["b", "a"], isAdopted: false) == .update)
        #expect(StreamRepair.decide(requested: ["a", "c"], wanted: ["a"], isAdopted: false) == .update)
        #expect(StreamRepair.decide(requested: ["a"], wanted: ["a"], isAdopted: true) == .replace)
    }

    @Test("a transmitter's answer says whether it was done, and when it may be asked again")
    func answers() {
        func answer(_ status: Int, _ body: String = "", _ headers: HTTPHeaders = [:]) -> TransmitterAnswer {
            .decide(
                .answered(HTTPResponse(status: status, headers: headers, body: Array(body.utf8))), now: Fixture.now)
        }
        #expect(answer(200, "{}") == .done([:]) && answer(204) == .done(nil) && answer(202) == .done(nil))
        #expect(
            answer(404) == .gone && answer(410) == .gone && answer(409) == .conflict && answer(401) == .unauthorized)
        #expect(
            answer(429, "", ["Retry-After": "30"])
                == .later("the transmitter asked us to wait (HTTP 429)", until: Fixture.now.adding(seconds: 30)))
        for status in [408, 500, 502, 504] {
            #expect(answer(status) == .later("the transmitter fails (HTTP \(status))", until: nil))
        }
        #expect(answer(200, "<html>") == .later("the transmitter's answer is no JSON", until: nil))
        #expect(answer(400, #"{"err":"no"}"#) == .refused("HTTP 400, no") && answer(302) == .refused("HTTP 302"))
        #expect(SignalTrouble(.done(nil), to: "x") == nil)
        #expect(SignalTrouble(.refused("HTTP 400"), to: "a stream")?.isFirm == true)
        #expect(SignalTrouble(.later("w", until: nil), to: "a stream")?.isFirm == false)
    }

    @Test("of a poll's answer so many events are taken as were asked for, and what is no list of them is none")
    func pages() throws {
        let many = JSON.object(JSONObject((0..<40).map { ("e\($0)", .string("t")) }))
        let page = try PollSignals.page(["sets": many])
        #expect(page.tokens.count == Limits.signalsAtOnce && page.more)
        #expect(try PollSignals.page([:]).tokens.isEmpty && !PollSignals.page(["sets": [:]]).more)
        #expect(try PollSignals.page(["sets": ["a": 7], "moreAvailable": true]).tokens.first?.1 == "")
        for wrong in [["sets": []], ["sets": "x"]] as [JSON] {
            #expect(throws: SignalTrouble.self) { try PollSignals.page(wrong) }
        }
    }
}
