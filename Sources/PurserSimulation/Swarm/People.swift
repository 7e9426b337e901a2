import PurserEngine
import Wire

// What people do: link, renew, pause, look, unlink, at any moment.

extension Simulation {
    func act() {
        switch random.below(11) {
        case 0...3: link()
        case 4: ask()
        case 5:
            if stage.links().count > 2, let link = anyLink() {
                stage.act { _ = try? await $0.unlink(link.wallet, link.id) }
            }
        case 6...7: trouble()
        case 8: resting()
        default: look()
        }
        if random.chance(weather.clients) { changeClient() }
        // Where calls are few, everybody wants them.
        if weather.quotas > 0 {
            for link in stage.links() { stage.act { _ = try? await $0.requestPull(link.wallet, link.id) } }
        }
    }

    /// One of the providers. A world of one draws nothing for it.
    func anyProvider() -> String { any(stage.names) }

    private func any(_ names: [String]) -> String { names.count == 1 ? names[0] : names[random.below(names.count)] }

    /// Whose: most worlds are one person's; in the others most of it is the first one's, and the second one must not wait
    /// for that.
    private func anyWallet() -> WalletID {
        weather.isShared && random.chance(250) ? .second : .first
    }

    private func anyLink() -> Link? {
        let links = stage.links()
        return links.isEmpty ? nil : links[random.below(links.count)]
    }

    /// A whole link: asked for here, consented to there, brought back by the browser once, twice or never.
    private func link() {
        // Where workers stand still, the same few people link again and again: grants go over while they do.
        let people = weather.stalls > 0 ? 3 : 8
        let (member, allows, pause) = (random.below(people), random.chance(850), Int64(1 + random.below(120_000)))
        let times = random.chance(100) ? 0 : random.chance(150) ? 2 : 1
        guard !stage.linked.isEmpty else { return }
        let (name, wallet) = (any(stage.linked), anyWallet())
        if stage.offersDevices(name), random.chance(500) {
            return stage.linkByDevice(
                member: member, at: name, allows: times == 0 ? nil : allows, pauseMilliseconds: pause, in: wallet)
        }
        stage.link(
            member: member, at: name, allows: allows, pauseMilliseconds: pause, in: wallet,
            tamper: { query in Array(repeating: query, count: times) },
            done: { [self] ending in shown.append(("the callback page", "\(ending)")) })
    }

    /// Somebody who wants to see it now; and somebody who cannot wait.
    private func ask() {
        for feed in stage.feeds() { stage.act { _ = try? await $0.requestFeed(feed.provider) } }
        guard let link = anyLink() else { return }
        let times = random.chance(400) ? 60 : 1
        stage.act { [stage] door in
            for _ in 0..<times {
                if let answer = try? await door.requestPull(link.wallet, link.id), answer == .due {
                    stage.poke()
                }
                if times > 1 { await stage.pause(milliseconds: 700) }
            }
        }
    }

    /// A person who renews, pauses or resumes some link.
    private func resting() {
        guard let link = anyLink() else { return }
        switch random.below(3) {
        case 0: stage.act { _ = try? await $0.pause(link.wallet, link.id) }
        case 1: stage.act { _ = try? await $0.resume(link.wallet, link.id) }
        default:
            stage.link(
                member: random.below(8), allows: random.chance(850),
                pauseMilliseconds: Int64(1 + random.below(120_000)),
                in: link.wallet, renewing: link.id,
                done: { [self] ending in shown.append(("the callback page", "\(ending)")) })
        }
    }

    private func look() {
        stage.act { [self] door in
            for wallet in WalletID.everybody {
                guard let view = try? await door.accounts(wallet, seeing: Sight([.admin])) else { return }
                if (try? JSON.parse(view.bytes, limits: .file)) == nil {
                    violations.append("the accounts are not JSON")
                }
            }
        }
    }
}
