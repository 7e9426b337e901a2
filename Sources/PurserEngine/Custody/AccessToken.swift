import Crypto
import Wire

/// An access token to work with, come by in one way whatever the work is: as it is held, or refreshed under custody.
struct AccessToken {
    enum Ending {
        case ready(Secret, TokenVersion, wasRefreshed: Bool)
        /// It has ended, and there is no refresh token.
        case noRefreshToken
        /// The stored token may not be sent, or does not open.
        case sealed(UnsealProblem)
        /// The API refuses a token that was just given out and never worked: another one would fare no better.
        case freshTokenRefused
        /// The link was moved to another state, or somebody else has it by now: this work is over.
        case over
        case later(LinkCondition, Instant?)
    }

    let wallet: Wallet
    let seat: Seat

    static let unknownSpend = LinkCondition(
        .outcomeUnknown,
        cause: "the refresh token was sent and the provider's answer is not known; a new consent settles it"
    )

    /// Whether a refresh token was sent and nobody knows what became of it.
    func spendIsUnknown() async -> Bool {
        let (id, link) = (seat.wallet, seat.link.id)
        let intent = try? await wallet.world.store.read { reads throws(StoreError) in try reads.intent(id, link) }
        return (intent ?? nil) != nil
    }

    /// A kept answer that nobody could parse yet comes before everything: it may hold the next tokens, or the end of
    /// them. False: this work is over.
    func settlesPast() async -> Bool {
        guard await spendIsUnknown() else { return true }
        switch await Recover(wallet: wallet).resume(seat) {
        case .over, .claimLost: return false
        case .settled, .notYet, .nothing: return true
        }
    }

    /// The token as it is held, refreshed ahead where it is time.
    func ready(_ grant: TokenVersion) async -> Ending {
        let now = wallet.world.clock.now
        switch RefreshDecision.decide(grant, now: now, spendIsUnknown: await spendIsUnknown()) {
        case .useAccessToken: return held(grant)
        case .askForConsent: return .noRefreshToken
        case .wait: return .later(Self.unknownSpend, nil)
        case .refresh:
            let refreshed = await refreshed(grant)
            // Ahead of time, a refresh that failed costs nothing yet.
            if case .later = refreshed, grant.accessEndsAt.map({ $0 > now }) ?? true, !(await spendIsUnknown()) {
                return held(grant)
            }
            return refreshed
        }
    }

    /// The API refused the token (401): one refresh, if it may help.
    func afterRefusal(_ grant: TokenVersion) async -> Ending {
        let isUnknown = await spendIsUnknown()
        switch RefreshDecision.afterRefusal(grant, now: wallet.world.clock.now, spendIsUnknown: isUnknown) {
        case .refresh: return await refreshed(grant)
        case .askForConsent: return .noRefreshToken
        case .useAccessToken: return .freshTokenRefused
        case .wait: return .later(Self.unknownSpend, nil)
        }
    }

    private func held(_ grant: TokenVersion) -> Ending {
        do {
            return .ready(try seat.accessToken(grant), grant, wasRefreshed: false)
        } catch { return .sealed(error) }
    }

    private func refreshed(_ grant: TokenVersion) async -> Ending {
        switch await Refresh(world: wallet.world, shelf: wallet.shelf, traffic: wallet.traffic, seat: seat).run(grant) {
        case .refreshed(let version, let access): .ready(access, version, wasRefreshed: true)
        case .stateMoved, .claimLost: .over
        case .sealed(let problem): .sealed(problem)
        case .later(let condition, let until): .later(condition, until)
        }
    }
}
