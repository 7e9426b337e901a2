/// One ledger line as `GET /v1/accounts/{account}/entries` shows it.
public enum EntryShown {
    public static let schema = Schema.object(
        .must("id", .id("ent_")), .must("posted", .moment), .must("kind", .text),
        .must("amount", .amount.saying("Above zero: it came; below: it went.")), .may("text", .text),
        .may("balanceAfter", .amount), .must("firstSeenAt", .moment))

    /// A page of them, newest first.
    public static let pageSchema = Schema.object(
        .must("entries", .list(of: .shape("Entry"))),
        .must("next", .orNull(.text).saying("`before` of the next page; null: this is the last.")),
        .must(
            "opening",
            .orNull(.amount).saying("What the balance was before the first entry known; opening + entries = balance.")),
        .must("complete", .flag.saying("Whether the whole history is here.")))
}
