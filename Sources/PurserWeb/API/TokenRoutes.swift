import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let tokens: [Route] = [
        Route(
            "listTokens", "GET", "/v1/tokens", .scope(.admin), "Every token, oldest first, expired ones too.",
            replies: [.json(200, "Tokens", "All of them; none with its text.")], worksSealed: true,
            run: { call throws(Problem) in try await TokenRoutes(call).all() }),
        Route(
            "makeToken", "POST", "/v1/tokens", .scope(.admin),
            "Make a token, never stronger than the one it is made with.", body: TokenShown.requestSchema,
            replies: [.json(201, "TokenMade", "The token; its text is shown this once.")],
            problems: [.unknownProvider, .tooStrong, .tooMany],
            run: { call throws(Problem) in try await TokenRoutes(call).make() }),
        Route(
            "revokeToken", "DELETE", "/v1/tokens/{token}", .scope(.admin), "Take a token back, at once and for good.",
            replies: [.json(200, "Token", "What it was.")], problems: [.notFound], worksSealed: true,
            run: { call throws(Problem) in try await TokenRoutes(call).revoke() }),
    ]
}

/// `/v1/tokens` and what is below it.
struct TokenRoutes: Sendable {
    private let call: Call
    private let tokens: Tokens

    init(_ call: Call) {
        self.call = call
        tokens = call.web.tokens
    }

    func all() async throws(Problem) -> HTTPResponse {
        .json(["tokens": .array(try await visible().map { Self.shown($0).json })])
    }

    func make() async throws(Problem) -> HTTPResponse {
        let object = try call.object()
        var scopes: Set<Scope> = []
        for word in try Self.words(object, "scopes") ?? [] {
            guard let scope = Scope(rawValue: word) else {
                throw Problem(
                    .badRequest, "there is no such scope",
                    detail: "there are: " + TokenShown.scopes.joined(separator: ", "))
            }
            scopes.insert(scope)
        }
        let asked = NewToken(
            scopes: scopes, programmes: try Self.words(object, "programmes"),
            expires: try Self.word(object, "expires"), name: try Self.word(object, "name"))
        let made: (token: APIToken, text: String)
        do { made = try await tokens.make(asked, in: call.wallet, with: call.caller.token) } catch {
            throw Problem(error, known: call.visibleProviders)
        }
        return .json(TokenMade(token: made.text, shown: Self.shown(made.token)).json, status: 201)
    }

    func revoke() async throws(Problem) -> HTTPResponse {
        let text = call["token"]
        guard TokenID.looksRight(text) else { throw Problem(.notFound, "that is no token id (they begin with tok_)") }
        let id = TokenID(rawValue: text)
        let gone = Problem(.notFound, "no token has the id \(id)", detail: "run: purser token list")
        guard let token = try await visible().first(where: { $0.id == id }) else { throw gone }
        let wasThere: Bool
        do { wasThere = try await tokens.revoke(call.wallet, id) } catch { throw Problem(error) }
        guard wasThere else { throw gone }
        return .json(Self.shown(token).json)
    }

    /// A restricted caller sees tokens that reach no further than itself.
    private func visible() async throws(Problem) -> [APIToken] {
        let all: [APIToken]
        do { all = try await tokens.all(call.wallet) } catch { throw Problem(error) }
        guard let own = call.caller.sight.providers else { return all }
        return all.filter { token in token.providers.map { own.isSuperset(of: $0) } ?? false }
    }

    private static func shown(_ token: APIToken) -> TokenShown {
        TokenShown(
            id: token.id.rawValue, name: token.name,
            scopes: Scope.allCases.filter(token.scopes.contains).map(\.rawValue), programmes: token.providers,
            createdAt: token.createdAt, expiresAt: token.expiresAt, madeBy: token.madeBy?.rawValue,
            lastUsedAt: token.lastUsedAt)
    }

    private static func words(_ object: JSONObject, _ name: String) throws(Problem) -> [String]? {
        guard let value = object[name] else { return nil }
        guard let items = value.array, case let words = items.compactMap(\.string), words.count == items.count,
            Set(words).count == words.count
        else { throw Problem(.badRequest, "\(name) must be a list of words, none of them twice") }
        return words
    }

    private static func word(_ object: JSONObject, _ name: String) throws(Problem) -> String? {
        guard let value = object[name] else { return nil }
        guard let word = value.string else { throw Problem(.badRequest, "\(name) must be text") }
        return word
    }
}
