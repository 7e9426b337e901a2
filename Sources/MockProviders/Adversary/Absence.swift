public import Wire

/// What a server offers and a client leaves alone: that it does no harm is what a module shows then.
public struct Absence: Sendable {
    /// What is seen of it, in words that go on after the outcome.
    public let words: String
    /// What the server, or anybody's page, may have the person's browser ask of the client.
    public let knocks: [Knock]
    /// Parameters that the authorization request must not have in its address.
    public let unsent: [String]

    init(_ words: String, knocks: [Knock] = [], unsent: [String] = []) {
        self.words = words
        self.knocks = knocks
        self.unsent = unsent
    }

    /// One request to the client by a browser that somebody else sent there. Whatever it is, nothing comes of it: no link,
    /// no request to anybody, no cookie, no redirect, no page that can stand in a frame.
    public struct Knock: Sendable {
        public let method: String
        public let path: String
        public let parameters: Form
        /// What it must be answered with.
        public let status: Int
        /// What the answer must say.
        public let says: String

        init(
            _ path: String, _ parameters: [(String, String)] = [], by method: String = "GET", gets status: Int,
            says words: String = ""
        ) {
            self.method = method
            self.path = path
            self.parameters = Form(parameters)
            self.status = status
            self.says = words
        }
    }
}
