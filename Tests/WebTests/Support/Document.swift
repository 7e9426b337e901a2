import Wire

/// `/openapi.json` as a reader takes it: which answers it allows.
struct Document {
    let json: JSON
    private var check: SchemaCheck { SchemaCheck(root: json) }

    /// An operation: its path as it stands in the document, its method and what is said of it.
    struct Operation {
        let path: String
        let method: String
        let json: JSON

        var id: String { json["operationId"]?.string ?? "" }
        var isSecured: Bool { json["security"]?.array?.isEmpty == false }
        var takesBody: Bool { json["requestBody"] != nil }
        var statuses: [Int] { json["responses"]?.object?.members.compactMap { Int($0.name) } ?? [] }

        /// The path with an example in each of its braces, which names nothing.
        var example: String {
            (json["parameters"]?.array ?? []).filter { $0["in"] == "path" }.reduce(path) { path, parameter in
                let name = "{\(parameter["name"]?.string ?? "")}"
                let parts = path.split(separator: "/").map {
                    $0 == name ? parameter["example"]?.string ?? "" : String($0)
                }
                return "/" + parts.joined(separator: "/")
            }
        }
    }

    var operations: [Operation] {
        (json["paths"]?.object?.members ?? []).flatMap { path in
            (path.value.object?.members ?? []).map {
                Operation(path: path.name, method: $0.name.uppercased(), json: $0.value)
            }
        }
    }

    /// The operations under the path that a request names.
    private func under(_ path: String) -> [Operation] {
        let given = path.split(separator: "/", omittingEmptySubsequences: false)
        let found = operations.filter { operation in
            let parts = operation.path.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == given.count
                && zip(parts, given).allSatisfy { $0 == $1 || $0.hasPrefix("{") && !$1.isEmpty }
        }
        let fewest = found.map { $0.path.count { $0 == "{" } }.min()
        return found.filter { $0.path.count { $0 == "{" } == fewest }
    }

    func operation(_ method: String, _ path: String) -> Operation? {
        under(path).first { $0.method == (method == "HEAD" ? "GET" : method) }
    }

    /// What of an answer the document does not allow; empty: it allows it.
    func problems(_ response: HTTPResponse, to method: String, _ path: String) -> [String] {
        let response = (response, "\(method) \(path) \(response.status)")
        if let operation = operation(method, path) {
            guard let allowed = operation.json["responses"]?["\(response.0.status)"] else {
                return ["\(response.1): \(operation.id) does not name this status"]
            }
            return problems(response.0, allowed, response.1)
        }
        let methods = under(path).flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }.sorted()
        let name = [401: "unauthorized", 404: "not-found", 405: "method-not-allowed"][response.0.status] ?? "nothing"
        guard let allowed = json["components"]?["responses"]?[name] else { return ["\(response.1): not foreseen"] }
        let isRight = methods.isEmpty ? response.0.status != 405 : response.0.status != 404
        let allow = methods.joined(separator: ", ")
        let says = response.0.status != 405 || response.0.headers["Allow"] == allow
        return problems(response.0, allowed, response.1) + (isRight ? [] : ["\(response.1): 404 and 405 are confused"])
            + (says ? [] : ["\(response.1): Allow is not \(allow)"])
    }

    private func problems(_ response: HTTPResponse, _ allowed: JSON, _ what: String) -> [String] {
        var allowed = allowed
        if let reference = allowed["$ref"]?.string { allowed = check.resolved(reference) ?? .null }
        guard allowed["description"]?.string != nil else { return ["\(what): the document leads nowhere"] }
        var out: [String] = []
        for header in allowed["headers"]?.object?.members ?? [] {
            let header = (header.name, header.value["$ref"]?.string.flatMap { check.resolved($0) })
            if header.1?["required"] == true, response.headers[header.0] == nil {
                out.append("\(what): \(header.0) is missing")
            }
        }
        guard let content = allowed["content"]?.object else {
            let isEmpty = response.body.isEmpty && response.headers["Content-Type"] == nil
            return out + (isEmpty ? [] : ["\(what): a body where none is"])
        }
        let type = response.headers["Content-Type"] ?? "no type"
        guard let schema = content[type]?["schema"] else { return out + ["\(what): \(type) is not in the document"] }
        if type.hasPrefix("text/") { return out }
        guard let json = try? JSON.parse(response.body, limits: .file) else { return out + ["\(what): no JSON"] }
        return out + check.problems(json, schema).map { "\(what)\($0)" }
    }
}
