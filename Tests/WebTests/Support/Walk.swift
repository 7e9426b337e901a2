import PurserAPI
import Testing
import Wire

/// Asks, and holds every answer against the document that the same server gave.
final class Walk {
    let desk: Desk
    let document: Document
    /// Reaches everything.
    let admin: String
    private(set) var problems: [String] = []
    /// Statuses that each operation was seen to answer, by its id.
    private(set) var seen: [String: Set<Int>] = [:]
    /// Every JSON answer to an operation, for a second opinion.
    private(set) var answers: [JSON] = []

    init(_ desk: Desk) {
        self.desk = desk
        document = Document(json: desk.json(desk.tcp("GET", "/openapi.json")))
        admin = desk.admin
    }

    /// On TCP, with a token; nil: without one.
    @discardableResult
    func tcp(
        _ method: String, _ target: String, token: String?, body: JSON? = nil, headers: HTTPHeaders = [:],
        host: String = "127.0.0.1:7878", from peer: String = "127.0.0.1"
    ) -> JSON {
        let response = desk.tcp(method, target, host: host, token: token, body: body, headers: headers, from: peer)
        return held(response, method, target)
    }

    /// On the socket.
    @discardableResult
    func socket(_ method: String, _ target: String, body: JSON? = nil, headers: HTTPHeaders = [:]) -> JSON {
        held(desk.socket(method, target, body: body, headers: headers), method, target)
    }

    private func held(_ response: HTTPResponse, _ method: String, _ target: String) -> JSON {
        let path = HTTPRequest(method, target).path
        problems += document.problems(response, to: method, path)
        let json = desk.json(response)
        if let operation = document.operation(method, path) {
            seen[operation.id, default: []].insert(response.status)
            if let type = response.headers["Content-Type"], type.hasSuffix("json") {
                answers.append([
                    "path": .string(operation.path), "method": .string(operation.method.lowercased()),
                    "status": .string("\(response.status)"), "type": .string(type), "body": json,
                ])
            }
        }
        return json
    }

    /// What is asked of every operation alike: without a token, with one that is wrong or does not reach, with things
    /// nobody takes.
    func askEverything() {
        let weak = [desk.token("balances:read"), desk.token("links:manage")]
        for operation in document.operations {
            let (method, path) = (operation.method, operation.example)
            let body: JSON? = operation.takesBody ? ["password": "x"] : nil
            tcp(method, path, token: nil, body: body)
            tcp(method, path, token: "purser_wrong", body: body, from: "192.0.2.\(seen.count)")
            tcp(method, path + "?access_token=x", token: nil, body: body)
            tcp(method, path, token: admin, body: body, host: "evil.example")
            for token in weak { tcp(method, path, token: token, body: body) }
            tcp(method, path + "?nonsense=1", token: admin, body: body)
            tcp(method, path + "?a=%zz", token: admin, body: body)
            if operation.takesBody {
                tcp(method, path, token: admin, body: body)
                tcp(method, path, token: admin, body: "x")
                tcp(method, path, token: admin, body: body, headers: ["Content-Type": "text/plain"])
                socket(method, path, body: body, headers: ["Content-Type": "text/plain"])
            } else if !operation.path.contains("{") {
                tcp(method, path, token: admin, body: [:])
            } else {
                tcp(method, path, token: admin)
                socket(method, path)
            }
            for other in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"]
            where document.operation(other, path) == nil {
                tcp(other, path, token: admin)
                socket(other, path)
            }
            if method == "GET" { tcp("HEAD", path, token: admin) }
            for stranger in ["/", "/x", "x"] where path.hasPrefix("/v1/") { tcp(method, path + stranger, token: admin) }
        }
    }
}
