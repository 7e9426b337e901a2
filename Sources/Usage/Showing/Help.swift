extension Program {
    /// Lines longer than this tire the eye, however wide the terminal is.
    private static var widest: Int { 100 }

    /// What `--help` shows of the whole (an empty path) or of one command.
    func help(_ path: [String], _ command: Command<Action>, width: Int) -> String {
        let width = min(max(20, width), Self.widest)
        var parts: [[String]] = []
        if path.isEmpty {
            parts.append(Paragraphs.wrap("\(name): \(command.summary)", width: width))
            parts.append(usages(path, command, width))
        } else {
            parts.append(usages(path, command, width))
            parts.append(Paragraphs.wrap(command.summary, width: width))
        }
        parts += command.text.map { Self.lines($0, width) }
        if !command.commands.isEmpty { parts.append(["commands"] + commands(path, command, width)) }
        if !command.options.isEmpty {
            parts.append(["options"] + Paragraphs.list(Self.entries(command.options), width: width))
        }
        if path.isEmpty {
            parts.append(["options of every command"] + Paragraphs.list(Self.entries(everywhere), width: width))
            parts += sections(width)
        } else if command.takesCommon, !common.isEmpty {
            let names = everywhere.map(\.name).joined(separator: ", ")
            parts.append(Paragraphs.wrap("and as always: \(names)", width: width))
        }
        if !command.examples.isEmpty {
            let entries = command.examples.map { Item($0.line, $0.text) }
            parts.append(["examples"] + Paragraphs.list(entries, width: width))
        }
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    /// What every command takes.
    var everywhere: [Option] { common + [Self.help, Self.version] }

    static func entries(_ options: [Option]) -> [Item] { options.map { Item($0.spelled, $0.summary) } }

    private func usages(_ path: [String], _ command: Command<Action>, _ width: Int) -> [String] {
        var lines = command.isWhole ? [usage(path, command)] : []
        if !command.commands.isEmpty { lines.append(([name] + path + ["COMMAND", "…"]).joined(separator: " ")) }
        return lines.enumerated().flatMap { index, line in
            Paragraphs.wrap(line, width: width, first: index == 0 ? "usage: " : "       ", hanging: 11)
        }
    }

    private func commands(_ path: [String], _ command: Command<Action>, _ width: Int) -> [String] {
        let below = everything.filter { $0.path.count > path.count && $0.path.starts(with: path) }
        let entries = below.map { found in
            let words = found.path.dropFirst(path.count) + found.command.arguments.map(\.inUsage)
            return Item(words.joined(separator: " "), found.command.summary)
        }
        return Paragraphs.list(entries, width: width)
    }

    private func sections(_ width: Int) -> [[String]] {
        [("exit codes", exitCodes), ("environment", environment), ("files", files)].compactMap { title, entries in
            entries.isEmpty ? nil : [title] + Paragraphs.list(entries, width: width)
        }
    }

    private static func lines(_ block: Block, _ width: Int) -> [String] {
        switch block {
        case .paragraph(let text): Paragraphs.wrap(text, width: width)
        case .list(let entries): Paragraphs.list(entries, width: width)
        }
    }
}
