import Wire

/// A pretend provider of one rotation policy, made from a shipped folder.
struct Variant: Sendable, Hashable {
    let name: String
    /// The folder it is made from.
    let base: String
    let policy: JSON
    /// How the pretend server rotates, where it must say more than the manifest.
    var served: JSON? = nil
    /// Whether a replay may cost the grant, and so an answer that nobody got may.
    let losesOnReplay: Bool

    static let all = [
        Variant(name: "plain", base: "grandstay", policy: ["policy": "none"], losesOnReplay: false),
        Variant(name: "gracious", base: "brewhaus", policy: ["policy": "grace", "seconds": 30], losesOnReplay: false),
        Variant(
            name: "patient", base: "skyways", policy: ["policy": "graceUntilUsed", "capSeconds": 3600],
            losesOnReplay: false),
        Variant(name: "stern", base: "skyways", policy: ["policy": "strict"], losesOnReplay: true),
        Variant(
            name: "moody", base: "skyways", policy: ["policy": "sometimes"],
            served: ["policy": "sometimes", "every": 2], losesOnReplay: true),
    ]

    /// How long an access token lives here: so short that every pull has to refresh.
    static let accessTokenSeconds = 2

    /// Writes the folder: another name, another rotation, access tokens that hardly live, no limits of rate and no
    /// stumbling.
    func write(from providers: String, into target: String) {
        let folder = "\(target)/\(name)"
        Files.copy("\(providers)/\(base)", to: folder)
        Self.change(folder + "/manifest.json") { manifest in
            manifest["name"] = .string(name)
            manifest["title"] = .string("The \(name) one")
            manifest["programme"] = manifest["programme"]?.setting("key", to: .string("example.crash.\(name)"))
            manifest["authorization"] = manifest["authorization"]?.setting("rotation", to: policy)
            manifest["api"] = manifest["api"]?.setting("limits", to: ["inFlight": 16])
        }
        Self.change(folder + "/mock/authorization.json") { server in
            server["title"] = .string("The \(name) one")
            server["rotation"] = served ?? policy
            server["accessTokenSeconds"] = .int(Self.accessTokenSeconds)
            server["statesLifetime"] = true
            server["clients"] = .array(
                (server["clients"]?.array ?? []).prefix(1).map {
                    $0.setting("redirectUris", to: [.string("http://127.0.0.1/callback/\(name)")])
                })
        }
        Self.change(folder + "/mock/routes.json") { $0["stumbles"] = nil }
    }

    private static func change(_ path: String, _ change: (inout JSONObject) -> Void) {
        guard var object = (try? JSON.parse(Files.bytes(path), limits: .file))?.object else {
            preconditionFailure("\(path) is no JSON object")
        }
        change(&object)
        Files.write(path, JSON.object(object).text, mode: 0o644)
    }
}

extension JSON {
    /// The same object with one member another, or (nil) gone.
    func setting(_ name: String, to value: JSON?) -> JSON {
        guard var object else { return self }
        object[name] = value
        return .object(object)
    }
}
