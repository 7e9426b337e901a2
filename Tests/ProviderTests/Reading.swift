import Testing
import Wire

@testable import PurserEngine

/// Small mappings over small answers.
enum Reading {
    /// A programme with miles, and nights counted in halves; `me` is asked once, `activity` for each membership.
    static let manifest: JSON = Changed.base(.manifest)
        .with("/programme/units/nights", ["decimals": 1, "one": "night", "many": "nights"])

    static func provider(_ mapping: JSON) throws -> Provider {
        var mapping = mapping
        if mapping["memberships"] == nil {
            mapping = mapping.with("/memberships", [["request": "me", "each": "", "fields": ["id": ["is": "m1"]]]])
        }
        let folder = Changed.folder([.manifest: manifest.bytes, .mapping: mapping.bytes])
        let catalogue = Catalogue([folder], zones: zone)
        try #require(catalogue.problems.isEmpty, "\(catalogue.problems)")
        return try #require(catalogue[Changed.name])
    }

    static func map(
        _ mapping: JSON, _ me: String, activity: [(membership: String?, body: String)] = [], missing: Set<String> = []
    ) throws -> MappedPull {
        var answers: [PulledAnswer] = []
        if !missing.contains("me") {
            answers.append(PulledAnswer(request: "me", membership: nil, body: try JSON.parse(me)))
        }
        for (membership, body) in activity {
            answers.append(PulledAnswer(request: "activity", membership: membership, body: try JSON.parse(body)))
        }
        return Mapper.map(answers, try provider(mapping), missing: missing)
    }

    /// What a field makes of an item, in words: `= value`, or why there is none.
    static func field(_ field: JSON, _ item: Item) throws -> String {
        let reader = Reader(file: "mapping.json")
        let provider = try provider([:])
        let ruleReader = RuleReader(reader: reader, outline: ManifestOutline(provider.manifest), zones: zone)
        let field = ruleReader.field(field, "")
        try #require(reader.problems.isEmpty, "\(reader.problems)")
        switch try #require(field).read(item) {
        case .value(let json): return "= " + json.text
        case .unknown: return "unknown"
        case .hidden: return "hidden"
        case .unsupported: return "unsupported"
        case .unreadable(let why): return why
        }
    }

    static func field(_ field: JSON, _ item: String) throws -> String {
        try self.field(field, Item(try JSON.parse(item)))
    }

    /// A system with one zone, made of a rule alone: an hour east of UTC, two in summer.
    static func zone(_ name: String) -> [UInt8]? {
        guard name == "Test/Place" else { return nil }
        func number(_ value: Int, _ width: Int) -> [UInt8] {
            (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        // No change listed, one type (3600 s), a name of four bytes.
        let counts = [0, 0, 0, 0, 1, 4].flatMap { number($0, 4) }
        let block = Array("TZif2".utf8) + number(0, 15) + counts + number(3600, 4) + [0, 0] + Array("CET\0".utf8)
        return block + block + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
    }
}
