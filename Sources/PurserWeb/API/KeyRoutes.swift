import Crypto
import PurserAPI
import PurserEngine
import Wire

extension Route {
    static let keys: [Route] = [
        Route(
            "getKeys", "GET", "/v1/keys", .scope(.admin),
            "Where the root key comes from, the key epochs, and what is sealed under them. Never a key.",
            replies: [.json(200, "Keys", "How the keys are.")], isSocketOnly: true, worksSealed: true,
            run: { call throws(Problem) in try await KeyRoutes(call).shown() }),
        Route(
            "rotateKeys", "POST", "/v1/keys/rotate", .scope(.admin),
            "Begin to replace the key epoch: every data key is wrapped anew, then the old epoch is destroyed.",
            replies: [.json(200, "Keys", "How far it is.")], problems: [.keyRefused], isSocketOnly: true,
            run: { call throws(Problem) in try await KeyRoutes(call).rotate() }),
        Route(
            "replaceRoot", "POST", "/v1/keys/reroot", .scope(.admin),
            "Replace the root key: where it is (no member), by a new key file, or by a passphrase.",
            body: KeysShown.rerootSchema, replies: [.json(200, "Keys", "Where the root key comes from now.")],
            problems: [.keyRefused], isSocketOnly: true,
            run: { call throws(Problem) in try await KeyRoutes(call).reroot() }),
        Route(
            "seal", "POST", "/v1/keys/seal", .scope(.admin),
            "Let go of the keys, when work under way has ended. Until they are given again nothing of a wallet is shown or done.",
            replies: [.json(200, "Keys", "Whether keys are held still.")], problems: [.keyRefused],
            isSocketOnly: true, worksSealed: true,
            run: { call throws(Problem) in try await KeyRoutes(call).seal() }),
        Route(
            "unseal", "POST", "/v1/keys/unseal", .scope(.admin),
            "Take the keys again: from where the root key lies, or with its passphrase.",
            body: KeysShown.unsealSchema, isBodyOptional: true, replies: [.json(200, "Keys", "It is open.")],
            problems: [.keyRefused],
            isSocketOnly: true, worksSealed: true,
            run: { call throws(Problem) in try await KeyRoutes(call).unseal() }),
    ]
}

/// `/v1/keys`: they belong to whoever runs the daemon, so only its own socket may ask.
struct KeyRoutes: Sendable {
    private let call: Call
    private var keys: any KeyKeeper { call.web.keys }

    init(_ call: Call) { self.call = call }

    func shown() async throws(Problem) -> HTTPResponse { .json(try await keys.shown().json) }

    func rotate() async throws(Problem) -> HTTPResponse {
        try await keys.rotate()
        return try await shown()
    }

    func reroot() async throws(Problem) -> HTTPResponse {
        let (file, passphrase) = (try text("keyFile"), try text("passphrase"))
        let new: NewRoot
        switch (file, passphrase) {
        case (nil, nil): new = .sameFile
        case (let path?, nil):
            guard path.hasPrefix("/") else {
                throw Problem(.badRequest, "keyFile must be a path from the root", detail: "nothing was changed")
            }
            new = .file(path)
        case (nil, let passphrase?): new = .passphrase(Secret(passphrase))
        case (_?, _?): throw Problem(.badRequest, "there is one root key: a file or a passphrase")
        }
        try await keys.reroot(new)
        return try await shown()
    }

    func seal() async throws(Problem) -> HTTPResponse {
        try await keys.seal()
        return try await shown()
    }

    func unseal() async throws(Problem) -> HTTPResponse {
        try await keys.unseal(try text("passphrase").map { Secret($0) })
        call.web.poke()
        return try await shown()
    }

    private func text(_ name: String) throws(Problem) -> String? {
        guard !call.request.body.isEmpty, let value = try call.object()[name] else { return nil }
        guard let text = value.string, !text.isEmpty else { throw Problem(.badRequest, "\(name) must be a text") }
        return text
    }
}
