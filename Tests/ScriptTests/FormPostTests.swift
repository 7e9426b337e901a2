import Testing
import Wire

/// A provider whose responses come in a form, with the daemon, the command and a browser that sends what it is given.
@Suite("A provider that answers in a form")
struct FormPostTests {
    private let house = House()

    private func ask(for mode: JSON) {
        let path = house.path + "/providers/skyways/manifest.json"
        guard var manifest = (try? JSON.parse(Files.bytes(path), limits: .file))?.object,
            var authorization = manifest["authorization"]?.object
        else { return #expect(Bool(false)) }
        authorization["responseMode"] = mode
        manifest["authorization"] = .object(authorization)
        Files.write(path, JSON.object(manifest).text, mode: 0o644)
    }

    @Test("it links, no address ever holds the code, and a no is told as a no")
    func links() {
        ask(for: "form_post")
        house.start()
        let denied = house.link(deny: true)
        #expect(denied.link.code == 1 && denied.link.errors.contains("no"), "\(denied.link.errors)")
        #expect(denied.person.output.contains("You said no"))
        let linked = house.link()
        #expect(linked.link.code == 0, "\(linked.link.errors) \(linked.person)")
        #expect(linked.person.output.contains("is linked"))
        #expect(linked.link.output.contains("response_mode=form_post"))
        #expect(house.stop() == 0)
        let codes = house.tokens.filter { $0.hasPrefix("ac_") }
        #expect(codes.count == 1 && !house.everything.contains(codes[0]))
    }

    @Test("--paste says up front that there is no address to paste, for a link and for its renewal")
    func paste() {
        ask(for: "form_post")
        house.start()
        let refused = house.purser("link", "skyways", "--paste")
        #expect(refused.code == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("there is no address to paste") && refused.errors.contains("nothing was saved"))
        #expect(house.purser("links", "--json").json["links"]?.array?.isEmpty == true)
        #expect(house.link().link.code == 0)
        let renewal = house.purser("relink", "skyways", "--paste")
        #expect(renewal.code == 1 && renewal.errors.contains("there is no address to paste"))
        let renewed = house.consent(to: ["relink", "skyways"], "Ada Lindqvist")
        #expect(renewed.link.code == 0, "\(renewed.link.errors)")
    }
}
