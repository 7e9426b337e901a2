extension Program {
    /// The manual page, in roff for man(7); plain ASCII.
    public var manual: String {
        var page = [
            ".TH \(name.uppercased()) \(section) \"\" \"Purser \(Release.version)\" \"Purser\"", ".SH NAME",
            "\(Roff.text(name)) \\- \(Roff.text(root.summary))", ".SH SYNOPSIS",
        ]
        for (path, command) in everything {
            page += [path.isEmpty ? ".nf" : "", Roff.bold(usage(path, command))].filter { !$0.isEmpty }
        }
        page += [".fi", ".SH DESCRIPTION"] + root.text.flatMap(Self.roff)
        page += [".SH COMMANDS"]
        for (path, command) in everything where !path.isEmpty {
            page += [".SS \"\(Roff.text(usage(path, command)))\""]
            page += [Roff.sentence(command.summary)] + command.text.flatMap(Self.roff)
            page += Self.options(command.options) + Self.examples(command.examples)
        }
        page += [".SH OPTIONS"] + Self.options(root.options)
        if !root.options.isEmpty { page += [".PP", "Every command takes:"] }
        page += Self.options(everywhere)
        page += Self.section("EXIT STATUS", exitCodes) + Self.section("ENVIRONMENT", environment)
        page += Self.section("FILES", files)
        if !root.examples.isEmpty { page += [".SH EXAMPLES"] + Self.examples(root.examples) }
        if !seeAlso.isEmpty { page += [".SH SEE ALSO", Roff.text(seeAlso.joined(separator: ", "))] }
        return page.joined(separator: "\n")
    }

    private static func roff(_ block: Block) -> [String] {
        switch block {
        case .paragraph(let text): [".PP", Roff.text(text)]
        case .list(let entries): entries.flatMap(item)
        }
    }

    private static func item(_ entry: Item) -> [String] {
        [".TP", Roff.bold(entry.term), Roff.text(entry.text)]
    }

    private static func options(_ options: [Option]) -> [String] { entries(options).flatMap(item) }

    private static func examples(_ examples: [Example]) -> [String] {
        examples.flatMap { [".PP", Roff.text($0.text) + ":", ".RS 4", ".nf", Roff.bold($0.line), ".fi", ".RE"] }
    }

    private static func section(_ title: String, _ entries: [Item]) -> [String] {
        entries.isEmpty ? [] : [".SH \"\(title)\""] + entries.flatMap(item)
    }
}

/// Text for roff: nothing of it is taken for a request.
enum Roff {
    static func text(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "'": out += "\\(aq"
            case "`": out += "\\(ga"
            case "^": out += "\\(ha"
            case "~": out += "\\(ti"
            case "\"": out += "\\(dq"
            // A terminal without UTF-8 has no such letter.
            case "…": out += "..."
            case _ where scalar.isASCII: out.unicodeScalars.append(scalar)
            default:
                let number = String(scalar.value, radix: 16, uppercase: true)
                out += "\\[u" + String(repeating: "0", count: max(0, 4 - number.count)) + number + "]"
            }
        }
        return out.hasPrefix(".") ? "\\&" + out : out
    }

    static func bold(_ words: String) -> String { "\\fB" + text(words) + "\\fR" }

    /// A summary as a sentence.
    static func sentence(_ words: String) -> String { text(words.prefix(1).uppercased() + words.dropFirst()) + "." }
}
