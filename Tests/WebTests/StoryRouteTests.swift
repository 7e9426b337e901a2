import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

/// `GET /v1/links/{link}/story`, and what a link says of itself.
@Suite("The story of a link")
struct StoryRouteTests {
    private let desk = Desk()

    private func tell(_ link: String) -> StoryShown? {
        StoryShown(desk.json(desk.socket("GET", "/v1/links/\(link)/story")))
    }

    @Test("from the code to tokens that worked, oldest first, in words and without a secret; and how it stands now")
    func told() throws {
        let link = desk.linked()
        let story = try #require(tell(link))
        #expect(story.events.map(\.kind) == ["intent", "answer", "committed", "confirmed"])
        #expect(story.events.map(\.generation) == [0, 0, 1, 1])
        #expect(story.events[2].words == "you consented; the first tokens are saved (generation 1)")
        #expect(story.events.map(\.at) == story.events.map(\.at).sorted())
        #expect(story.link.id == link && story.link.works == "everything" && story.link.actor == "nobody")
        #expect(story.forgotten == 0)
        let ends = try #require(story.accessEndsAt)
        #expect(ends > desk.stage.now)
    }

    @Test("of a long story it says how many steps are gone, and after which")
    func long() throws {
        let id = LinkID(rawValue: desk.linked())
        let whole = Limits.storyFirst + Limits.storyNewest
        _ = desk.stage.perform { _, world in
            try? await world.store.write { verbs throws(StoreError) in
                for _ in 0..<whole {
                    try verbs.note(.first, id, CustodyEvent(at: Stage.start, kind: "teleported", generation: 1))
                }
            }
        }
        let story = try #require(tell(id.rawValue))
        #expect(story.events.count == whole && story.forgotten == 4 && story.forgottenAfter == Limits.storyFirst)
        #expect(story.events.last?.words == "teleported")
    }

    @Test("is told to whoever manages links, and of links that are there")
    func allowed() {
        let path = "/v1/links/\(desk.linked())/story"
        #expect(desk.tcp("GET", path, token: desk.token("links:manage")).status == 200)
        #expect(desk.tcp("GET", path, token: desk.token("admin")).status == 200)
        #expect(desk.tcp("GET", path, token: desk.token("numbers:read")).status == 403)
        #expect(desk.tcp("GET", path, token: nil).status == 401)
        let elsewhere = desk.token("links:manage", programmes: [])
        #expect(desk.tcp("GET", path, token: elsewhere).status != 200)
        #expect(desk.socket("GET", "/v1/links/lnk_aaaa/story").status == 404)
    }

    @Test("the lists in the document are those of the engine")
    func lists() {
        #expect(LinkShown.works == Standing.Works.allCases.map(\.rawValue))
        #expect(LinkShown.actors == Standing.Actor.allCases.map(\.rawValue))
        #expect(LinkShown.advices == Standing.Advice.allCases.map(\.rawValue))
        #expect(LinkShown.conditions == LinkCondition.Kind.allCases.map(\.rawValue))
    }
}
