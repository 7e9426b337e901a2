import Testing
import Wire

@testable import PurserEngine

@Suite struct StandingTests {
    private static let until = Fixture.now.adding(seconds: 900)

    /// A state and condition, whether values were pulled and the last try was good, and how that stands.
    static let rows: [(LinkState, LinkCondition, pulled: Bool, good: Bool, Standing)] = [
        (.active, .ok, true, true, Standing(.everything, .nobody)),
        (.active, .ok, false, false, Standing(.everything, .nobody)),
        (.active, LinkCondition(.degraded, cause: "me: HTTP 500"), true, false, Standing(.lastValues, .provider)),
        (.active, LinkCondition(.degraded, cause: "me: HTTP 500"), false, false, Standing(.nothing, .provider)),
        (.active, LinkCondition(.degraded, cause: "activity: HTTP 500"), true, true, Standing(.part, .provider)),
        (
            .active, LinkCondition(.degraded, cause: "invalid_grant", until: until), true, true,
            Standing(.pullsForNow, .provider)
        ),
        (
            .active, .uncheckable("the key set answered HTTP 500"), true, false, Standing(.lastValues, .provider)
        ),
        (
            .active, LinkCondition(.degraded, cause: "me: no connection (timeout)"), true, false,
            Standing(.lastValues, .nobody)
        ),
        (
            .active, LocalTrouble.clientRefused.condition("x"), true, false,
            Standing(.lastValues, .operator, .checkClient)
        ),
        (.active, LocalTrouble.clientUnusable.condition(), true, true, Standing(.part, .operator, .checkClient)),
        (.active, LocalTrouble.folderGone.condition(), false, false, Standing(.nothing, .operator, .checkFolder)),
        (.active, LocalTrouble.store.condition("full"), true, false, Standing(.lastValues, .operator, .checkDaemon)),
        (
            .active, LocalTrouble.tokenUnreadable.condition(), true, false,
            Standing(.lastValues, .operator, .checkDaemon)
        ),
        (.active, LinkCondition(.rateLimited, until: until), true, false, Standing(.lastValues, .nobody)),
        (.active, LinkCondition(.rateLimited), true, true, Standing(.part, .nobody)),
        (.active, LinkCondition(.outcomeUnknown, cause: "x"), true, true, Standing(.pullsForNow, .nobody, .relink)),
        (.active, LinkCondition(.outcomeUnknown, cause: "x"), true, false, Standing(.lastValues, .nobody, .relink)),
        (.paused, .ok, true, true, Standing(.lastValues, .nobody, .resume)),
        (.suspended(.configurationChanged), .ok, true, true, Standing(.lastValues, .you, .relinkOrResume)),
        (.suspended(.identityChanged), .ok, false, false, Standing(.nothing, .you, .resumeOrUnlink)),
        (.failed(.denied), .ok, false, false, Standing(.nothing, .you, .link)),
        (.failed(.providerGone), .ok, false, false, Standing(.nothing, .operator, .checkFolder)),
        (.revoked(.user), .ok, true, true, Standing(.nothing, .nobody)),
        (.revoked(.provider), .ok, true, true, Standing(.lastValues, .you, .link)),
        (.merged, .ok, true, true, Standing(.nothing, .nobody)),
    ]

    @Test("What still works, whose move it is, what can be done", arguments: rows.indices)
    func table(_ number: Int) {
        let (state, condition, pulled, good, wanted) = Self.rows[number]
        let found = Standing.decide(state, condition, holdsGrant: true, hasPulled: pulled, lastTryWorked: good)
        #expect(found == wanted, "\(state) \(condition)")
    }

    @Test("A grant that does not reach all that is pulled: a part comes, nobody must act, and consenting anew may help")
    func keptOut() {
        for (condition, isAsked, wanted) in [
            (.ok, true, Standing(.part, .nobody, .relink)), (.ok, false, Standing(.part, .nobody, .checkClient)),
            (LinkCondition(.degraded, cause: "me: HTTP 500"), true, Standing(.lastValues, .provider)),
        ] as [(LinkCondition, Bool, Standing)] {
            let found = Standing.decide(
                .active, condition, holdsGrant: true, hasPulled: true, lastTryWorked: false, isKeptOut: true,
                nobodyAsks: !isAsked)
            #expect(found == wanted)
        }
    }

    @Test("Whatever the reason for a new consent, the last values stay and it is the person's move")
    func consent() {
        for reason in ConsentReason.allCases {
            let found = Standing.decide(
                .needsConsent(reason), .ok, holdsGrant: true, hasPulled: true, lastTryWorked: true)
            #expect(found == Standing(.lastValues, .you, .relink))
        }
    }

    @Test("A link that is not there yet waits for its person until it holds a grant, and then for nobody")
    func linking() {
        func standing(_ condition: LinkCondition, _ holdsGrant: Bool) -> Standing {
            Standing.decide(.linking, condition, holdsGrant: holdsGrant, hasPulled: false, lastTryWorked: false)
        }
        #expect(standing(.ok, false) == Standing(.nothing, .you, .consent))
        #expect(standing(.ok, true) == Standing(.nothing, .nobody))
        #expect(standing(LinkCondition(.degraded, cause: "HTTP 502"), true) == Standing(.nothing, .provider))
    }

    @Test("Whoever must act and can is told what to do, and only an untroubled link works whole")
    func whole() {
        for state in WorkStepTests.states {
            for kind in LinkCondition.Kind.allCases {
                for cause in [nil, "x"] + LocalTrouble.allCases.map(\.rawValue) {
                    let found = Standing.decide(
                        state, LinkCondition(kind, cause: cause), holdsGrant: true, hasPulled: true, lastTryWorked: true
                    )
                    if found.actor == .you || found.actor == .operator { #expect(found.advice != nil, "\(state)") }
                    #expect((found.works == .everything) == (state == .active && kind == .ok), "\(state) \(kind)")
                }
            }
        }
    }

    @Test("A link's own times say whether its last try was good")
    func link() {
        var link = Fixture.link()
        link.pulledAt = Fixture.now
        link.attemptedAt = Fixture.now
        link.show(LinkCondition(.outcomeUnknown, cause: "x"), now: Fixture.now)
        #expect(Standing.of(link).works == .pullsForNow)
        link.attemptedAt = Fixture.now.adding(seconds: 1)
        #expect(Standing.of(link).works == .lastValues)
        link.pulledAt = nil
        #expect(Standing.of(link).works == .nothing)
    }
}
