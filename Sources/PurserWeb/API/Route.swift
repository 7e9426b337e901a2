import PurserAPI
import PurserEngine
import Wire

/// One route of the API: what dispatch goes by, and what `/openapi.json` says. Being one value, they cannot differ.
public struct Route: Sendable {
    /// Who may ask.
    enum Access: Sendable, Hashable {
        /// Everybody.
        case everybody
        /// Whoever has one of these.
        case one(of: [Scope])

        static func scope(_ scope: Scope) -> Access { .one(of: [scope]) }
    }

    /// A parameter in the query. Unknown ones are refused.
    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        let words: String

        init(_ name: String, _ schema: Schema, _ words: String) {
            self.name = name
            self.schema = schema
            self.words = words
        }
    }

    /// An answer that is no problem.
    struct Reply: Sendable {
        let status: Int
        let words: String
        /// Of its JSON body; nil: it has none.
        let schema: Schema?
        var headers: [String] = []

        static func json(_ status: Int, _ shape: String, _ words: String, headers: [String] = []) -> Reply {
            Reply(status: status, words: words, schema: .shape(shape), headers: headers)
        }

        static func empty(_ status: Int, _ words: String, headers: [String] = []) -> Reply {
            Reply(status: status, words: words, schema: nil, headers: headers)
        }
    }

    typealias Run = @Sendable (Call) async throws(Problem) -> HTTPResponse

    /// Unique: the document's `operationId`.
    public let name: String
    /// GET stands for HEAD too.
    public let method: String
    /// `/v1/links/{link}`: a segment in braces stands for any that is not empty.
    public let path: String
    let access: Access
    let words: String
    let parameters: [Parameter]
    /// What its JSON body must be; nil: it takes none.
    let body: Schema?
    let isBodyOptional: Bool
    let replies: [Reply]
    /// Problems of its own; what can happen to any request is added by the document.
    let problems: [Problem.Kind]
    /// Answered on the daemon's socket only.
    let isSocketOnly: Bool
    /// It also answers while the keys cannot be had: how the daemon is, what belongs to no person, what takes access away.
    let worksSealed: Bool
    let run: Run
    let segments: [Substring]

    init(
        _ name: String, _ method: String, _ path: String, _ access: Access, _ words: String,
        parameters: [Parameter] = [], body: Schema? = nil, isBodyOptional: Bool = false, replies: [Reply],
        problems: [Problem.Kind] = [],
        isSocketOnly: Bool = false, worksSealed: Bool = false, run: @escaping Run
    ) {
        self.name = name
        self.method = method
        self.path = path
        self.access = access
        self.words = words
        self.parameters = parameters
        self.body = body
        self.isBodyOptional = isBodyOptional
        self.replies = replies
        self.problems = problems
        self.isSocketOnly = isSocketOnly
        self.worksSealed = worksSealed
        self.run = run
        segments = path.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The names in braces, in order.
    var names: [String] { segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) } }

    /// What the segments in braces are in this path; nil: it is another path.
    func match(_ path: [Substring]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var found: [String: String] = [:]
        for (given, wanted) in zip(path, segments) {
            if wanted.hasPrefix("{") {
                guard !given.isEmpty else { return nil }
                found[String(wanted.dropFirst().dropLast())] = String(given)
            } else if given != wanted {
                return nil
            }
        }
        return found
    }
}
