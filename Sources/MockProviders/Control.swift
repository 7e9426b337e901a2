internal import Wire

// The doors for tests: reading the ledger, or of it only how often each endpoint was called, queueing faults, and telling
// that something has happened to a member. No part of what is pretended.

extension MockProvider {
    mutating func control(_ request: HTTPRequest, now: Instant, draw: (Int) -> [UInt8]) -> HTTPResponse {
        switch (request.path, request.method) {
        case ("/_mock/ledger", "GET"): return .json(ledger)
        case ("/_mock/requests", "GET"): return .json(["requests": counts])
        case ("/_mock/ledger", _), ("/_mock/requests", _): return .refusingMethod(allowed: "GET")
        case ("/_mock/faults", "POST"):
            return told(request, "fault") { json throws(MockProblem) in
                try addFault(json)
                return ["waiting": .int(faults.waiting.count)]
            }
        case ("/_mock/signals", "POST"):
            return told(request, "signal") { json throws(MockProblem) in
                ["queued": .int(try addSignal(json, now: now, draw: draw))]
            }
        case ("/_mock/faults", _), ("/_mock/signals", _): return .refusingMethod(allowed: "POST")
        default:
            return .json(
                ["error": "not_found", "message": "there are ledger, requests, faults and signals"], status: 404)
        }
    }

    private func told(
        _ request: HTTPRequest, _ what: String, _ act: (JSON) throws(MockProblem) -> JSON
    ) -> HTTPResponse {
        do throws(MockProblem) {
            guard let json = try? JSON.parse(request.body) else {
                throw MockProblem(place: what, words: "the body is no JSON")
            }
            return .json(try act(json))
        } catch {
            return .json(["error": .string("bad_" + what), "message": .string(error.description)], status: 400)
        }
    }
}
