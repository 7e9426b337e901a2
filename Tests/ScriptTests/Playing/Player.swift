import CLinux
import Glibc
import Wire

/// Plays a transcript in a house of its own. Commands run in the house's folder, by sh, with our programs first in PATH;
/// PURSER_SOCKET names the house's daemon. The pretended members stand still: what they have does not change with the day.
///
/// What `@` prepares:
///
///     @ daemon [options]           the daemon starts; until then it is down
///     @ daemon stops               what it said lies in daemon.log then
///     @ providers stop             the pretended providers are gone
///     @ link skyways as NAME       somebody links, unseen
///     @ answer NAME                whoever meets the next command's consent page signs in so and allows
///     @ deny                       or refuses
///     @ fault {…}                  skyways answers otherwise, as POST /_mock/faults tells
///     @ values                     point values have come
///     @ terminal 80                from here commands have a terminal so many columns wide
///     @ pipe                       and from here none
final class Player {
    private let house: House
    private var normaliser: Normaliser
    private var columns: Int?
    /// Who answers at the next consent page; nil: nobody comes.
    private var person: (member: String, denies: Bool)?

    init() {
        house = House(isStill: true)
        mkdir(house.path + "/home", 0o700)
        normaliser = Normaliser([])
        learn()
    }

    /// What the transcript should say.
    func play(_ script: Script) -> Script {
        var played = script
        for (index, step) in script.steps.enumerated() {
            switch step.line {
            case .words: break
            case .preparation(let words): prepare(words)
            case .command(let words): played.steps[index].answer = run(words)
            }
        }
        return played
    }

    private func learn() {
        var known = [(house.path, "HOUSE"), (Programs.folder, "PROGRAMS"), (Programs.root, "PROJECT")]
        for line in house.mocks.output.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let port = parts[1].split(separator: ":").last else { continue }
            known += [":", "%3A"].map { ($0 + port, $0 + parts[0].uppercased()) }
        }
        if house.daemon != nil { known += [":", "%3A"].map { ("\($0)\(house.daemonPort)", $0 + "PORT") } }
        normaliser.known = known.map { (text: $0.0, word: $0.1) }
    }

    private func run(_ command: String) -> Script.Answer {
        let running = Running(
            "/usr/bin/timeout", ["--foreground", "60", "/bin/sh", "-c", "cd \(house.path) && \(command)"],
            environment: [
                "PURSER_SOCKET": house.socket, "HOME": house.path + "/home", "TERM": columns == nil ? "dumb" : "xterm",
            ], columns: columns)
        var said: Transcript
        if let person {
            said = house.answered(running, person.member, deny: person.denies).link
        } else {
            let code = running.wait()
            said = Transcript(code: code, output: running.output, errors: running.errors)
        }
        person = nil
        return Script.Answer(
            output: normaliser.lines(said.output), errors: normaliser.lines(said.errors), code: said.code)
    }

    private func prepare(_ words: String) {
        let parts = words.split(separator: " ").map(String.init)
        switch (parts[0], parts.dropFirst().first) {
        case ("daemon", "stops"):
            let said = house.everything.count
            house.stop()
            Files.write(house.path + "/daemon.log", String(house.everything.dropFirst(said)))
        case ("daemon", _):
            house.start(Array(parts.dropFirst()))
            learn()
        case ("providers", "stop"): house.stopMocks()
        case ("link", let provider?):
            let member = words.split(separator: " as ", maxSplits: 1).last.map(String.init) ?? ""
            let linked = house.link(member, at: provider).link
            precondition(linked.code == 0, "@ \(words): \(linked.errors)")
        case ("answer", _): person = (String(words.dropFirst("answer ".count)), false)
        case ("deny", _): person = ("Ada Lindqvist", true)
        case ("fault", _):
            guard let json = try? JSON.parse(String(words.dropFirst("fault ".count))) else {
                preconditionFailure("@ \(words) is no JSON")
            }
            house.fault(json)
        case ("values", _):
            let hasCome = (0..<2000).contains { _ in
                let said = house.purser("values", "--json").output
                return said.contains("\"values\":[{") && said.contains("\"partners\":[{")
            }
            precondition(hasCome, "@ values: none came")
        case ("terminal", let width?): columns = Int(width)
        case ("pipe", _): columns = nil
        default: preconditionFailure("@ \(words) is not known; Player.swift tells what is")
        }
    }
}
