import Wire

/// The numbers that bound everything (DESIGN.md 8), in one place.
public enum Limits {
    /// Bytes of one provider answer, and of a token endpoint's.
    public static let answerBytes = 1 << 20
    public static let tokenAnswerBytes = 64 << 10
    /// Bytes of an answer that is kept to be confirmed, and of its tag.
    public static let keptAnswerBytes = 64 << 10
    /// For so long it is confirmed; then it is asked for whole, should a server's tags say less than its answers.
    static let keptAnswerSeconds: Int64 = 86_400
    static let tagBytes = 256
    /// Bytes of an ID token or of a JWKS document.
    public static let tokenBytes = 64 << 10
    public static let jwksBytes = 1 << 20
    /// Seconds to connect, and for a whole ordinary answer.
    public static let connectSeconds: Int64 = 5
    public static var answerSeconds: Int64 { Shortened.limit("answerSeconds", 30) }
    /// A strict refresh waits this long: a late answer is still the token.
    public static var strictRefreshSeconds: Int64 { Shortened.limit("strictRefreshSeconds", 90) }
    /// A new access token that the API refuses is not replaced again within this.
    public static let freshTokenSeconds: Int64 = 900
    /// How far two clocks may be apart.
    public static let clockSkewSeconds: Int64 = 60
    /// How long ago an ID token may have been issued when a link is made, and how long before that one of a refresh.
    public static let signInSeconds: Int64 = 24 * 3600
    /// How old a logout token may be.
    public static let logoutTokenSeconds: Int64 = 600
    /// Proofs of keys shown to our API that are remembered at once.
    static let proofsKept = 10_000
    /// Of how many logout tokens of one provider it is remembered that they came.
    static let logoutTokensKept = 1024
    /// How long somebody may take at a provider's logout page, and how many may be there at once.
    static let logoutReturnSeconds: Int64 = 600
    static let logoutReturnsKept = 64
    /// Signals: how often a provider is asked for them, how soon somebody who linked meanwhile is looked for,
    /// how often how the stream is, how long a verification may take to come.
    public static var signalSeconds: Int64 { Shortened.limit("signalSeconds", 300) }
    static let restingSignalSeconds: Int64 = 300
    static let streamStatusSeconds: Int64 = 86_400
    static let verificationSeconds: Int64 = 86_400
    /// How many are asked for at once, how often in a row, and of how many it is remembered that they came.
    static let signalsAtOnce = 32
    static let signalRounds = 4
    public static let signalsKept = 1024
    /// Streams that are worked on in one turn of the clockwork.
    static let streamsAtOnce = 2
    /// How long an authorization request may be answered, and how long a failed link is kept to say why.
    public static let pendingLinkSeconds: Int64 = 600
    public static let failedLinkSeconds: Int64 = 600
    /// A device code: how often it is asked about where the provider does not say (RFC 8628 3.2), how much slower after
    /// `slow_down` (3.5), the longest pause that is backed off to and that is believed, how long a code is waited for at most.
    public static let pollSeconds: Int64 = 5
    public static let slowerSeconds: Int64 = 5
    public static let longestPollSeconds: Int64 = 60
    public static let mostPollSeconds: Int64 = 300
    public static let deviceCodeSeconds: Int64 = 3600
    /// How long a link that was consented to may wait for the provider to say whose it is.
    public static let identifySeconds: Int64 = 7 * 86_400
    /// What sealing and saving an answer may take; and how much later than its deadline an answer may still come.
    public static var saveSeconds: Int64 { Shortened.limit("saveSeconds", 10) }
    public static var lateAnswerMilliseconds: Int64 { Shortened.limit("lateAnswerMilliseconds", 5000) }
    /// A worker that stood still for so long between its intent and sending does not send.
    public static let standstillMilliseconds: Int64 = 2000
    /// A replay within a grace keeps this far from its end; a shorter grace counts as none.
    public static let graceMarginSeconds: Int64 = 5
    public static let leastGraceSeconds = 20
    /// So many attempts at one refresh hurry within a grace, some four pieces of work; later ones wait as any failure does.
    public static let hurriedAttempts = 20
    /// Within a grace, how often and how far apart a store that refuses is told when a link is due.
    static let postponeTries = 4
    static let postponeMilliseconds: Int64 = 1000
    /// How often a refresh without an answer is sent again within one piece of work.
    public static let replays = 3
    /// A grant that was refused is asked for again so much later, and where that is harmless once more after 24 times that.
    public static var suspicionSeconds: Int64 { Shortened.limit("suspicionSeconds", 15 * 60) }
    /// How long an answer about a token is waited for: what waits for it needs most of the claim. How old a signed one may
    /// be.
    static let introspectionSeconds: Int64 = 10
    static let introspectionAgeSeconds: Int64 = 300
    /// Where the provider calls a refresh token spent whose answer was lost, the access token serves for so long at most
    /// before the refresh token is sent again: it may have been wrong.
    static let lostAnswerServesSeconds: Int64 = 86_400
    /// Failures in a row up to which no refresh token is spent for an access token that the API refuses and the provider
    /// calls active. With their pauses that is an hour or two.
    static let sparedFailures = 8
    /// So long tokens are kept that the provider no longer honours; and how often, and how many links at once, those are
    /// looked for that have been kept for as long.
    public static let deadTokenSeconds: Int64 = 30 * 86_400
    static let deadTokenSweepSeconds: Int64 = 3600
    static let deadTokensAtOnce = 32
    static let deadTokenTurns = 64
    /// A link whose refresh token was sent again is pulled within this.
    public static let soonSeconds: Int64 = 60
    /// Within this of a link's first refusal, refusals of many links are one event.
    public static var massSeconds: Int64 { Shortened.limit("massSeconds", 600) }
    /// A mass event is one for so long at most, and what it froze is asked about again after so long.
    public static let massDaySeconds: Int64 = 86_400
    public static let frozenSeconds: Int64 = 3600
    /// How often the epoch beside the database changes, at most.
    public static let epochSeconds: Int64 = 600
    /// Pages of one stream in one pull.
    public static let pagesPerStream = 4
    /// Entries that may have been posted between the balance's answer and theirs: so many, so recent.
    public static let earlyEntries = 8
    public static let earlyEntrySeconds: Int64 = 3600
    /// A claim outlives the longest refresh and its saving; a pull ends this much before its claim does.
    public static var claimSeconds: Int64 { Shortened.limit("claimSeconds", 150) }
    public static var claimMarginSeconds: Int64 { Shortened.limit("claimMarginSeconds", 10) }
    /// When the last request of a claim's work must have its answer, so that it can be saved while the claim holds.
    static func lastAnswer(beforeClaimEnds until: Instant) -> Instant { until.adding(seconds: -claimMarginSeconds) }
    /// Links worked on at once.
    public static var slots: Int { Int(Shortened.limit("slots", 32)) }
    /// A user may ask for a pull of the same link this often.
    public static var requestPullSeconds: Int64 { Shortened.limit("requestPullSeconds", 60) }
    /// Back-off of a failing link: full jitter between nothing and base x 2^n, at most cap.
    public static var backoffBaseSeconds: Int64 { Shortened.limit("backoffBaseSeconds", 30) }
    public static var backoffCapSeconds: Int64 { Shortened.limit("backoffCapSeconds", 6 * 3600) }
    /// Lines of a link's custody story that are kept: how it began, and the newest.
    public static let storyFirst = 20
    public static let storyNewest = 500
    /// After so long of it, once a day.
    public static let longFailureSeconds: Int64 = 7 * 86_400
    /// A grant that dies when it lies idle goes first when that is so near.
    public static let riskSeconds: Int64 = 48 * 3600
    /// A refresh token that by its provider's word lives shorter than this is not kept alive for that: an hour, the least
    /// that a folder may name, less what an answer takes.
    static let keptAliveSeconds: Int64 = 3500
    /// How far apart two refreshes lie at least for anything to be told from the ends that they brought.
    static let endMovesSeconds: Int64 = 120
    /// How long a request waits for its turn at a provider: the first of a scheduled pull, and any other.
    public static let patienceMilliseconds: Int64 = 2_000
    public static let longPatienceMilliseconds: Int64 = 20_000
    /// How often a request looks again after part of a quota was reserved.
    static let reservationTries = 8
    /// The longest Retry-After that is believed.
    public static let retryAfterSeconds: Int64 = 24 * 3600
    /// How long discovery metadata and keys are used before they are fetched again: where nobody says, and at least and at
    /// most whatever their `Cache-Control` says.
    public static let metadataSeconds: Int64 = 3600
    public static let leastMetadataSeconds: Int64 = 60
    public static let mostMetadataSeconds: Int64 = 86_400
    /// How old they may grow while they cannot be fetched anew; older ones are refused.
    public static let staleMetadataSeconds: Int64 = 7 * 86_400
    public static let staleKeysSeconds: Int64 = 2 * 86_400
    /// Keys are not fetched again within this of the last time, metadata not within this of a failure.
    public static let jwksCooldownSeconds: Int64 = 60
    /// How long a client assertion is good for (RFC 7523 3): it is used at once.
    public static let assertionSeconds: Int64 = 60
    public static let metadataPauseSeconds: Int64 = 5
    /// Rows of what points are worth, and of where they transfer, that are taken from one provider; characters of a text
    /// in one.
    public static let marketRows = 2000
    public static let marketTextCount = 120
    /// Feeds that are begun in one turn of the clockwork.
    public static let feedsAtOnce = 2
    /// API tokens of a wallet, and characters of a token's name.
    public static let tokens = 100
    public static let tokenNameCount = 64
    /// How long an expired token is still listed, and how fine "last used" is.
    public static let expiredTokenSeconds: Int64 = 86_400
    public static let touchTokenSeconds: Int64 = 60
    /// How long an unconfirmed revocation is tried again.
    public static let revocationAttempts = 12
}
