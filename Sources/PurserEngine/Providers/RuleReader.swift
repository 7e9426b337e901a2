import Wire

/// Reads the rules and fields of a mapping.
struct RuleReader {
    let reader: Reader
    let outline: ManifestOutline
    let zones: (String) -> [UInt8]?

    func rule(_ json: JSON, _ place: String, _ section: Mapping.Section) -> Mapping.Rule? {
        guard
            let node = reader.object(
                json, place, ["request", "each", "optional", "when", "fields"], required: ["request", "each", "fields"])
        else { return nil }
        let request = node.text("request")
        if let request, let requests = outline.requests, requests[request] == nil {
            node.refuse(
                "request", "the manifest has no request \(request)",
                "it has: \(requests.keys.sorted().joined(separator: ", "))")
        }
        if section == .memberships, let request, outline.requests?[request] == true {
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
            guard var field = field(json, fieldsNode.at(name)) else { continue }
            // Where a form names no day: good until the last, begun on the first.
            if field.lastDay == nil { field.lastDay = name == "expires" || name == "until" }
            fields[name] = field
        }
        ConstantCheck(reader: reader, outline: outline).check(fieldsNode, of: section)
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

    private func pointer(_ json: JSON?, _ place: String) -> MappingPointer? {
        guard let pointer = json?.string.flatMap({ MappingPointer($0) }) else {
            reader.refuse(
                place, "is no pointer", "a JSON Pointer like /miles, with ^ for the enclosing item and $ for the root")
            return nil
        }
        return pointer
    }

    private func pointer(in node: Node) -> MappingPointer? {
        node["at"].flatMap { pointer($0, node.at("at")) }
    }

    private func condition(_ json: JSON, _ place: String) -> Mapping.Condition? {
        if json.string != nil { return pointer(json, place).map { Mapping.Condition(at: $0, values: nil) } }
        guard let node = reader.object(json, place, ["at", "in"], required: ["at", "in"]), let at = pointer(in: node)
        else { return nil }
        return Mapping.Condition(at: at, values: scalars(node, "in"))
    }

    private func scalars(_ node: Node, _ name: String) -> [String] {
        guard let items = node[name]?.array, items.allSatisfy({ FieldText.of($0) != nil }) else {
            if node[name] != nil { node.refuse(name, "must be a list of texts, numbers, true or false") }
            return []
        }
        return items.compactMap { FieldText.of($0) }
    }

    func field(_ json: JSON, _ place: String) -> Field? {
        if json.string != nil { return pointer(json, place).map { Field(.pointer($0)) } }
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
        let pointers = items.enumerated().compactMap { pointer($1, node.at("join") + "/\($0)") }
        if let with = node["with"], with.string == nil { node.refuse("with", "must be a text") }
        return Field(.join(pointers, with: node["with"]?.string ?? ""))
    }

    private func full(_ json: JSON, _ place: String) -> Field? {
        let keys = [
            "at", "map", "else", "date", "day", "zone", "scale", "sign", "comma", "group", "hidden", "default",
        ]
        guard let node = reader.object(json, place, keys, required: ["at"]), let at = pointer(in: node) else {
            return nil
        }
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
            let at = pointer(in: sign)
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
            let at = pointer(in: inner)
        else { return nil }
        return .at(at, in: scalars(inner, "in"))
    }
}
