public import Wire

/// One thing that is wrong with a provider's folder.
public struct FolderProblemShown: Sendable, Hashable {
    public let file: String
    /// A JSON Pointer into the file, or a line and column; empty: the file as a whole.
    public let place: String
    public let what: String
    public let hint: String?

    public init(file: String, place: String, what: String, hint: String?) {
        self.file = file
        self.place = place
        self.what = what
        self.hint = hint
    }

    public var json: JSON {
        var object = JSONObject([("file", .string(file)), ("place", .string(place)), ("what", .string(what))])
        if let hint { object["hint"] = .string(hint) }
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let file = json["file"]?.string, let place = json["place"]?.string, let what = json["what"]?.string
        else { return nil }
        self.init(file: file, place: place, what: what, hint: json["hint"]?.string)
    }

    public static let schema = Schema.object(
        .must("file", .text), .must("place", .text), .must("what", .text), .may("hint", .text))
}

/// What `POST /v1/folders/check` answers: everything that is wrong with a provider's folder.
public struct FolderChecked: Sendable, Hashable {
    public let name: String
    /// Nil: it does not load.
    public let title: String?
    public let problems: [FolderProblemShown]
    /// Recorded answers that were mapped and compared.
    public let answers: Int

    public init(name: String, title: String?, problems: [FolderProblemShown], answers: Int) {
        self.name = name
        self.title = title
        self.problems = problems
        self.answers = answers
    }

    public var json: JSON {
        var object = JSONObject([("name", .string(name))])
        if let title { object["title"] = .string(title) }
        object["problems"] = .array(problems.map(\.json))
        object["answers"] = .int(answers)
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let name = json["name"]?.string, let problems = json["problems"]?.array else { return nil }
        self.init(
            name: name, title: json["title"]?.string, problems: problems.compactMap(FolderProblemShown.init),
            answers: json["answers"]?.int ?? 0)
    }

    public static let schema = Schema.object(
        .must("name", .text), .may("title", .text), .must("problems", .list(of: .shape("FolderProblem"))),
        .must("answers", .count))

    public static let requestSchema = Schema.object(
        .must("path", .text(upTo: 4096).saying("A folder on the daemon's machine, from its root.")))
}

/// What `POST /v1/folders/try` answers: each request of the folder, its answer, and what the mapping makes of it.
public struct FolderTried: Sendable {
    /// One request.
    public struct Step: Sendable {
        public let request: String
        public let membership: String?
        public let asked: String
        public let status: Int?
        public let problem: String?
        public let answer: JSON?
        public let mapped: JSON

        public init(
            request: String, membership: String?, asked: String, status: Int?, problem: String?, answer: JSON?,
            mapped: JSON
        ) {
            self.request = request
            self.membership = membership
            self.asked = asked
            self.status = status
            self.problem = problem
            self.answer = answer
            self.mapped = mapped
        }

        public var json: JSON {
            var object = JSONObject([("request", .string(request))])
            if let membership { object["membership"] = .string(membership) }
            object["asked"] = .string(asked)
            if let status { object["status"] = .int(status) }
            if let problem { object["problem"] = .string(problem) }
            if let answer { object["answer"] = answer }
            object["mapped"] = mapped
            return .object(object)
        }

        public init?(_ json: JSON) {
            guard let request = json["request"]?.string, let asked = json["asked"]?.string, let mapped = json["mapped"]
            else { return nil }
            self.init(
                request: request, membership: json["membership"]?.string, asked: asked, status: json["status"]?.int,
                problem: json["problem"]?.string, answer: json["answer"], mapped: mapped)
        }
    }

    public let name: String
    /// Nil: recorded answers.
    public let link: String?
    public let steps: [Step]
    public let warnings: [String]

    public init(name: String, link: String?, steps: [Step], warnings: [String]) {
        self.name = name
        self.link = link
        self.steps = steps
        self.warnings = warnings
    }

    public var json: JSON {
        var object = JSONObject([("name", .string(name))])
        if let link { object["link"] = .string(link) }
        object["steps"] = .array(steps.map(\.json))
        object["warnings"] = .array(warnings.map { .string($0) })
        return .object(object)
    }

    public init?(_ json: JSON) {
        guard let name = json["name"]?.string, let steps = json["steps"]?.array else { return nil }
        self.init(
            name: name, link: json["link"]?.string, steps: steps.compactMap(Step.init),
            warnings: json["warnings"]?.array?.compactMap(\.string) ?? [])
    }

    public static let stepSchema = Schema.object(
        .must("request", .text), .may("membership", .text), .must("asked", .text), .may("status", .number(100...599)),
        .may("problem", .text), .may("answer", .anything.saying("As it came, or redacted.")),
        .must("mapped", .anything.saying("In the form of expected.json.")))

    public static let schema = Schema.object(
        .must("name", .text), .may("link", .id("lnk_")), .must("steps", .list(of: .shape("FolderStep"))),
        .must("warnings", .list(of: .text)))

    public static let requestSchema = Schema.object(
        .must("path", .text(upTo: 4096).saying("A folder on the daemon's machine, from its root.")),
        .may("link", .id("lnk_").saying("Whose grant to use; left out: any active link of the provider.")),
        .may("showAll", .flag.saying("Show answers as they came, instead of redacted.")))
}
