internal import Wire

/// One authorization request under way at the server: a person between the sign-in page and the answer.
struct Visit: Sendable {
    let client: MockClient
    let redirectURI: String
    let state: String?
    let nonce: String?
    /// S256 of the client's verifier; nil only where PKCE is optional and was not used.
    let challenge: String?
    /// The key that the code is bound to (`dpop_jkt`, RFC 9449 10).
    let key: String?
    let scopes: [String]
    /// And beside scopes.
    var asked = AskedFor()
    var way = ResponseWay()
    let startedAt: Instant
    /// The device code that this visit is to answer for; nil: a browser waits to be sent back.
    var deviceCode: String?
    /// Who signed in; nil on the sign-in page.
    var subject: String?
}

/// What a person is in the middle of, on pages of ours.
protocol PageTrip: Sendable {
    var startedAt: Instant { get }
}

extension Visit: PageTrip {}

/// Trips by the hidden value of the form that goes on with them. Each value works once and for ten minutes.
struct Tickets<Trip: PageTrip>: Sendable {
    static var lifeSeconds: Int64 { 600 }
    private let most: Int
    private var open: [String: Trip] = [:]

    /// - Parameter most: so many are open at once; the oldest goes first.
    init(most: Int) { self.most = most }

    mutating func keep(_ trip: Trip, ticket: String) {
        if open.count >= most,
            let oldest = open.min(by: { ($0.value.startedAt, $0.key) < ($1.value.startedAt, $1.key) })
        {
            open[oldest.key] = nil
        }
        open[ticket] = trip
    }

    mutating func take(_ ticket: String, at now: Instant) -> Trip? {
        guard let trip = open.removeValue(forKey: ticket) else { return nil }
        return now < trip.startedAt.adding(seconds: Self.lifeSeconds) ? trip : nil
    }
}

/// What a code stands for until the token endpoint sees it.
struct CodeTerms: Sendable {
    let redirectURI: String
    let challenge: String?
    let key: String?
    let nonce: String?
}
