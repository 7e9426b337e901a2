import Wire

/// Reads the rules and fields of a mapping.
struct RuleReader {
    let reader: Reader
    let manifest: Manifest
    let zones: (String) -> [UInt8]?

    func rule(_ json: JSON, _ place: String, _ section: Mapping.Section) -> Mapping.Rule? {
        guard
            let node = reader.object(
                json, place, ["request", "each", "optional", "when", "fields"], required: ["request", "each", "fields"])
        else { return nil }
        let request = node.text("request")
        if let request, manifest.api.requests[request] == nil {
            node.refuse(
                "request", "the manifest has no request \(request)",
                "it has: \(manifest.api.requests.keys.sorted().joined(separator: ", "))")
        }
        if section == .memberships, let request, manifest.api.requests[request]?.isForMembership == true {
            node.refuse("request", "memberships cannot come from a request that runs once per membership")
        }
        // The empty pointer is the root, and a text all the same.
        let each = node["each"]?.string.flatMap { MappingPointer($0, allowsEvery: true) }
        if node["each"] != nil, each == nil || each?.start != .item(up: 0) || each?.isKey == true {
            node.refuse(
                "each", "is no pointer from the root of the answer", "for example /memberships or /groups/*/cards")
        }
        let known = section.required + section.optional
        guard let fieldsNode = node.object("fields", known, required: section.required) else { return nil }
        var fields: [String: Field] = [:]
        for name in known where name != "keys" {
            guard let json = fieldsNode[name] else { continue }
            if let field = field(json, fieldsNode.at(name)) { fields[name] = field }
            checkConstant(json["is"], name, section, fieldsNode)
        }
        var keys: [String: Field] = [:]
        for key in fieldsNode.each("keys") where section == .memberships {
            if let field = field(key.value, key.place) { keys[key.name] = field }
        }
        let when = node["when"].flatMap { condition($0, node.at("when")) }
        guard let request, let each else { return nil }
        return Mapping.Rule(
            request: request, each: each, isOptional: node.bool("optional") ?? false, when: when, fields: fields,
            keys: keys)
    }

    /// Constants that are names of ours are checked where they are written.
    private func checkConstant(_ value: JSON?, _ name: String, _ section: Mapping.Section, _ node: Node) {
        guard let text = value?.string else { return }
        let place = node.at(name) + "/is"
        switch (section, name) {
        case (.balances, "unit"), (.lots, "unit"), (.entries, "unit"):
            if manifest.programme.units[text] == nil {
                reader.refuse(
                    place, "the programme has no unit \(text)",
                    "it has: \(manifest.programme.units.keys.sorted().joined(separator: ", "))")
            }
        case (.balances, "type"), (.entries, "type"), (.lots, "type"):
            if !AccountType.all.contains(text) {
                reader.refuse(
                    place, "unknown balance type \(text)", "one of: \(AccountType.all.joined(separator: ", "))")
            }
        case (.entries, "kind"):
            if !EntryKind.all.contains(text) {
                reader.refuse(place, "unknown kind \(text)", "one of: \(EntryKind.all.joined(separator: ", "))")
            }
        default: break
        }
    }

    private func pointer(_ text: String, _ place: String) -> MappingPointer? {
        guard let pointer = MappingPointer(text) else {
            reader.refuse(
                place, "is no pointer", "a JSON Pointer like /miles, with ^ for the enclosing item and $ for the root")
            return nil
        }
        return pointer
    }

    private func condition(_ json: JSON, _ place: String) -> Mapping.Condition? {
        if let text = json.string { return pointer(text, place).map { Mapping.Condition(at: $0, values: nil) } }
        guard let node = reader.object(json, place, ["at", "in"], required: ["at", "in"]),
            let at = node["at"]?.string.flatMap({ pointer($0, node.at("at")) })
        else { return nil }
        return Mapping.Condition(at: at, values: scalars(node, "in"))
    }

    private func scalars(_ node: Node, _ name: String) -> [String] {
        guard let items = node[name]?.array else {
            node.refuse(name, "must be a list of values")
            return []
        }
        return items.compactMap { FieldText.of($0) }
    }

    func field(_ json: JSON, _ place: String) -> Field? {
        if let text = json.string { return pointer(text, place).map { Field(.pointer($0)) } }
        guard let object = json.object else {
            reader.refuse(place, "must be a pointer or an object")
            return nil
        }
        if let constant = object["is"] {
            guard reader.object(json, place, ["is"]) != nil else { return nil }
            return Field(.constant(constant))
        }
        if object["join"] != nil { return join(json, place) }
        return full(json, place)
    }

    private func join(_ json: JSON, _ place: String) -> Field? {
        guard let node = reader.object(json, place, ["join", "with"], required: ["join"]) else { return nil }
        guard let items = node["join"]?.array, !items.isEmpty else {
            node.refuse("join", "must be a list of pointers")
            return nil
        }
        let pointers = items.enumerated().compactMap { index, item in
            item.string.flatMap { pointer($0, node.at("join") + "/\(index)") }
        }
        return Field(.join(pointers, with: node["with"]?.string ?? ""))
    }

    private func full(_ json: JSON, _ place: String) -> Field? {
        let keys = [
            "at", "map", "else", "date", "day", "zone", "scale", "sign", "comma", "group", "hidden", "default",
        ]
        guard let node = reader.object(json, place, keys, required: ["at"]),
            let at = node["at"]?.string.flatMap({ pointer($0, node.at("at")) })
        else { return nil }
        var field = Field(.pointer(at))
        if node["map"] != nil {
            field.map = Dictionary(node.each("map").map { ($0.name, $0.value) }) { first, _ in first }
            field.otherwise = node["else"]
        } else if node["else"] != nil {
            node.refuse("else", "has no meaning without map")
        }
        field.date = node.choice("date", DateFormat.self)
        if let day = node.text("day") {
            if day != "first" && day != "last" { node.refuse("day", "must be first or last") }
            field.lastDay = day == "last"
        }
        if let name = node.text("zone") { field.zone = zone(name, node) }
        field.scale = node.int("scale", in: -12...12)
        if node["sign"] != nil, let sign = node.object("sign", ["at", "minus"], required: ["at", "minus"]),
            let at = sign["at"]?.string.flatMap({ pointer($0, sign.at("at")) })
        {
            field.sign = Field.Sign(at: at, minus: scalars(sign, "minus"))
        }
        field.hasComma = node.bool("comma") ?? false
        field.group = node.text("group")
        field.hidden = hidden(node)
        field.fallback = node["default"]
        return field
    }

    private func zone(_ name: String, _ node: Node) -> Zone? {
        if let zone = Zone(offset: name) { return zone }
        guard let bytes = zones(name), let zone = Zone(tzif: bytes) else {
            node.refuse(
                "zone", "no such time zone", "an offset like +02:00, or a name the system knows like Europe/Vienna")
            return nil
        }
        return zone
    }

    private func hidden(_ node: Node) -> Field.Hidden? {
        guard let value = node["hidden"] else { return nil }
        if value.array != nil { return .values(scalars(node, "hidden")) }
        guard let inner = node.object("hidden", ["at", "in"], required: ["at", "in"]),
            let at = inner["at"]?.string.flatMap({ pointer($0, inner.at("at")) })
        else { return nil }
        return .at(at, in: scalars(inner, "in"))
    }
}

/// The types a balance can have.
enum AccountType {
    static let all = ["redeemable", "pending", "status", "lifetime", "toNextTier"]
}

/// The kinds a ledger line can have.
enum EntryKind {
    static let all = ["earn", "redeem", "transfer", "expire", "adjust", "buy", "refund"]
}
