import PurserAPI
public import PurserEngine
public import Wire

/// A place at a door that is open: it stays open until every hold is released.
public struct DoorHold: Sendable, Hashable {
    public let number: Int
    public init(number: Int) { self.number = number }
}

/// Why a door cannot be opened, in words.
public struct DoorProblem: Error, Sendable, Hashable {
    public let words: String
    public init(words: String) { self.words = words }
}

/// Listening for authorization responses on loopback ports that are not the daemon's own, each only while a link waits
/// for its response there. Nothing else is answered on them.
public protocol CallbackDoors: Sendable {
    /// Listens where the redirect URI says, or finds that it is listened to already.
    func open(_ uri: URI) throws(DoorProblem) -> DoorHold
    /// From now on the hold is this link's: it ends with `close`, or at that time.
    func keep(_ hold: DoorHold, for link: LinkID, until: Instant)
    func release(_ hold: DoorHold)
    /// The link's response came, or will not come any more. Nothing for a link that holds none.
    func close(_ link: LinkID)
}

/// For a daemon that listens at its own address only.
public struct ClosedDoors: CallbackDoors {
    public init() {}
    public func open(_ uri: URI) throws(DoorProblem) -> DoorHold {
        throw DoorProblem(words: "this daemon listens at its own address only")
    }
    public func keep(_ hold: DoorHold, for link: LinkID, until: Instant) {}
    public func release(_ hold: DoorHold) {}
    public func close(_ link: LinkID) {}
}

extension Web {
    /// Who takes an authorization response at this address.
    func listens(at uri: URI) -> ClientShown.Listens {
        if uri.origin == URI(facts.listen)?.origin || uri.origin == URI(facts.address)?.origin { return .daemon }
        guard uri.scheme == "http", uri.isOnThisMachine else { return .nobody }
        let own = URI(facts.listen)
        return uri.port == own?.port && own?.scheme == "http" ? .daemon : .whilePending
    }

    /// After a start: opens again what links of an earlier life still wait behind.
    public func reopenDoors() async {
        guard let wallet else { return }
        let now = world.clock.now
        let waiting = try? await world.store.read { reads throws(StoreError) in try reads.waitingLinks(now: now) }
        for link in waiting ?? [] {
            let redirect = (try? await wallet.redirectURI(of: link.provider)) ?? nil
            guard let uri = redirect.flatMap({ URI($0) }), listens(at: uri) == .whilePending else { continue }
            do { doors.keep(try doors.open(uri), for: link.link, until: link.expiresAt) } catch {
                world.log.write(
                    .warning, "door stays closed", [("provider", link.provider), ("why", error.words)])
            }
        }
    }

    /// The provider whose redirect URI this request came to; nil: none. Compared by path, and on a door by port too; a
    /// name that is not ours must be the one that was registered (a proxy passes it on).
    func callbackProvider(_ request: HTTPRequest, door: Int?, isOurName: Bool) async -> String? {
        guard let wallet, let clients = try? await wallet.clients() else { return nil }
        let host = request.headers.all("Host")
        for client in clients {
            guard let uri = client.redirectURI.flatMap({ URI($0) }), uri.path == request.path else { continue }
            if let door {
                if uri.port == door, uri.isOnThisMachine, isLoopbackName(host, port: door) { return client.provider }
            } else if isOurName
                || (host.count == 1 && host[0].lowercased() == String(uri.origin.dropFirst(uri.scheme.utf8.count + 3)))
            {
                return client.provider
            }
        }
        return nil
    }

    private func isLoopbackName(_ hosts: [String], port: Int) -> Bool {
        guard hosts.count == 1 else { return false }
        return ["localhost", "127.0.0.1", "[::1]"].contains { hosts[0].lowercased() == "\($0):\(port)" }
    }
}

extension URI {
    /// A loopback literal, or the name that browsers take for one.
    public var isOnThisMachine: Bool { isLoopback || host == "localhost" }
}
