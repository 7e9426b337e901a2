import PurserAPI
import PurserEngine
import PurserSimulation
import Testing
import Wire

@Suite("What points are worth, over HTTP")
struct ValueRouteTests {
    /// A desk with pointsbourse, pulled once.
    private func desk() -> Desk {
        let desk = Desk(more: ["pointsbourse"])
        desk.stage.run(seconds: 60)
        return desk
    }

    private func get(_ desk: Desk, _ token: String) -> HTTPResponse { desk.tcp("GET", "/v1/values", token: token) }

    @Test("values with source and date, partners with their ratio, and how the provider is doing")
    func shows() throws {
        let desk = desk()
        let json = desk.json(get(desk, desk.token("balances:read")))
        let values = json["values"]?.array?.compactMap(PointValueShown.init) ?? []
        #expect(values.count == 4)
        let miles = try #require(values.first)
        #expect(miles.programme == "example.skyways.miles" && miles.title == "Skyways Miles")
        #expect(miles.currency == "EUR" && miles.source == "Pointsbourse close" && miles.asOf != nil)
        #expect(miles.low?.text == "0.011" && miles.high?.text == "0.0195")
        #expect(miles.staleAfter == miles.observedAt.adding(seconds: 2 * 86_400))
        #expect(values[1].title == nil, "nobody here has a provider of that key")
        let partners = json["partners"]?.array?.compactMap(TransferPartnerShown.init) ?? []
        #expect(partners.count == 5)
        let partner = try #require(partners.first { $0.title != nil })
        #expect(partner.give.text == "2" && partner.get.text == "1.5" && partner.minimum?.text == "200")
        #expect(partner.until == CivilDate(iso: "2026-12-31") && partner.toTitle == "Skyways Miles")
        let feeds = json["feeds"]?.array?.compactMap(FeedShown.init) ?? []
        #expect(feeds.map(\.provider) == ["pointsbourse"] && feeds[0].condition == "ok")
        #expect(feeds[0].nextAt != nil && feeds[0].pulledAt == miles.observedAt)
    }

    @Test("what is said and read again is the same", arguments: ["values", "partners", "feeds"])
    func roundTrip(_ name: String) {
        let desk = desk()
        let rows = desk.json(get(desk, desk.token("balances:read")))[name]?.array ?? []
        let again = rows.compactMap { row in
            name == "values"
                ? PointValueShown(row)?.json
                : name == "partners" ? TransferPartnerShown(row)?.json : FeedShown(row)?.json
        }
        #expect(!rows.isEmpty && again == rows)
    }

    @Test("who may read balances may read values; who may not, may not; asking for a pull takes more")
    func scopes() {
        let desk = desk()
        let (reader, manager) = (desk.token("balances:read"), desk.token("links:manage"))
        #expect(get(desk, reader).status == 200)
        #expect(get(desk, manager).status == 403)
        #expect(desk.tcp("POST", "/v1/values/sync", token: reader).status == 403)
        #expect(desk.tcp("POST", "/v1/values/sync", token: manager).status == 202)
    }

    @Test("a token for other programmes sees no valuation provider, and hurries none")
    func restricted() {
        let desk = desk()
        let json = desk.json(get(desk, desk.token("balances:read", programmes: ["skyways"])))
        #expect(json == ["values": [], "partners": [], "feeds": []])
        let manager = desk.token("links:manage", programmes: ["skyways"])
        #expect(desk.json(desk.tcp("POST", "/v1/values/sync", token: manager)) == ["feeds": []])
        let own = desk.json(get(desk, desk.token("balances:read", programmes: ["pointsbourse"])))
        #expect(own["values"]?.array?.count == 4)
        #expect(
            own["values"]?.array?.allSatisfy { $0["title"] == nil } == true, "what skyways is called it may not know")
    }

    @Test("asked for within a minute it is too soon, and then it is due")
    func sync() {
        let desk = desk()
        func ask() -> JSON? { desk.json(desk.socket("POST", "/v1/values/sync"))["feeds"]?.array?.first }
        #expect(ask()?["answer"] == "tooSoon" && ask()?["again"]?.string != nil)
        desk.stage.run(seconds: 61)
        #expect(ask()?["answer"] == "due")
        #expect(ask()?["provider"] == "pointsbourse")
    }

    @Test("it cannot be linked, and the answer says where its values are")
    func noLink() {
        let desk = desk()
        let response = desk.socket("POST", "/v1/links", body: ["provider": "pointsbourse"])
        #expect(response.status == 409)
        let words = (desk.json(response)["title"]?.string ?? "") + (desk.json(response)["detail"]?.string ?? "")
        #expect(words.contains("purser values"))
    }

    @Test("its client has no redirect URI, and takes none")
    func client() {
        let desk = desk()
        let clients = desk.json(desk.socket("GET", "/v1/clients"))["clients"]?.array?.compactMap(ClientShown.init) ?? []
        let own = clients.first { $0.provider == "pointsbourse" }
        #expect(own?.redirectURI == nil && own?.listens == nil && own?.hasSecret == true)
        let body: JSON = ["clientId": "x", "clientSecret": "y", "redirectUri": "https://a.example/cb"]
        #expect(desk.socket("PUT", "/v1/clients/pointsbourse", body: body).status == 400)
    }

    @Test("while the daemon is sealed it says why, like the rest")
    func sealed() {
        let desk = Desk(sealed: "the key file is not there", more: ["pointsbourse"])
        #expect(desk.socket("GET", "/v1/values").status == 503)
        #expect(desk.socket("POST", "/v1/values/sync").status == 503)
    }
}
