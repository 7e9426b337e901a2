import Crypto
import Wire

/// What a grant reaches: its scopes, and what a token endpoint names beside them, the APIs it is for (`resource`, RFC
/// 8707 2.2) and what may be done there (`authorization_details`, RFC 9396 7). Pure.
///
/// Each of these is one word that stands among the granted scopes, so that one rule holds for all: a refresh may leave
/// words out, and never bring one that nobody consented to.
enum GrantReach {
    /// The words of a token response beside its scopes; nil: it says nothing of them, and they stay as they were.
    static func words(_ json: JSON) -> [String]? {
        let members = names.filter { !(json[$0]?.isNull ?? true) }
        guard !members.isEmpty else { return nil }
        return members.flatMap { name in (json[name]?.array ?? [json[name] ?? .null]).map { word(name, $0) } }
    }

    /// What the provider's folder asks for beside scopes: the authorization request carries it.
    static func asked(_ parameters: [(String, String)]) -> [String] {
        parameters.flatMap { name, text -> [String] in
            let value = name == names[0] ? .string(text) : (try? JSON.parse(text, limits: .token)) ?? .string(text)
            return words(.object(JSONObject([(name, value)]))) ?? []
        }
    }

    /// What the grant reaches with this response: where it says nothing, what it reached before.
    static func granted(_ tokens: TokenResponse, asked: [String], before: [String]) -> [String] {
        let scopes = tokens.scopes ?? (before.isEmpty ? asked : before.filter { !isBeside($0) })
        return scopes + (tokens.reach ?? before.filter(isBeside))
    }

    /// What the response brings that was neither asked for nor granted before.
    static func beyond(_ tokens: TokenResponse, asked: [String], before: [String]) -> [String] {
        let known = Set(asked).union(before)
        return ((tokens.scopes ?? []) + (tokens.reach ?? [])).filter { !known.contains($0) }
    }

    private static let names = ["resource", "authorization_details"]

    private static func isBeside(_ word: String) -> Bool { names.contains { word.hasPrefix($0 + "=") } }

    /// An address as it stands; of anything else the type, where it has one, and a hash of the whole.
    private static func word(_ name: String, _ value: JSON) -> String {
        if let text = value.string, (1...200).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        {
            return "\(name)=\(text)"
        }
        let type = Harmless.words(value["type"]?.string ?? "", limit: 60).replacing(" ", with: "-")
        return "\(name)=\(type)#\(Hex.encode(Array(Hash.sha256(sorted(value).bytes).prefix(8))))"
    }

    /// The same value with members in one order: theirs means nothing.
    private static func sorted(_ json: JSON) -> JSON {
        if let items = json.array { return .array(items.map(sorted)) }
        guard let object = json.object else { return json }
        return .object(JSONObject(object.members.sorted { $0.name < $1.name }.map { ($0.name, sorted($0.value)) }))
    }
}
