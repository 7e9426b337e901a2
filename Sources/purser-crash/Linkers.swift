import Glibc
import HTTPClient
import Threads
import Wire

/// People who link at one provider, several at a time.
struct Linkers: Sendable {
    private static let together = 16

    private let socket: String
    private let provider: String
    /// What the names of members whom nobody wrote by hand begin with.
    private let prefix: String

    init(_ town: Town, _ variant: Variant) {
        socket = town.data + "/purser.sock"
        provider = variant.name
        let members = try? JSON.parse(
            Files.bytes("\(town.folder)/variants/\(variant.name)/mock/members.json"), limits: .file)
        prefix = members?["seeded"]?["subjectPrefix"]?.string ?? ""
    }

    /// So many members link; back when all have tried.
    func link(_ count: Int) {
        let (next, ended) = (Lock(0), Gate())
        for _ in 0..<Self.together {
            OwnThread.start("linker") {
                while true {
                    let number = next.withLock { next in
                        next += 1
                        return next
                    }
                    guard number <= count else { break }
                    one(number)
                }
                ended.open()
            }
        }
        for _ in 0..<Self.together { ended.wait() }
    }

    private func one(_ number: Int) {
        let request = HTTPRequest(
            "POST", "/v1/links", headers: ["Content-Type": "application/json"],
            body: JSON.object(JSONObject([("provider", .string(provider))])).bytes)
        guard let answer = try? HTTPClient(.unix(socket)).send(request),
            let address = (try? JSON.parse(answer.body))?["authorizationUri"]?.string
        else { return }
        // Named beforehand: a page with everybody on it would take longer to write than all the rest.
        Person.consent(at: "\(address)&login_hint=\(prefix)\(number)", member: 0, named: nil)
    }
}
