import PurserEngine
import Wire

/// How far a person came who wanted to link.
enum LinkTrip: Sendable {
    case notBegun(StartLinkProblem)
    /// The provider never sent them back.
    case notAnswered
    /// By this address they were sent there, and this is the page that they came back to; nil: to none of ours.
    case returned(from: URI, HTTPResponse?)
}

extension Stage {
    /// Links as the first member at the first provider, and lets two minutes pass.
    func link() -> LinkTrip {
        let name = names[0]
        let found = Found()
        guard let door = life.door else { return .notAnswered }
        let world = life.world
        scheduler.start { [self] in
            do throws(StartLinkProblem) {
                let started = try await door.startLink(name, in: .first, by: .socket(uid: 1000))
                await scheduler.sleep(milliseconds: 500)
                let address = started.authorizationURI.text
                guard let came = consented(address, member: 0, of: started.link) else { return }
                let request = HTTPRequest.with(
                    came.parameters, came.isPosted ? "POST" : "GET", "/callback/\(name)")
                found.trip = .returned(from: started.authorizationURI, await ask(request, door, world))
                poke()
            } catch { found.trip = .notBegun(error) }
        }
        run(seconds: 120)
        return found.trip
    }

    /// What a person comes back with who says yes, or no, on the pages that begin at this address; nil: they never come back.
    func consented(_ address: String, member: Int, allows: Bool = true, of link: LinkID) -> ArrivedResponse? {
        guard let server = surroundings.servers.first(where: { $0.origin == URI(address)?.origin }),
            let came = Browser(server: server).consent(address, member: member, allows: allows, now: now)
        else { return nil }
        keep(secrets: came.parameters)
        if let code = Browser.inside(came.parameters)["code"] { watch.learn(code: code, of: link) }
        return came
    }

    private final class Found: @unchecked Sendable {
        // Ownership: the one thread of the stage.
        var trip = LinkTrip.notAnswered
    }
}
