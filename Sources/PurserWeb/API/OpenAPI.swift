import PurserAPI
import PurserEngine
import Wire

extension Route {
    /// The document itself.
    static let document = Route(
        "getDocument", "GET", "/openapi.json", .everybody, "This document.",
        replies: [Reply(status: 200, words: "OpenAPI 3.1.", schema: .map(of: .anything))], worksSealed: true,
        run: { call throws(Problem) in
            HTTPResponse(
                status: 200, headers: ["Content-Type": "application/json"], body: OpenAPI.bytes(call.web.facts.address))
        })
}

/// The API described by OpenAPI 3.1, made from the route table.
enum OpenAPI {
    /// The document for whoever reaches us under this address.
    static func bytes(_ address: String) -> [UInt8] {
        let server: JSON = ["servers": [["url": .string(address)]]]
        return server.bytes.dropLast() + [UInt8(ascii: ",")] + rest.dropFirst()
    }

    private static let rest = document.bytes

    static let document: JSON = [
        "openapi": "3.1.0",
        "info": [
            "title": "Purser", "version": "1",
            "summary": "Your loyalty accounts, links and tokens.",
            "description": .string(
                """
                Amounts are exact decimal text. Times are facts; what is stale, the reader works out. Errors are \
                RFC 9457 problems with a stable type. Every GET also answers HEAD; any other method gets 405 with \
                Allow, any other path 404. On the daemon's socket no token is needed.
                """),
            "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
        ],
        "paths": paths,
        "components": [
            "schemas": .object(JSONObject(Schema.shapes.map { ($0.name, $0.schema.json) })),
            "responses": responses,
            "headers": headers,
            "securitySchemes": [
                "token": [
                    "type": "http", "scheme": "bearer",
                    "description": .string(
                        "Made by `purser token new`. Scopes: "
                            + Scope.allCases.map(\.rawValue).joined(separator: ", ") + ". Never in an address."),
                ]
            ],
        ],
    ]

    private static var paths: JSON {
        var out = JSONObject()
        for route in RouteTable.all {
            var item = out[route.path]?.object ?? JSONObject()
            item[route.method.lowercased()] = operation(route)
            out[route.path] = .object(item)
        }
        return .object(out)
    }

    private static func operation(_ route: Route) -> JSON {
        var out = JSONObject([("operationId", .string(route.name)), ("summary", .string(route.words))])
        let parameters = route.names.map(pathParameter) + route.parameters.map(queryParameter)
        if !parameters.isEmpty { out["parameters"] = .array(parameters) }
        if let body = route.body {
            out["requestBody"] = [
                "required": .bool(!route.isBodyOptional), "content": ["application/json": ["schema": body.json]],
            ]
        }
        var answers = route.replies.map { ($0.status, reply($0)) }
        answers += grouped(kinds(route)).map { ($0.status, response($0.kinds)) }
        answers.append((421, ["$ref": "#/components/responses/misdirected"]))
        out["responses"] = .object(JSONObject(answers.sorted { $0.0 < $1.0 }.map { ("\($0.0)", $0.1) }))
        switch route.access {
        case .everybody: out["security"] = []
        case .one(let scopes): out["security"] = .array(scopes.map { ["token": [.string($0.rawValue)]] })
        }
        if route.isSocketOnly { out["x-socket-only"] = true }
        return .object(out)
    }

    private static func pathParameter(_ name: String) -> JSON {
        guard let segment = RouteTable.segments[name] else { preconditionFailure("no segment {\(name)}") }
        return [
            "name": .string(name), "in": "path", "required": true, "schema": segment.schema.json,
            "example": .string(segment.example),
        ]
    }

    private static func queryParameter(_ parameter: Route.Parameter) -> JSON {
        [
            "name": .string(parameter.name), "in": "query", "description": .string(parameter.words),
            "schema": parameter.schema.json,
        ]
    }

    private static func reply(_ reply: Route.Reply) -> JSON {
        var out = JSONObject([("description", .string(reply.words))])
        if !reply.headers.isEmpty { out["headers"] = headerRefs(reply.headers) }
        if let schema = reply.schema { out["content"] = ["application/json": ["schema": schema.json]] }
        return .object(out)
    }

    private static func headerRefs(_ names: [String]) -> JSON {
        .object(JSONObject(names.map { ($0, ["$ref": .string("#/components/headers/" + $0)]) }))
    }

    private static let headers: JSON = [
        "ETag": ["description": "Equal tags, equal bytes.", "required": true, "schema": ["type": "string"]],
        "Allow": ["description": "The methods there are.", "required": true, "schema": ["type": "string"]],
        "Retry-After": [
            "description": "Seconds to wait.", "required": true, "schema": ["type": "integer", "minimum": 1],
        ],
        "WWW-Authenticate": [
            "description":
                "RFC 6750 3: realm, what was wrong with the token, and where `resource_metadata` lie (RFC 9728).",
            "required": true,
            "schema": ["type": "string"],
        ],
    ]
}

// Problems.
extension OpenAPI {
    /// Everything a route can answer with that is a problem: its own, and what can happen to any request.
    static func kinds(_ route: Route) -> [Problem.Kind] {
        var kinds: [Problem.Kind] = [
            .badRequest, .timeout, .bodyTooLarge, .targetTooLong, .headersTooLarge, .stopping,
        ]
        if route.access != .everybody {
            kinds += [.unauthorized, .tooManyRequests, .storeFailed, .issuerUnavailable]
        }
        if case .one(let wanted) = route.access,
            Scope.allCases.contains(where: { Scope.reach([$0]).isDisjoint(with: wanted) })
        {
            kinds.append(.insufficientScope)
        }
        if route.isSocketOnly { kinds.append(.socketOnly) }
        if route.body != nil { kinds.append(.mediaType) }
        if !route.worksSealed { kinds.append(.sealed) }
        return kinds + route.problems.filter { !kinds.contains($0) }
    }

    private static func grouped(_ kinds: [Problem.Kind]) -> [(status: Int, kinds: [Problem.Kind])] {
        let byStatus = Dictionary(grouping: kinds, by: \.status)
        return byStatus.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted { $0.rawValue < $1.rawValue }) }
    }

    private static func name(_ kinds: [Problem.Kind]) -> String { kinds.map(\.rawValue).joined(separator: ".") }

    private static func response(_ kinds: [Problem.Kind]) -> JSON {
        ["$ref": .string("#/components/responses/" + name(kinds))]
    }

    private static var responses: JSON {
        var out = JSONObject([
            (
                "misdirected",
                [
                    "description": "The Host field names somebody else.",
                    "content": ["text/plain; charset=utf-8": ["schema": ["type": "string"]]],
                ]
            )
        ])
        let all = RouteTable.all.flatMap { grouped(kinds($0)).map(\.kinds) } + [[.methodNotAllowed], [.notFound]]
        for kinds in all where out[name(kinds)] == nil { out[name(kinds)] = problem(kinds) }
        return .object(out)
    }

    private static func problem(_ kinds: [Problem.Kind]) -> JSON {
        let status = kinds[0].status
        let types = kinds.map { JSON.string($0.type) }
        var out = JSONObject([("description", .string(name(kinds)))])
        // 403 has one where the token is at fault, and no other problem that shares the status.
        let fields: [[Problem.Kind]: String] = [
            [.unauthorized]: "WWW-Authenticate", [.insufficientScope]: "WWW-Authenticate",
            [.methodNotAllowed]: "Allow", [.tooManyRequests]: "Retry-After",
        ]
        if let field = fields[kinds] { out["headers"] = headerRefs([field]) }
        let narrowed: JSON = ["properties": ["type": ["enum": .array(types)], "status": ["const": .int(status)]]]
        out["content"] = [
            "application/problem+json": ["schema": ["allOf": [Schema.shape("Problem").json, narrowed]]]
        ]
        return .object(out)
    }
}
