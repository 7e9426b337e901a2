/// Who gives way when a server is nearly full.
///
/// A fixed cap for each peer would not do: on loopback the browser that brings somebody back and a program that only
/// holds connections open have one address, and behind a proxy everybody has. So nobody is refused; whoever lets us
/// wait makes room, and of those the one who holds most.
enum Crowding {
    struct Place: Hashable {
        /// Nil: no address, a unix socket's.
        let peer: Peer?
        /// Nil: it is being answered, and stays.
        let waitingSince: Int64?
    }

    /// How many places are kept free of those who wait: an eighth.
    static func reserve(of connections: Int) -> Int { connections / 8 }

    /// Of those who let us wait, the one who has done so for longest, of the peer that holds most places; nil: nobody.
    static func victim(_ places: [Place]) -> Int? {
        let held = Dictionary(grouping: places, by: { $0.peer?.network }).mapValues(\.count)
        let waiting = places.indices.filter { places[$0].waitingSince != nil }
        return waiting.max { a, b in
            let (x, y) = (held[places[a].peer?.network] ?? 0, held[places[b].peer?.network] ?? 0)
            return x != y ? x < y : (places[a].waitingSince ?? 0) > (places[b].waitingSince ?? 0)
        }
    }
}
