import Glibc
import HTTPClient
import Wire

/// Where one run of kills takes place: pretend providers of every policy, one data folder, a daemon that lives many lives
/// in it, and people with links.
final class Town {
    /// One link that must outlive everything.
    struct Linked {
        let id: String
        let variant: Variant
        /// Who it is at the provider.
        let member: String
    }

    let folder: String
    let programs: String
    private let mocks: Child
    private(set) var origins: [String: URI] = [:]
    private(set) var daemon: Child?
    private(set) var links: [Linked] = []
    let search: Search
    private var nextMember: [String: Int] = [:]
    /// Whether its folder stays when everything is over, to be looked into.
    var isKept = false
    /// When this life of the daemon began, by the wall clock.
    private(set) var bornAt: Instant = Instant(milliseconds: 0)

    var data: String { folder + "/data" }
    var key: String { folder + "/root.key" }
    var log: String { folder + "/purserd.log" }
    private var pointsFile: String { folder + "/points" }

    /// Limits of a trial: a strict refresh is in doubt for seconds, not minutes.
    static let limits: [(String, Int)] = [
        ("claimSeconds", 8), ("claimMarginSeconds", 1), ("strictRefreshSeconds", 3), ("answerSeconds", 4),
        ("saveSeconds", 1), ("lateAnswerMilliseconds", 500), ("suspicionSeconds", 1),
        ("massSeconds", 2),
        ("requestPullSeconds", 0), ("backoffBaseSeconds", 1), ("backoffCapSeconds", 2),
    ]

    init(programs: String, providers: String, people: Int) {
        self.programs = programs
        folder = Files.scratch("purser-crash")
        mkdir(folder + "/variants", 0o700)
        for variant in Variant.all { variant.write(from: providers, into: folder + "/variants") }
        let said = folder + "/mocks.log"
        mocks = Child(
            programs + "/mock-providers",
            [
                "--port", "0", "--providers", folder + "/variants", "--write-providers", folder + "/providers",
                "--people", "\(people)",
            ], log: said)
        let end = Clock.now + 20_000
        while origins.count < Variant.all.count, Clock.now < end {
            usleep(10_000)
            for line in Files.text(said).split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                if words.count == 2, let origin = URI(words[1]) { origins[words[0]] = origin }
            }
        }
        precondition(origins.count == Variant.all.count, "no pretend providers: \(Files.text(said))")
        search = Search(folder)
    }

    deinit {
        daemon?.end(SIGKILL)
        mocks.end(SIGTERM)
        if !isKept { Files.remove(folder) }
    }

    // The daemon

    var arguments: [String] {
        ["--data", data, "--key-file", key, "--providers", folder + "/providers", "--listen", "127.0.0.1:0", "--debug"]
    }

    /// Runs the daemon, or one of its commands, with lines for `PURSER_TRY`.
    func run(_ arguments: [String], _ plan: [String]) -> Child {
        let lines = Self.limits.map { "limit \($0.0) \($0.1)" } + ["points \(pointsFile)"] + plan
        Files.write(folder + "/plan", lines.joined(separator: "\n") + "\n")
        let child = Child(programs + "/purserd", arguments, log: log, environment: ["PURSER_TRY": folder + "/plan"])
        search.saw(child)
        return child
    }

    /// Begins a life; false: it ended before it answered.
    func start(_ plan: [String] = []) -> Bool {
        bornAt = Instant(milliseconds: Clock.wall)
        let child = run(arguments, plan)
        daemon = child
        let end = Clock.now + 20_000
        while child.ending == nil, Clock.now < end {
            if ask("GET", "/v1/status")?.status == 200 { return true }
            usleep(5000)
        }
        return false
    }

    /// Ends a life; how it ended.
    @discardableResult
    func end(_ signal: Int32) -> Int32 {
        defer { daemon = nil }
        return daemon?.end(signal) ?? 0
    }

    func ask(_ method: String, _ target: String, _ body: JSON? = nil) -> HTTPResponse? {
        var request = HTTPRequest(method, target)
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = body.bytes
        }
        guard let answer = try? HTTPClient(.unix(data + "/purser.sock")).send(request, timeoutSeconds: 10) else {
            return nil
        }
        search.heard("the answer to \(method) \(target)", answer.body)
        return answer
    }

    func json(_ method: String, _ target: String, _ body: JSON? = nil) -> JSON? {
        ask(method, target, body).flatMap { try? JSON.parse($0.body, limits: .file) }
    }

    /// Points the daemon came by in all its lives, each with its microsecond.
    func points() -> [(name: String, at: Int)] {
        Files.text(pointsFile).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
        }
    }

    /// The same, with how often.
    func reached() -> [String: Int] { points().reduce(into: [:]) { $0[$1.name, default: 0] += 1 } }

    /// Every link as the daemon shows it, by id.
    func shown() -> [String: JSON]? {
        guard let all = json("GET", "/v1/links")?["links"]?.array else { return nil }
        return Dictionary(all.compactMap { link in link["id"]?.string.map { ($0, link) } }, uniquingKeysWith: { $1 })
    }

    // People

    /// Begins a link at a provider, and answers there as somebody new. Nil: it did not come to consent.
    func link(_ variant: Variant) -> String? {
        let member = nextMember[variant.name, default: 0]
        nextMember[variant.name] = member + 1
        guard let begun = json("POST", "/v1/links", ["provider": .string(variant.name)]) else { return nil }
        return consent(begun, member)
    }

    /// Renews a link: the same member consents once more.
    func relink(_ linked: Linked) -> String? {
        guard let begun = json("POST", "/v1/links/\(linked.id)/relink") else { return nil }
        return consent(begun, nil, member: linked.member)
    }

    private func consent(_ begun: JSON, _ number: Int?, member: String? = nil) -> String? {
        guard let address = begun["authorizationUri"]?.string, let id = begun["link"]?.string else { return nil }
        search.keepState(of: address)
        Person.consent(at: address, member: number, named: member)
        return id
    }

    /// So many links at every provider.
    func settle(_ count: (Variant) -> Int) -> String? {
        for variant in Variant.all {
            for _ in 0..<count(variant) {
                guard let id = link(variant), let ledger = Ledger(at: origins[variant.name]!),
                    let member = ledger.families.last?.member
                else { return "a link at \(variant.name) did not come to be" }
                links.append(Linked(id: id, variant: variant, member: member))
            }
        }
        return nil
    }
}
