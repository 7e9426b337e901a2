import Crypto
import Wire

/// An access token to work with, come by in one way whatever the work is: as it is held, or refreshed under custody.
struct AccessToken {
    enum Ending {
        case ready(HeldToken, TokenVersion, wasRefreshed: Bool)
        /// It has ended, and there is no refresh token.
        case noRefreshToken
        /// The stored token may not be sent, or does not open.
        case sealed(UnsealProblem)
        /// The API refuses a token that was just given out and never worked: another one would fare no better.
        case freshTokenRefused
        /// The API refuses a token that its authorization server calls active: no refresh token is spent for that.
        case activeTokenRefused
        /// The link was moved to another state, or somebody else has it by now: this work is over.
        case over
        case later(LinkCondition, Instant?)
    }

    let wallet: Wallet
    let seat: Seat

    /// Why the refresh token of this grant may not be sent now; nil: it may.
    func hold(_ grant: TokenVersion) async -> RefreshHold? {
        let (id, link, policy) = (seat.wallet, seat.link.id, seat.policy)
        let now = wallet.world.clock.now
        do {
            return try await wallet.world.store.read { reads throws(StoreError) in
                RefreshHold.decide(
                    try reads.past(id, link), policy, grant: grant, restoredAt: try reads.restoredAt(),
                    shown: try reads.link(id, link)?.condition ?? .ok, now: now)
            }
        } catch {
            // A store that does not answer: nothing may be sent.
            return .inDoubt(until: nil)
        }
    }

    /// The token as it is held, refreshed ahead where it is time.
    func ready(_ grant: TokenVersion) async -> Ending {
        let moment = wallet.world.clock.moment
        let hold = await hold(grant)
        switch RefreshDecision.decide(grant, at: moment, isHeld: hold != nil) {
        case .useAccessToken: return held(grant)
        case .askForConsent: return .noRefreshToken
        case .wait, .spare: return waiting(hold)
        case .refresh:
            let refreshed = await refreshed(grant)
            // Ahead of time, a refresh that failed costs nothing yet.
            if case .later(let condition, _) = refreshed, grant.life(at: moment) != .ended,
                condition.kind != .outcomeUnknown
            {
                return held(grant)
            }
            return refreshed
        }
    }

    /// The API refused the token (401): one refresh, if it may help.
    func afterRefusal(_ grant: TokenVersion) async -> Ending {
        let hold = await hold(grant)
        let moment = wallet.world.clock.moment
        func decision(isCalledActive: Bool) -> RefreshDecision {
            RefreshDecision.afterRefusal(
                grant, now: moment.wall, isHeld: hold != nil, isCalledActive: isCalledActive)
        }
        var decided = decision(isCalledActive: false)
        // A person waits for a link that is being made, and it ends where it cannot be read.
        if decided == .refresh, seat.link.state == .active,
            RefreshDecision.isAskedAbout(grant, failures: seat.link.failures, at: moment)
        {
            decided = decision(isCalledActive: await Introspect(wallet: wallet, seat: seat).isActive(grant))
        }
        switch decided {
        case .refresh: return await refreshed(grant)
        case .askForConsent: return .noRefreshToken
        case .useAccessToken: return .freshTokenRefused
        case .spare: return .activeTokenRefused
        case .wait:
            // What served while a spend is in doubt serves no more.
            await wallet.introspections.refuses(seat.link.id)
            return waiting(hold)
        }
    }

    private func waiting(_ hold: RefreshHold?) -> Ending {
        let hold = hold ?? .inDoubt(until: nil)
        return .later(hold.condition, hold.until)
    }

    private func held(_ grant: TokenVersion) -> Ending {
        do {
            return .ready(try seat.accessToken(grant), grant, wasRefreshed: false)
        } catch { return .sealed(error) }
    }

    private func refreshed(_ grant: TokenVersion) async -> Ending {
        switch await Refresh(wallet: wallet, seat: seat).run(grant) {
        case .refreshed(let version, let access):
            Point.reach(.published)
            return .ready(access, version, wasRefreshed: true)
        case .stateMoved, .claimLost: return .over
        case .sealed(let problem): return .sealed(problem)
        case .later(let condition, let until): return .later(condition, until)
        }
    }
}
