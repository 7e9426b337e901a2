import PurserAPI
import PurserEngine
import PurserSimulation
import QRCode
import Testing
import Wire

/// What the API says of a link by a code.
@Suite("Links by a code, over the API")
struct DeviceRouteTests {
    private let desk = Desk(more: ["marketplus"])

    private func begun(_ body: JSON) -> (status: Int, json: JSON, started: LinkStarted?) {
        let response = desk.socket("POST", "/v1/links", body: body)
        let json = desk.json(response)
        return (response.status, json, LinkStarted(json))
    }

    @Test("it shows the page, the code, the page with the code in it, and that as a picture")
    func shown() throws {
        let answer = begun(["provider": "marketplus", "device": true])
        #expect(answer.status == 201)
        let started = try #require(answer.started)
        let device = try #require(started.device)
        #expect(device.verificationURI == "http://127.0.0.1:7906/konto/device")
        #expect(device.userCode.utf8.count == 9)
        #expect(device.verificationURIComplete == device.verificationURI + "?user_code=" + device.userCode)
        #expect(started.authorizationURI == device.verificationURIComplete)
        #expect(device.qr == QRCode(started.authorizationURI)?.rows && !device.qr.isEmpty)
        // It says again what it was read from.
        #expect(started.json == answer.json)
        // What it waits with is nobody's to see.
        #expect(!answer.json.text.contains("dc_"))
    }

    @Test("without it a browser is meant, and nothing of a code is said")
    func browser() throws {
        for body: JSON in [["provider": "marketplus"], ["provider": "marketplus", "device": false]] {
            let started = try #require(begun(body).started)
            #expect(started.device == nil && started.authorizationURI.contains("code_challenge"))
        }
    }

    @Test("while it waits it says so; entered, it is linked")
    func linked() throws {
        let started = try #require(begun(["provider": "marketplus", "device": true]).started)
        func state() -> String? {
            desk.json(desk.socket("GET", "/v1/links/\(started.link)"))["state"]?.string
        }
        #expect(state() == "linking")
        desk.stage.linkByDevice(member: 0, at: "marketplus", pauseMilliseconds: 2000)
        desk.stage.run(seconds: 60)
        #expect(desk.stage.links().contains { $0.state == .active })
        let story = desk.json(desk.socket("GET", "/v1/links/\(started.link)/story"))
        #expect(story["events"]?[0]?["kind"] == "device")
    }

    @Test("a program with a token may begin one too, and its link is its own to end")
    func token() throws {
        let token = desk.token("links:manage")
        let response = desk.tcp("POST", "/v1/links", token: token, body: ["provider": "marketplus", "device": true])
        let started = try #require(LinkStarted(desk.json(response)))
        #expect(desk.tcp("DELETE", "/v1/links/\(started.link)", token: token).status == 200)
        #expect(desk.tcp("GET", "/v1/links/\(started.link)", token: token).status == 404)
    }
}

/// The picture itself.
@Suite("QR codes")
struct QRCodeTests {
    /// The square in a corner that a camera looks for.
    private static let finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]

    private static func corner(_ rows: [String], _ row: Int, _ column: Int) -> [String] {
        rows[row..<(row + 7)].map { String($0.dropFirst(column).prefix(7)) }
    }

    @Test("a square with its three finders and its timing", arguments: ["x", "http://127.0.0.1:7906/konto/device"])
    func square(_ text: String) throws {
        let code = try #require(QRCode(text))
        let rows = code.rows
        #expect(rows.count == code.side && rows.allSatisfy { $0.utf8.count == code.side })
        #expect((code.side - 17) % 4 == 0)
        for (row, column) in [(0, 0), (0, code.side - 7), (code.side - 7, 0)] {
            #expect(Self.corner(rows, row, column) == Self.finder)
        }
        let timing = rows[6].dropFirst(8).dropLast(8)
        #expect(timing.enumerated().allSatisfy { ($0.offset % 2 == 0) == ($0.element == "1") })
    }

    @Test("one text gives one code, and another text another")
    func same() {
        #expect(QRCode("a") == QRCode("a"))
        #expect(QRCode("a") != QRCode("b"))
        #expect(QRCode("x")?.side == 21)
    }

    @Test("nothing, and what no screen could show, gives none")
    func none() {
        #expect(QRCode("") == nil)
        #expect(QRCode(String(repeating: "x", count: 512)) != nil)
        #expect(QRCode(String(repeating: "x", count: 513)) == nil)
    }
}
