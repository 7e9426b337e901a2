import PurserAPI
import Usage
import Wire

/// `purser client register`: Purser registers itself at a provider (RFC 7591).
enum RegisterItself {
    static let command = Command<Run>(
        "register", "have Purser register itself at a provider that offers it",
        arguments: [Argument("NAME", .provider)],
        options: [
            Option(
                "--initial-token-file", value: "FILE", kind: .file,
                "a file that holds the initial access token the provider gave out; - reads it from standard input")
        ],
        text: [
            .paragraph(
                """
                For providers whose metadata name a registration_endpoint (RFC 7591). Purser says what the provider's folder \
                asks for, uses what comes back, and keeps client id, secret and registration token sealed. What it cannot \
                use it takes back at once.
                """),
            .paragraph(
                """
                A secret that ends is renewed before its end where the provider offers that (RFC 7592); where it does not, \
                client show says by when you must act. The initial token is used once and kept nowhere.
                """),
            .paragraph(
                """
                The client takes the place of the one that counted before: links that live by that one are suspended with a \
                question.
                """),
        ],
        examples: [
            Example("purser client register grandstay", "where everybody may register"),
            Example("purser client register NAME --initial-token-file - <token", "where it takes an initial token"),
        ],
        run: run)

    private static func run(_ line: Line, _ terminal: Terminal) throws -> Int32 {
        var body = JSONObject()
        if let file = line.value("--initial-token-file") {
            body["initialToken"] = .string(try SecretInput.read(file, "initial access token"))
        }
        let answer = try Daemon(line).post("/v1/clients/\(line.arguments[0])/registration", .object(body), seconds: 120)
        return try Clients.tell(answer, "registered itself", terminal)
    }
}

/// How a client stands that registered itself, as lines that begin with a name.
enum RegistrationWords {
    /// - Parameter width: of the names.
    static func lines(_ registration: RegistrationShown, width: Int) -> [String] {
        var out: [(name: String, words: String)] = []
        if let ends = registration.secretEndsAt {
            let renews = registration.trouble == nil ? registration.renewsAt : nil
            out.append(
                ("secret", "lives until \(ends.date.iso)" + (renews.map { ", renewed from \($0.date.iso) on" } ?? "")))
        }
        out.append(
            (
                "managed",
                registration.isManaged
                    ? "Purser can change the registration and take it back"
                    : "nothing here can change the registration or take it back"
            ))
        if let trouble = registration.trouble { out.append(("trouble", trouble)) }
        return out.map { "  " + $0.name + String(repeating: " ", count: width + 2 - $0.name.count) + $0.words }
    }
}
