import Testing

/// Seeds that once broke something. They are played for ever, with a word on what they showed; where worlds are drawn in
/// another way since, the word is of the world as it was then.
enum KeptSeeds {
    struct Kept: Sendable, CustomTestStringConvertible {
        let seed: UInt64
        let words: String
        var testDescription: String { "\(seed): \(words)" }
    }

    static let all: [Kept] = [
        Kept(
            seed: 12, words: "a replay that was answered invalid_client left its answer, and was never sent again"),
        Kept(
            seed: 15, words: "a worker that stood still revoked late tokens, which had gone over to the older link"),
        Kept(seed: 16, words: "a replay that was answered with an error was never sent again"),
        Kept(seed: 22, words: "a replay that was answered with an error was never sent again"),
        Kept(seed: 201, words: "an answer in the escrow took the place of a later attempt's, which held the tokens"),
        Kept(
            seed: 1090, words: "a link was called lost while a worker that stood still had its code's answer in hand"),
        Kept(
            seed: 1151, words: "an answer that had been settled was settled again when it came from the escrow"),
        Kept(
            seed: 1238,
            words: "a suspicion kept its stamp of a clock that was set back, and was asked about years later"),
        Kept(
            seed: 30, words: "three replays were lost within a grace of thirty seconds"),
        Kept(
            seed: 588,
            words: "an attempt's empty answer in the escrow was taken for a later attempt's tokens, by the watch"),
        Kept(
            seed: 7107,
            words:
                "a link of a copy that was put back was merged once more; the watch counted its tokens as the first time"
        ),
        Kept(
            seed: 9956,
            words:
                "six attempts within a grace were answered with lies or not at all; the judge took two for no attempt"),
        Kept(
            seed: 4,
            words: "a grace hurried a link whose token endpoint was to be left alone, several times a second"),
        Kept(
            seed: 37,
            words: "after many attempts, when nothing hurried any more, one was served; the judge knew of no excuse"),
        Kept(
            seed: 840,
            words: "a grace waited for an API that wanted to be left alone; and new tokens that waited for keys hurried"
        ),
        Kept(
            seed: 4295, words: "after a crash the provider's metadata could not be had until its grace was over"),
        Kept(
            seed: 4774,
            words: "a worker that stood still cleared the escrow of an answer that another one had put there since"),
        Kept(
            seed: 20_073,
            words: "a provider answered a replay with the very token that was spent; the watch took it for a new one"
        ),
        Kept(
            seed: 20_345,
            words: "the process died between a device code and whoever asked for it; the code was asked about"
        ),
        Kept(
            seed: 5295, words: "a pull that was under way asked on for a link that had been unlinked meanwhile"),
        Kept(
            seed: 1312,
            words: "an answer that lay in a copy of the database was taken, by the watch, for one given since"),
        Kept(
            seed: 7107,
            words: "two links of a copy that was put back became one, which the watch took for a renewal"),
        Kept(
            seed: 1292,
            words:
                "work stood still from before an answer was lost until after its grace, and the watch saw neither end"),
        Kept(
            seed: 551,
            words:
                "a token that ends unused came without a life of its access token, and the watch knew no reason to keep it"
        ),
        Kept(
            seed: 1938,
            words: "a history lost a line behind a pull that was cut short, and stayed at what it did not add up to"),
    ]
}
