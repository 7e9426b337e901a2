internal import Wire

/// One device authorization under way (RFC 8628): two codes, and what the person has said.
struct Device: Sendable {
    enum Answer: Sendable { case none, denied, allowed, spent }

    let code: String
    let userCode: String
    let client: MockClient
    let scopes: [String]
    let endsAt: Instant
    /// Seconds between two questions; five more each time it was asked too often.
    var interval: Int64
    var askedAt: Instant?
    var answer = Answer.none
}

/// Device authorizations by their code. Those that ended long ago go.
struct Devices: Sendable {
    private static let keptSeconds: Int64 = 86_400
    private var all: [String: Device] = [:]

    subscript(code: String) -> Device? {
        get { all[code] }
        set { all[code] = newValue }
    }

    /// The one whose code a person entered: case and hyphens do not matter (RFC 8628 6.1).
    func waiting(for entered: String) -> Device? {
        let wanted = Self.bare(entered)
        return all.values.first { Self.bare($0.userCode) == wanted }
    }

    mutating func add(_ device: Device, now: Instant) {
        all = all.filter { now < $0.value.endsAt.adding(seconds: Self.keptSeconds) }
        all[device.code] = device
    }

    private static func bare(_ code: String) -> String { code.uppercased().filter { $0.isLetter || $0.isNumber } }
}
