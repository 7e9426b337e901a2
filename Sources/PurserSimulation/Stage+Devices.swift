public import PurserEngine
import Wire

// Links whose person enters a code on another device.

extension Stage {
    /// Starts a device link and, as the person, enters its code after `pause`; `allows` nil: never. `renewing` a link, at
    /// its own provider.
    public func linkByDevice(
        member: Int, at name: String? = nil, allows: Bool? = true, pauseMilliseconds: Int64 = 12_000,
        in wallet: WalletID = .first, renewing link: LinkID? = nil
    ) {
        let name = links().first { $0.id == link }?.provider ?? name ?? names[0]
        let server = server(name)
        scheduler.start { [self] in
            guard let door = life.door,
                let started = link == nil
                    ? try? await door.startLink(name, in: wallet, by: .socket(uid: 1000), device: true)
                    : try? await door.relink(link!, in: wallet, by: .socket(uid: 1000), device: true),
                let prompt = started.device, let code = server.deviceCode(of: prompt.userCode)
            else { return }
            secrets.append(code)
            watch.learn(code: code, of: started.link)
            poke()
            devicePage = (server, started.authorizationURI.text)
            guard let allows else { return }
            await scheduler.sleep(milliseconds: pauseMilliseconds)
            _ = Browser(server: server).consent(
                started.authorizationURI.text, member: member, allows: allows, now: now)
        }
    }

    /// Whether this provider gives out device codes.
    func offersDevices(_ name: String) -> Bool { server(name).offersDevices }

    /// The person of the device link that was begun last enters its code now.
    public func enterCode(member: Int, allows: Bool = true) {
        guard let (server, address) = devicePage else { return }
        _ = Browser(server: server).consent(address, member: member, allows: allows, now: now)
    }
}
