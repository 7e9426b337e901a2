import PurserAPI
public import Wire

extension Web {
    /// What a client is told whose request does not get as far as a route: `HTTPServer.Configuration.refusal`.
    public static func refusal(_ status: Int) -> HTTPResponse {
        var response = problem(status).response
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
    }

    private static func problem(_ status: Int) -> Problem {
        switch status {
        case 408: Problem(.timeout, "the request did not come in time")
        case 413: Problem(.bodyTooLarge, "the body is larger than 64 KiB")
        case 414: Problem(.targetTooLong, "the address is longer than 8 KiB")
        case 431: Problem(.headersTooLarge, "the header has more than 100 fields or 16 KiB")
        case 503: Problem(.stopping, "the daemon is stopping")
        default: Problem(.badRequest, "the request is malformed")
        }
    }
}
