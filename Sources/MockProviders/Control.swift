internal import Wire

// The doors for tests: reading the ledger, or of it only how often each endpoint was called, and queueing faults. No part
// of what is pretended.

extension MockProvider {
    mutating func control(_ request: HTTPRequest) -> HTTPResponse {
        switch (request.path, request.method) {
        case ("/_mock/ledger", "GET"): return .json(ledger)
        case ("/_mock/requests", "GET"): return .json(["requests": counts])
        case ("/_mock/ledger", _), ("/_mock/requests", _): return .refusingMethod(allowed: "GET")
        case ("/_mock/faults", "POST"):
            do throws(MockProblem) {
                guard let json = try? JSON.parse(request.body) else {
                    throw MockProblem(place: "fault", words: "the body is no JSON")
                }
                try addFault(json)
                return .json(["waiting": .int(faults.waiting.count)])
            } catch {
                return .json(["error": "bad_fault", "message": .string(error.description)], status: 400)
            }
        case ("/_mock/faults", _): return .refusingMethod(allowed: "POST")
        default: return .json(["error": "not_found", "message": "there are ledger, requests and faults"], status: 404)
        }
    }
}
