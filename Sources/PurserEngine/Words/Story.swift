// The custody story of a link in a person's terms: what `purser why` tells. Facts and words of our own; what a provider
// wrote is in `detail` alone, and is made harmless once more.

extension CustodyEvent {
    /// What can happen to a link's tokens: a closed list. A store keeps the raw value, and one of another version's is
    /// shown as it is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The provider gave out a code for the person to enter on its page.
        case device
        /// A code (generation 0) or refresh token is about to be sent.
        case intent
        /// The same once more, `attempt n`.
        case resent
        /// An answer is durable, and not parsed yet.
        case answer
        /// Part of an answer is durable: for the story, and never parsed.
        case answerCut
        /// The store refused the answer; it is durable in the escrow file.
        case escrowed
        /// What had been kept for a later start was found and read.
        case recovered
        /// No answer came, or none that says anything.
        case unanswered
        case notSent, refused, misconfigured, throttled, failed
        /// Tokens are the current generation.
        case committed
        /// Tokens came after the claim was lost: kept aside.
        case orphaned
        /// An orphan became the current generation.
        case adopted
        /// An answer was parsed under a later claim than the one it was asked for under.
        case takenOver
        /// The access token of a generation worked.
        case confirmed
        /// A refusal that is not believed yet.
        case suspected
        /// Many links of the provider were refused at once: no verdict.
        case frozen
        /// The refusal was confirmed.
        case lost
        /// A new consent of the same member: of the link that lives on, and of the one that ended.
        case renewed, merged
        /// A new consent took the place of what was in doubt.
        case superseded
        /// Tokens that were lost long ago are erased.
        case erased
        /// The database turned out to be an older copy.
        case restored
        /// An intent was taken back.
        case cleared
        /// A provider was asked what became of a refresh token whose answer was lost: it is still good, or is not.
        case stillActive, notActive
        /// It calls an access token active that its API refuses.
        case accessActive
        /// The person logged out at the provider: the grant ends with that, or reaches beyond it.
        case loggedOut, outlived
        /// The provider told of something (`SignalKind`): it is news, it puts the grant in doubt, or it ends it.
        case signalHeard, signalled, revokedThere
    }

    /// One sentence without its full stop, or the kind itself where this version does not know it.
    public var words: String {
        guard let known = Kind(rawValue: kind) else { return shownKind + aside }
        return switch known {
        case .device, .intent, .resent, .answer, .answerCut, .escrowed, .recovered, .unanswered, .takenOver, .cleared:
            sending(known)
        case .notSent, .refused, .misconfigured, .throttled, .failed, .suspected, .frozen, .lost: refusing(known)
        case .stillActive, .notActive, .accessActive: asking(known)
        case .committed, .orphaned, .adopted, .confirmed, .renewed, .merged, .superseded, .erased, .restored,
            .loggedOut, .outlived, .signalHeard, .signalled, .revokedThere:
            keeping(known)
        }
    }

    /// As they may be shown: what a store holds is not believed to be harmless.
    public var shownKind: String { Harmless.text(kind, limit: 64) }
    public var shownDetail: String? { detail.map { Harmless.text($0) } }

    private var notGranted: String {
        guard let shownDetail else { return "" }
        let what = shownDetail.hasPrefix("without ") ? "less" : "something else"
        return "; the provider granted \(what) than was asked for, \(shownDetail)"
    }
    private var aside: String { shownDetail.map { " (\($0))" } ?? "" }
    /// What is spent.
    private var token: String {
        generation == 0 ? "the code from your consent" : "the refresh token of generation \(generation)"
    }

    /// What the provider told of, which `detail` names.
    private var signal: String { detail.flatMap(SignalKind.init(named:))?.words ?? "something has happened" }

    private func sending(_ kind: Kind) -> String {
        switch kind {
        case .device: "the provider gave a code for you to enter on its page, and was asked about it from then on"
        case .intent:
            generation == 0
                ? "you came back from the provider; \(token) was about to be exchanged for tokens"
                : "\(token) was about to be sent"
        case .resent: "\(token) was about to be sent again\(aside)"
        case .answer: "the answer came\(aside) and was kept before it was read"
        case .answerCut:
            "only part of the answer came\(aside); it was kept and is not used, and nobody knows whether the provider "
                + "counted \(token) as used"
        case .escrowed: "the database refused the answer\(aside); it was kept in a file beside it"
        case .recovered: "what had been kept was found and read\(aside)"
        case .unanswered: "the provider's answer never came\(aside); nobody knows whether it counted \(token) as used"
        case .takenOver: "an answer to an earlier try was read and used"
        default: "what was begun for generation \(generation) was taken back\(aside)"
        }
    }

    private func refusing(_ kind: Kind) -> String {
        switch kind {
        case .notSent: "the provider was not reached\(aside); nothing was sent"
        case .refused: "the provider refused \(token)\(aside)"
        case .misconfigured: "the provider refused purser itself, not your consent\(aside); the tokens stay"
        case .throttled: "the provider asked purser to wait\(aside); nothing was used up"
        case .failed: "the provider failed\(aside); nothing was used up"
        case .suspected: "the provider refused \(token)\(aside); nothing is concluded before that is confirmed"
        case .frozen: "the provider refuses many links at once\(aside); nothing is concluded from that"
        default: "the provider no longer honours generation \(generation)\(aside); only a new consent helps"
        }
    }

    private func asking(_ kind: Kind) -> String {
        switch kind {
        case .stillActive:
            "the provider was asked, and calls \(token) still good: it was not used up, and is sent again"
        case .notActive:
            "the provider was asked, and says that \(token) is good no longer; the access token serves until it ends, "
                + "then the refresh token is tried once more"
        default:
            "the provider's interface for data refuses the access token of generation \(generation), and the provider, "
                + "when asked, calls it good; no refresh token is spent for that yet"
        }
    }

    private func keeping(_ kind: Kind) -> String {
        switch kind {
        case .committed where generation == 1:
            "you consented; the first tokens are saved (generation 1)" + notGranted
        case .committed:
            "generation \(generation) is saved; generation \(generation - 1) is kept until \(generation) has worked"
                + notGranted
        case .orphaned:
            "generation \(generation) came after the work on this link had passed on; it is kept aside, and not used"
        case .adopted: "tokens that had been kept aside are generation \(generation) now\(aside)"
        case .confirmed where generation == 1: "generation 1 worked"
        case .confirmed: "generation \(generation) worked; older tokens are erased"
        case .renewed: "you consented anew\(aside); generation \(generation) is saved"
        case .merged: "your consent went over to the link you had\(aside)"
        case .erased:
            "the tokens that the provider no longer honours had been kept for 30 days, and are erased; "
                + "a new consent brings new ones"
        case .loggedOut:
            "you logged out at the provider; this grant ends with that (it came without offline_access), so nothing more "
                + "is sent, and only a new consent helps"
        case .outlived: "you logged out at the provider; this grant reaches beyond that (offline_access) and goes on"
        case .signalHeard: "the provider says that \(signal); this grant goes on"
        case .signalled: "the provider says that \(signal); nothing more is sent before you say so"
        case .revokedThere:
            "the provider says that \(signal); nothing more is sent, and only a new consent helps"
        case .superseded: "your new consent settled what was in doubt"
        default:
            "the database turned out to be an older copy\(aside); what may have changed since is found out carefully"
        }
    }
}
