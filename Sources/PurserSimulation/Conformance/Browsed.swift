import MockProviders
import Wire

/// What a browser was given or told, and must not have been.
enum Browsed {
    /// Parameters of an authorization request that must not be there.
    static func sent(_ absence: Absence, _ address: URI) -> [String] {
        let query = address.query.flatMap { Form(parsing: $0) } ?? Form()
        return absence.unsent.filter { query[$0] != nil }.map { "\($0) was sent" }
    }

    /// Of a page of ours.
    static func harm(of page: HTTPResponse) -> [String] {
        var out: [String] = []
        for name in ["Location", "Refresh", "Set-Cookie"] where page.headers[name] != nil {
            out.append("a page has \(name)")
        }
        guard page.headers["Content-Type"]?.hasPrefix("text/html") == true else { return out }
        let policy = page.headers["Content-Security-Policy"] ?? ""
        if !policy.contains("frame-ancestors 'none'") || page.headers["X-Frame-Options"] != "DENY" {
            out.append("a page can stand in a frame")
        }
        if !policy.contains("default-src 'none'") { out.append("a page can load what it likes") }
        return out
    }

    /// Of what a request was answered.
    static func harm(of answer: HTTPResponse?, to knock: Absence.Knock) -> [String] {
        guard let answer else { return ["\(knock.path) is not answered"] }
        var out = harm(of: answer)
        if answer.status != knock.status { out.append("\(knock.path) is answered with \(answer.status)") }
        let text = String(decoding: answer.body, as: UTF8.self)
        if !text.contains(knock.says) { out.append("\(knock.path) is not told: \(knock.says)") }
        for value in knock.parameters.fields.map(\.value) where value.utf8.count > 8 && text.contains(value) {
            out.append("\(knock.path) is told its own words again")
        }
        return out
    }
}
