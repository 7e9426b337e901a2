internal import Wire

/// How clients register themselves at a pretended server (RFC 7591), and what they may do then (RFC 7592).
struct RegistrationTraits: Sendable {
    /// What brings a client with a secret a new one.
    enum Renewal: String, Sendable {
        /// Reading the registration, in the second half of the secret's life.
        case read
        /// Writing it anew.
        case update
        case never
    }

    /// Nil: everybody may register.
    let initialToken: String?
    /// How long a secret is good; nil: for ever.
    let secretSeconds: Int64?
    /// Whether clients can manage their registration.
    let manages: Bool
    /// Whether each read and update replaces the registration access token.
    let rotates: Bool
    let renews: Renewal

    init(_ json: JSON) throws(MockProblem) {
        let shape = try Shape(
            json, at: "authorization.json/registration",
            knows: ["initialToken", "secretSeconds", "manages", "rotates", "renews"])
        initialToken = try shape.optionalText("initialToken")
        secretSeconds = try shape.int("secretSeconds", in: 1...366 * 86_400).map(Int64.init)
        manages = try shape.bool("manages", default: true)
        rotates = try shape.bool("rotates", default: true)
        guard let renews = Renewal(rawValue: try shape.optionalText("renews") ?? "update") else {
            throw shape.problem("renews", "read, update or never")
        }
        self.renews = renews
    }
}
