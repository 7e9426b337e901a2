import Wire

/// How long something fetched may be used before it is fetched again: by its `Cache-Control` (RFC 9111 5.2.2), within our
/// own bounds, so that no server makes us ask all the time or never again.
enum Freshness {
    /// Milliseconds from when it was asked for.
    static func milliseconds(_ headers: HTTPHeaders) -> Int64 {
        let (least, most) = (Limits.leastMetadataSeconds, Limits.mostMetadataSeconds)
        switch stated(headers) {
        case .nothing: return Limits.metadataSeconds * 1000
        case .never: return least * 1000
        case .seconds(let seconds): return min(max(seconds - age(headers), least), most) * 1000
        }
    }

    private enum Stated {
        case nothing
        /// Not to be kept, or written in a way that nobody can read (RFC 9111 4.2.1: then it is stale).
        case never
        case seconds(Int64)
    }

    private static func stated(_ headers: HTTPHeaders) -> Stated {
        let directives = headers.all("Cache-Control").flatMap { $0.split(separator: ",") }.map { part in
            part.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        let names = directives.map { $0.prefix { $0 != "=" } }
        if names.contains("no-store") || names.contains("no-cache") { return .never }
        guard let place = names.firstIndex(of: "max-age") else { return .nothing }
        let value = directives[place].dropFirst("max-age=".count).filter { $0 != "\"" }
        guard !value.isEmpty, value.utf8.allSatisfy({ (48...57).contains($0) }) else { return .never }
        return .seconds(Int64(value) ?? Limits.mostMetadataSeconds)
    }

    /// How long it has lain in caches between (RFC 9111 5.1).
    private static func age(_ headers: HTTPHeaders) -> Int64 {
        guard let text = headers["Age"], text.utf8.allSatisfy({ (48...57).contains($0) }), let age = Int64(text)
        else { return 0 }
        return min(age, Limits.mostMetadataSeconds)
    }
}
