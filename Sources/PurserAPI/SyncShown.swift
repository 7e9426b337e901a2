public import Wire

/// What asking for a pull came to, one link (`POST /v1/links/{id}/sync`, and each of `POST /v1/sync`).
public struct SyncShown: Sendable, Hashable {
    public enum Answer: String, Sendable, Hashable, CaseIterable {
        /// It is due now.
        case due
        /// It is being pulled at this moment.
        case running
        /// It was pulled too recently.
        case tooSoon
        /// Its state does not allow a pull.
        case notActive
    }

    public let link: String
    public let answer: Answer
    /// When it is possible again, for `tooSoon`.
    public let again: Instant?

    public init(link: String, answer: Answer, again: Instant? = nil) {
        self.link = link
        self.answer = answer
        self.again = again
    }

    public var json: JSON {
        var object = JSONObject([("link", .string(link)), ("answer", .string(answer.rawValue))])
        if let again { object["again"] = .string(again.rfc3339) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let link = json["link"]?.string, let answer = json["answer"]?.string.flatMap(Answer.init) else {
            return nil
        }
        self.init(link: link, answer: answer, again: json["again"]?.string.flatMap { Instant(rfc3339: $0) })
    }
}

extension SyncShown {
    public static let schema = Schema.object(
        .must("link", .id("lnk_")), .must("answer", .word(Answer.allCases.map(\.rawValue))), .may("again", .moment))
}
