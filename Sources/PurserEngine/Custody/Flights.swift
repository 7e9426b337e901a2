/// The links whose code or refresh token is on its way at this moment, in this process.
///
/// An actor, because trips share it. It is what proves that no answer can still arrive here: a spend that is not in it
/// ended, or was another life's, and the store's lock keeps that one away (RELIABILITY.md A.2, the replay lemma).
actor Flights {
    private var counts: [LinkID: Int] = [:]

    func begin(_ link: LinkID) { counts[link, default: 0] += 1 }

    func end(_ link: LinkID) {
        let left = (counts[link] ?? 1) - 1
        counts[link] = left > 0 ? left : nil
    }

    func isFlying(_ link: LinkID) -> Bool { counts[link] != nil }

    var count: Int { counts.values.reduce(0, +) }
}
