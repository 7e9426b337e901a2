/// A form of a page as a reader of HTML sees it: enough to fill in the pages of the pretended providers.
public struct HTMLForm: Sendable {
    /// An input or a button of a form.
    public struct Input: Sendable, Hashable {
        /// In lower case: `hidden`, `radio`, `submit`, …
        public let type: String
        public let name: String
        public let value: String
        /// What its `<label for>` says, or the words on a button.
        public var label: String
        fileprivate let id: String
    }

    /// As it stands in the page, entities decoded.
    public let action: String
    /// In lower case.
    public let method: String
    public private(set) var inputs: [Input] = []

    /// The forms of a page in order.
    public static func forms(in page: String) -> [HTMLForm] {
        var out: [HTMLForm] = []
        var labels: [String: String] = [:]
        var isOpen = false
        let parts = HTMLScan.parts(of: page)
        for (index, part) in parts.enumerated() {
            guard case .tag(let name, let attributes) = part else { continue }
            switch name {
            case "form":
                out.append(
                    HTMLForm(action: attributes["action"] ?? "", method: (attributes["method"] ?? "get").lowercased()))
                isOpen = true
            case "/form": isOpen = false
            case "input", "button":
                guard isOpen else { continue }
                let label = name == "button" ? HTMLScan.text(from: index, until: "/button", parts) : ""
                let type = (attributes["type"] ?? (name == "button" ? "submit" : "text")).lowercased()
                out[out.count - 1].inputs.append(
                    Input(
                        type: type, name: attributes["name"] ?? "", value: attributes["value"] ?? "", label: label,
                        id: attributes["id"] ?? ""))
            case "label":
                if let target = attributes["for"] {
                    labels[target] = HTMLScan.text(from: index, until: "/label", parts)
                }
            default: break
            }
        }
        for form in out.indices {
            for at in out[form].inputs.indices {
                if let words = labels[out[form].inputs[at].id] { out[form].inputs[at].label = words }
            }
        }
        return out
    }

    /// The words of the page's title and its text without tags, one space between.
    public static func words(of page: String) -> (title: String, text: String) {
        let parts = HTMLScan.parts(of: page)
        var title = ""
        var text: [String] = []
        var hidden: String?
        for (index, part) in parts.enumerated() {
            switch part {
            case .tag(let name, _):
                if name == "title" { title = HTMLScan.text(from: index, until: "/title", parts) }
                if hidden == nil, ["head", "style", "script"].contains(name) { hidden = "/" + name }
                if name == hidden { hidden = nil }
            case .text(let words):
                if hidden == nil, !words.isEmpty { text.append(words) }
            }
        }
        return (title, text.joined(separator: " "))
    }
}

/// Tags and texts of a page. No tree: forms, labels and titles need none.
private enum HTMLScan {
    enum Part {
        /// Name in lower case, `/name` for an end; attribute names in lower case.
        case tag(String, [String: String])
        /// Entities decoded, white space folded.
        case text(String)
    }

    static func parts(of page: String) -> [Part] {
        var out: [Part] = []
        var rest = Substring(page)
        while let open = rest.firstIndex(of: "<") {
            out.append(.text(folded(rest[..<open])))
            rest = rest[open...]
            if rest.hasPrefix("<!--") {
                guard let end = rest.firstRange(of: "-->") else { return out }
                rest = rest[end.upperBound...]
                continue
            }
            rest = rest.dropFirst()
            out.append(tag(&rest))
        }
        out.append(.text(folded(rest)))
        return out
    }

    static func text(from index: Int, until end: String, _ parts: [Part]) -> String {
        var out: [String] = []
        for part in parts[(index + 1)...] {
            switch part {
            case .tag(let name, _): if name == end { return out.joined(separator: " ") }
            case .text(let words): if !words.isEmpty { out.append(words) }
            }
        }
        return out.joined(separator: " ")
    }

    private static func tag(_ rest: inout Substring) -> Part {
        let name = rest.prefix { $0 != ">" && !$0.isWhitespace }
        rest = rest[name.endIndex...]
        var attributes: [String: String] = [:]
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "/" }
            guard let first = rest.first, first != ">" else { break }
            let key = rest.prefix { $0 != "=" && $0 != ">" && $0 != "/" && !$0.isWhitespace }
            rest = rest[key.endIndex...]
            var value = ""
            if rest.first == "=" {
                rest = rest.dropFirst()
                value = attribute(&rest)
            } else if key.isEmpty {
                rest = rest.dropFirst()
            }
            if attributes[key.lowercased()] == nil { attributes[key.lowercased()] = value }
        }
        rest = rest.dropFirst()
        return .tag(name.lowercased(), attributes)
    }

    private static func attribute(_ rest: inout Substring) -> String {
        guard let quote = rest.first, quote == "\"" || quote == "'" else {
            let bare = rest.prefix { $0 != ">" && !$0.isWhitespace }
            rest = rest[bare.endIndex...]
            return decoded(bare)
        }
        let inside = rest.dropFirst().prefix { $0 != quote }
        rest = rest[inside.endIndex...].dropFirst()
        return decoded(inside)
    }

    private static func folded(_ text: Substring) -> String {
        decoded(text.split(whereSeparator: \.isWhitespace).joined(separator: " ")[...])
    }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]

    private static func decoded(_ text: Substring) -> String {
        var out = ""
        var rest = text
        while let mark = rest.firstIndex(of: "&") {
            out += rest[..<mark]
            rest = rest[mark...]
            let name = rest.dropFirst().prefix { $0 != ";" && $0 != "&" }
            guard name.utf8.count <= 10, name.endIndex < rest.endIndex, rest[name.endIndex] == ";",
                let character = entities[String(name)] ?? numeric(name)
            else {
                out += "&"
                rest = rest.dropFirst()
                continue
            }
            out += character
            rest = rest[rest.index(after: name.endIndex)...]
        }
        return out + rest
    }

    private static func numeric(_ name: Substring) -> String? {
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let value = digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }
}
