public import Wire

/// The shape of a JSON value in the words of JSON Schema 2020-12, as OpenAPI 3.1 takes them. Each shape of our API has
/// its schema beside it.
public struct Schema: Sendable, Hashable {
    public let json: JSON

    private init(_ type: String, _ more: [(String, JSON)] = []) {
        json = .object(JSONObject([("type", .string(type))] + more))
    }

    private init(keyword: String, _ value: JSON) { json = .object(JSONObject([(keyword, value)])) }

    /// One member of an object.
    public struct Member: Sendable, Hashable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        public static func must(_ name: String, _ schema: Schema) -> Member {
            Member(name: name, schema: schema, isRequired: true)
        }

        public static func may(_ name: String, _ schema: Schema) -> Member {
            Member(name: name, schema: schema, isRequired: false)
        }
    }

    /// An object with these members and no other.
    public static func object(_ members: Member...) -> Schema {
        let required = members.filter(\.isRequired).map { JSON.string($0.name) }
        var more: [(String, JSON)] = [
            ("properties", .object(JSONObject(members.map { ($0.name, $0.schema.json) })))
        ]
        if !required.isEmpty { more.append(("required", .array(required))) }
        return Schema("object", more + [("additionalProperties", false)])
    }

    /// An object whose members' names are not known ahead.
    public static func map(of value: Schema) -> Schema { Schema("object", [("additionalProperties", value.json)]) }

    public static func list(of item: Schema) -> Schema { Schema("array", [("items", item.json)]) }

    /// A list with at least one item and none twice.
    public static func set(of item: Schema) -> Schema {
        Schema("array", [("items", item.json), ("minItems", 1), ("uniqueItems", true)])
    }

    /// Any value.
    public static let anything = Schema(JSONObject())
    public static let text = Schema("string")
    public static let flag = Schema("boolean")
    /// A whole number from 0.
    public static let count = Schema("integer", [("minimum", 0)])
    /// RFC 3339, UTC.
    public static let moment = Schema("string", [("format", "date-time")])
    public static let date = Schema("string", [("format", "date")])
    public static let uri = Schema("string", [("format", "uri")])
    /// An exact decimal as text.
    public static let amount = Schema("string", [("pattern", "^-?[0-9]+(\\.[0-9]+)?$")])

    public static func number(_ range: ClosedRange<Int>) -> Schema {
        Schema("integer", [("minimum", .int(range.lowerBound)), ("maximum", .int(range.upperBound))])
    }

    public static func text(_ pattern: String) -> Schema { Schema("string", [("pattern", .string(pattern))]) }

    public static func text(upTo count: Int) -> Schema {
        Schema("string", [("minLength", 1), ("maxLength", .int(count))])
    }

    /// An identifier of ours.
    public static func id(_ prefix: String) -> Schema { text("^\(prefix)[a-z0-9]{1,64}$") }

    /// One of these words.
    public static func word(_ words: some Sequence<String>) -> Schema {
        Schema("string", [("enum", .array(words.map { .string($0) }))])
    }

    /// Exactly one of these shapes.
    public static func either(_ schemas: Schema...) -> Schema { Schema(keyword: "oneOf", .array(schemas.map(\.json))) }

    public static func orNull(_ schema: Schema) -> Schema {
        Schema(keyword: "oneOf", [schema.json, ["type": "null"]])
    }

    /// One of `Schema.shapes`, by its name.
    public static func shape(_ name: String) -> Schema {
        Schema(keyword: "$ref", .string("#/components/schemas/" + name))
    }

    /// With words for whoever reads the document.
    public func saying(_ words: String) -> Schema {
        guard var object = json.object else { return self }
        object["description"] = .string(words)
        return Schema(object)
    }

    private init(_ object: JSONObject) { json = .object(object) }

    /// The names of an object's members, in order.
    public var memberNames: [String] { json["properties"]?.object?.members.map(\.name) ?? [] }
}

extension Schema {
    /// Every shape that has a name, in the order of the document.
    public static let shapes: [(name: String, schema: Schema)] = [
        ("Account", AccountShown.schema), ("Accounts", AccountShown.viewSchema),
        ("Entry", EntryShown.schema), ("Entries", EntryShown.pageSchema),
        ("PointValue", PointValueShown.schema), ("TransferPartner", TransferPartnerShown.schema),
        ("Feed", FeedShown.schema), ("Values", FeedShown.viewSchema), ("FeedSyncs", FeedShown.syncSchema),
        ("Link", LinkShown.schema), ("Links", .object(.must("links", .list(of: .shape("Link"))))),
        ("Story", StoryShown.schema), ("StoryEvent", StoryShown.eventSchema),
        ("LinkStarted", LinkStarted.schema), ("Receipt", ReceiptShown.schema),
        ("Receipts", .object(.must("receipts", .list(of: .shape("Receipt"))))),
        ("Sync", SyncShown.schema), ("Syncs", .object(.must("links", .list(of: .shape("Sync"))))),
        ("Client", ClientShown.schema), ("ClientChanged", ClientChanged.schema), ("ClientKeys", ClientKeysShown.schema),
        ("ClientRegistration", RegistrationShown.schema),
        ("Clients", .object(.must("clients", .list(of: .shape("Client"))))),
        ("Keys", KeysShown.schema), ("FolderProblem", FolderProblemShown.schema),
        ("FolderChecked", FolderChecked.schema),
        ("FolderStep", FolderTried.stepSchema), ("FolderTried", FolderTried.schema),
        ("Provider", ProviderShown.schema),
        ("Providers", .object(.must("providers", .list(of: .shape("Provider"))))),
        ("Signals", SignalsShown.schema),
        ("Status", StatusShown.schema), ("Token", TokenShown.schema),
        ("Tokens", .object(.must("tokens", .list(of: .shape("Token"))))),
        ("TokenMade", TokenMade.schema), ("Problem", Problem.schema),
    ]
}
