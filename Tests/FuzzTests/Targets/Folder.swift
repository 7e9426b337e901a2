import Wire

@testable import PurserEngine

/// A manifest beside a mapping that fits many of them.
enum ManifestTarget {
    private static let mapping = Array(
        """
        {"memberships": [{"request": "me", "each": "", "fields": {"id": "/number"}}]}
        """.utf8)

    static func run(_ bytes: [UInt8]) throws {
        let read = loaded(bytes)
        try demand(loaded(bytes).problems == read.problems, "read twice, it has other problems")
        try demand((read.provider == nil) == !read.problems.isEmpty, "it loads with problems, or has none and does not")
        for problem in read.problems {
            try demand(!problem.what.isEmpty && problem.file.hasPrefix("testair/"), "a problem says nothing")
        }
        guard let provider = read.provider, let json = try? JSON.parse(bytes, limits: .file) else { return }
        try demand(loaded(json.bytes).problems.isEmpty, "written anew, it does not load")
        let manifest = provider.manifest
        try demand(manifest.api.base.isSecureOrLoopback, "an API without https")
        try demand(manifest.schedule.everySeconds >= 60 && !manifest.api.requests.isEmpty, "an API that is not asked")
        let grant = json["authorization"]?["grant"]?.string
        try demand(grant != "password" && grant != "implicit", "a grant that takes passwords, or shows tokens")
        for name in ["username", "password"] {
            try demand(json["authorization"]?["parameters"]?[name] == nil, "a password is asked for")
        }
    }

    private static func loaded(_ manifest: [UInt8]) -> FolderCheck {
        FolderCheck(
            ProviderFolder(
                name: "testair", source: "here", files: ["manifest.json": manifest, "mapping.json": mapping]))
    }
}

/// A mapping and an answer that it is to read, with a line of dashes between them.
enum MappingTarget {
    private static let manifest = Array(
        """
        {"name": "testair", "title": "Test Air",
         "programme": {"key": "example.test.miles", "kind": "airline",
           "units": {"miles": {"decimals": 0, "one": "mile", "many": "miles"},
                     "eur": {"decimals": 2, "one": "euro", "many": "euros"}},
           "tiers": [{"code": "silver", "title": "Silver"}]},
         "authorization": {"issuer": "https://as.example", "grant": "authorization_code", "scopes": ["read"],
           "client": {"id": "purser"}, "clientAuthentication": "none", "rotation": {"policy": "strict"},
           "identity": {"from": "userinfo"}},
         "api": {"base": "https://api.example/v2", "requests": {"me": {"method": "GET", "path": "/me"}}},
         "schedule": {"every": "PT6H", "freshFor": "PT12H"}}
        """.utf8)

    static func run(_ bytes: [UInt8]) throws {
        let (mapping, answer) = halves(bytes)
        let folder = ProviderFolder(
            name: "testair", source: "here", files: ["manifest.json": manifest, "mapping.json": mapping])
        let read = FolderCheck(folder)
        try demand(FolderCheck(folder).problems == read.problems, "read twice, it has other problems")
        try demand(
            read.problems.allSatisfy { $0.file == "testair/mapping.json" }, "the manifest is wrong: \(read.problems)")
        try demand((read.provider == nil) == !read.problems.isEmpty, "it loads with problems, or has none and does not")
        guard let provider = read.provider, let body = try? JSON.parse(answer) else { return }
        let pulled = [PulledAnswer(request: "me", membership: nil, body: body)]
        let mapped = Mapper.map(pulled, provider)
        try demand(Mapper.map(pulled, provider).json == mapped.json, "mapped twice, it is another")
        try demand(try JSON.parse(mapped.json.bytes) == mapped.json, "what was mapped cannot be written")
        for balance in mapped.balances {
            guard let amount = balance.amount.amount else { continue }
            try demand(ExactDecimal(amount.text) == amount, "an amount is not exact")
        }
    }
}
