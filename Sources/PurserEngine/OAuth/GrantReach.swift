import Crypto
import Wire

/// What a grant reaches: its scopes, and what a token endpoint names beside them, the APIs it is for (`resource`, RFC
/// 8707 2.2) and what may be done there (`authorization_details`, RFC 9396 7). Pure.
///
/// Each of these is one word that stands among the granted scopes, so that one rule holds for all: a refresh may leave
/// words out, and never bring one that nobody consented to.
enum GrantReach {
    /// The words of a token response beside its scopes, by their member; one that is not there is not spoken of.
    static func words(_ json: JSON) -> [String: [String]] {
        var out: [String: [String]] = [:]
        for name in names {
            guard let value = json[name], !value.isNull else { continue }
            out[name] = (value.array ?? [value]).map { word(name, $0) }
        }
        return out
    }

    /// What the provider's folder asks for beside scopes.
    static func asked(_ reach: AskedReach) -> [String] {
        let resource = reach.resource.map { JSON.string($0) } ?? .null
        return inOrder(words(["resource": resource, "authorization_details": reach.details ?? .null]))
    }

    /// What the grant reaches with this response: where it says nothing, what it reached before, and at first what was
    /// asked for (RFC 6749 5.1).
    static func granted(_ tokens: TokenResponse, asked: [String], before: [String]) -> [String] {
        let known = before.isEmpty ? asked : before
        let scopes = tokens.scopes ?? known.filter { word in !names.contains { isOf($0, word) } }
        return scopes + names.flatMap { name in tokens.reach[name] ?? known.filter { isOf(name, $0) } }
    }

    /// What the response brings that was neither asked for nor granted before.
    static func beyond(_ tokens: TokenResponse, asked: [String], before: [String]) -> [String] {
        let known = Set(asked).union(before)
        return ((tokens.scopes ?? []) + inOrder(tokens.reach)).filter { !known.contains($0) }
    }

    /// How a grant differs from what was asked for.
    struct Difference: Sendable, Equatable {
        /// Asked for and not granted.
        var without: [String] = []
        /// Granted, and nobody asked for it.
        var with: [String] = []
        /// Types of which details were asked for, and others granted: narrower or wider ones, or the same in more words,
        /// as servers may give them back (RFC 9396 7.1).
        var otherwise: [String] = []
    }

    /// Scopes and addresses are the same word or another; of details the type counts first.
    static func difference(granted: [String], asked: [String]) -> Difference {
        var out = Difference()
        out.without = asked.filter { word in !granted.contains { isLike($0, word) } }
        out.with = granted.filter { word in !asked.contains { isLike($0, word) } }
        for word in granted where !asked.contains(word) && !out.with.contains(word) {
            if let type = type(word), !out.otherwise.contains(type) { out.otherwise.append(type) }
        }
        return out
    }

    private static let names = ["resource", "authorization_details"]

    private static func inOrder(_ words: [String: [String]]) -> [String] { names.flatMap { words[$0] ?? [] } }

    private static func isOf(_ name: String, _ word: String) -> Bool { word.hasPrefix(name + "=") }

    private static func isLike(_ one: String, _ other: String) -> Bool {
        one == other || (type(one).map { $0 == type(other) } ?? false)
    }

    /// The type of a word that stands for details; nil: it stands for something else.
    private static func type(_ word: String) -> String? {
        guard isOf(names[1], word), let end = word.lastIndex(of: "#") else { return nil }
        return String(word[..<end].dropFirst(names[1].count + 1))
    }

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

extension GrantReach.Difference {
    /// For the story; nil: there is none. What a provider wrote is cut short and harmless.
    var words: String? {
        func list(_ words: [String]) -> String { Harmless.text(words.joined(separator: " "), limit: 100) }
        var parts: [String] = []
        if !without.isEmpty { parts.append("without " + without.joined(separator: " ")) }
        if !with.isEmpty { parts.append("with \(list(with)), which nobody asked for") }
        if !otherwise.isEmpty { parts.append("with other details of \(list(otherwise)) than were asked for") }
        return parts.isEmpty ? nil : parts.joined(separator: ", and ")
    }
}
