public import Wire

/// What a provider is, as its `manifest.json` says (providers/README.md has the grammar).
public struct Manifest: Sendable {
    /// The folder's name.
    public let name: String
    public let title: String
    /// One of the pretend providers that ship.
    public let isMock: Bool
    public let programme: Programme
    public let authorization: Authorization
    public let api: API
    public let schedule: Schedule
    /// Certificates to trust beside the system's, in a file of the folder.
    public let caFile: String?

    /// How often links are pulled, and how long what a pull saw counts as fresh.
    public struct Schedule: Sendable, Hashable {
        public let everySeconds: Int64
        public let freshForSeconds: Int64
    }

    /// The resource server.
    public struct API: Sendable {
        public let base: URI
        public let requests: [String: RequestTemplate]
        public let limits: CallLimits
    }

    /// What the provider lets one client do.
    public struct CallLimits: Sendable, Hashable {
        public let perSecond: ExactDecimal?
        public let perDay: Int?
        public let inFlight: Int?
    }

    /// Reads a manifest. Nil when something in it does not hold; the reader says what.
    static func read(_ json: JSON, folder: String, _ reader: Reader) -> Manifest? {
        let known = [
            "name", "title", "mock", "programme", "authorization", "api", "schedule", "caFile",
        ]
        let required = ["name", "title", "programme", "authorization", "api", "schedule"]
        guard let root = reader.object(json, "", known, required: required) else { return nil }
        if let name = root.text("name"), name != folder { root.refuse("name", "must be the folder's name, \(folder)") }
        if !isName(folder) {
            reader.refuse("/name", "a provider's name is made of a-z, 0-9 and -", "at most 40 of them")
        }
        let programme = root.object(
            "programme", ["key", "kind", "alliance", "units", "tiers", "expiry"], required: ["key", "kind", "units"]
        )
        .flatMap(Programme.init)
        let authorization = Authorization.read(root)
        let api = readAPI(root)
        let schedule = readSchedule(root)
        var caFile: String?
        if let value = root["caFile"], !value.isNull {
            caFile = root.text("caFile").flatMap { fileName($0, root, "caFile") }
        }
        guard let title = root.text("title"), let programme, let authorization, let api, let schedule,
            reader.problems.isEmpty
        else { return nil }
        return Manifest(
            name: folder, title: title, isMock: root.bool("mock") ?? false, programme: programme,
            authorization: authorization, api: api, schedule: schedule, caFile: caFile)
    }

    static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    /// A file of the folder itself: no way up or elsewhere.
    static func fileName(_ text: String, _ node: Node, _ name: String) -> String? {
        guard !text.contains("/"), !text.hasPrefix("."), !text.contains("\0") else {
            node.refuse(name, "must name a file in the provider's own folder")
            return nil
        }
        return text
    }

    private static func readSchedule(_ root: Node) -> Schedule? {
        guard let node = root.object("schedule", ["every", "freshFor"], required: ["every", "freshFor"]) else {
            return nil
        }
        let every = duration(node, "every", least: 60)
        let fresh = duration(node, "freshFor", least: 60)
        guard let every, let fresh else { return nil }
        return Schedule(everySeconds: every, freshForSeconds: fresh)
    }

    /// `P14D`, `PT6H`, `PT30M`, `P1DT12H` in seconds; years and months have no fixed length and are refused.
    static func duration(_ node: Node, _ name: String, least: Int64) -> Int64? {
        guard let text = node.text(name) else { return nil }
        guard let seconds = ISODuration.seconds(text), (least...31_536_000).contains(seconds) else {
            node.refuse(
                name, "must be an ISO 8601 duration of days, hours, minutes and seconds", "for example PT6H or P14D")
            return nil
        }
        return seconds
    }

    private static func readAPI(_ root: Node) -> API? {
        guard let node = root.object("api", ["base", "requests", "limits"], required: ["base", "requests"]) else {
            return nil
        }
        var requests: [String: RequestTemplate] = [:]
        for request in node.each("requests") {
            guard isName(request.name) else {
                root.reader.refuse(request.place, "a request's name is made of a-z, 0-9 and -")
                continue
            }
            requests[request.name] = RequestTemplate.read(request.value, request.place, root.reader)
        }
        if requests.isEmpty { node.refuse("requests", "names no request") }
        let base = node.uri("base")
        if base?.query != nil { node.refuse("base", "must have no query") }
        var limits = CallLimits(perSecond: nil, perDay: nil, inFlight: nil)
        if node["limits"] != nil, let inner = node.object("limits", ["perSecond", "perDay", "inFlight"]) {
            let perDay = inner.text("perDay")
            if let perDay, Int(perDay) ?? 0 < 1 || perDay.first == "+" {
                inner.refuse("perDay", "must be a whole number as text")
            }
            let perSecond = inner.decimal("perSecond")
            if let perSecond, perSecond <= .zero { inner.refuse("perSecond", "must be above 0") }
            limits = CallLimits(
                perSecond: perSecond, perDay: perDay.flatMap { Int($0) },
                inFlight: inner.int("inFlight", in: 1...128))
        }
        guard let base else { return nil }
        return API(base: base, requests: requests, limits: limits)
    }
}

/// Durations of fixed length (ISO 8601).
enum ISODuration {
    static func seconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
        var total: Int64 = 0
        var units: [(Character, Int64)] = [("D", 86400)]
        var isTime = false
        while !rest.isEmpty {
            if rest.first == "T", !isTime {
                rest = rest.dropFirst()
                isTime = true
                units = [("H", 3600), ("M", 60), ("S", 1)]
                guard !rest.isEmpty else { return nil }
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard (1...9).contains(digits.count), let count = Int64(digits),
                let unit = rest.dropFirst(digits.count).first,
                let at = units.firstIndex(where: { $0.0 == unit })
            else { return nil }
            total += count * units[at].1
            units.removeFirst(at + 1)
            rest = rest.dropFirst(digits.count + 1)
        }
        return total
    }
}
