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
            seed: 2489, words: "a worker that stood still revoked the grant of a link that another had activated"),
        Kept(
            seed: 30, words: "three replays were lost within a grace of thirty seconds"),
    ]
}
