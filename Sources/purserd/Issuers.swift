import PurserEngine
import PurserSystem

/// The files that name authorization servers whose access tokens the API takes (`--accept-tokens`).
enum Issuers {
    /// One file: the issuer it names, or what is wrong.
    static func read(_ path: String) -> (issuer: TrustedIssuer?, problems: [String]) {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try FileSystem.read(path, limit: mostBytes) } catch {
            return (nil, ["\(error)"])
        }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let found = TrustedIssuer.read(path, bytes) { name in
            try? FileSystem.read(name.hasPrefix("/") ? name : folder + "/" + name, limit: mostBytes)
        }
        return (found.issuer, found.problems.map(\.description))
    }

    /// All of them. An issuer in two files would leave it to chance what its tokens may reach.
    static func all(_ options: Options) throws(Refusal) -> [TrustedIssuer] {
        var issuers: [TrustedIssuer] = []
        for path in options.issuers {
            let found = read(path)
            guard let issuer = found.issuer else {
                throw .cannot(found.problems.joined(separator: "\n") + "\npurserd check says the same without a start")
            }
            guard !issuers.contains(where: { $0.issuer == issuer.issuer }) else {
                throw .cannot("\(path): the issuer \(issuer.issuer) is named in another file already")
            }
            issuers.append(issuer)
        }
        return issuers
    }

    private static let mostBytes = 256 << 10
}
