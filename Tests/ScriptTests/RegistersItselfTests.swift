import Glibc
import Testing
import Wire

/// A client that registers itself, as a person has it done. What may stand nowhere is looked for when the house is left.
@Suite("A client that registers itself")
struct RegistersItselfTests {
    private let house = House()

    private func register(_ name: String, _ more: String...) -> Transcript {
        house.run("purser", ["client", "register", name] + more)
    }

    private func shown(_ name: String) -> JSON { house.purser("client", "show", name, "--json").json }

    @Test("C78: it links, outlives a start and a rotation of keys, and is taken back; its secrets are nowhere")
    func whole() {
        house.start()
        #expect(register("grandstay").code == 0)
        let id = shown("grandstay")["clientId"]?.string ?? ""
        #expect(house.link("Ada Lindqvist", at: "grandstay").link.code == 0)
        #expect(house.purser("balances").output.contains("Grand Stay"))
        let rotated = house.run("purserd", ["key", "rotate"] + house.daemonArguments())
        #expect(rotated.code == 0, "\(rotated)")
        #expect(house.run("purserd", ["key", "status"] + house.daemonArguments()).code == 0)
        #expect(house.stop() == 0)
        #expect(house.run("purserd", ["check"] + house.daemonArguments()).code == 0)
        house.start()
        #expect(shown("grandstay")["clientId"]?.string == id && shown("grandstay")["registration"]?["managed"] == true)
        #expect(house.purser("sync", "--wait").code == 0)
        let removed = house.purser("client", "remove", "grandstay")
        #expect(removed.code == 0 && removed.errors.contains("client \(id) was taken back at grandstay"))
        #expect(shown("grandstay")["registration"] == nil)
    }

    @Test("The initial token comes from a file, is used once, and is nowhere afterwards")
    func initial() {
        house.start()
        let file = house.path + "/initial"
        Files.write(file, "bourse-initial-pretended-and-public\n")
        #expect(register("pointsbourse", "--initial-token-file", file).code == 0)
        unlink(file)
        #expect(shown("pointsbourse")["source"] == "registered")
        #expect(register("pointsbourse", "--initial-token-file", file).errors.contains("no such file"))
        #expect(house.stop() == 0)
    }
}
