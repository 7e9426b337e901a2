/// Text set to a width. One character counts as one column.
public enum Paragraphs {
    /// Lines of at most `width` characters; a word that is longer stands alone and sticks out.
    /// - Parameters:
    ///   - first: what the first line begins with; the others are indented as far.
    ///   - hanging: how far the others are indented instead.
    public static func wrap(_ text: String, width: Int, first: String = "", hanging: Int? = nil) -> [String] {
        let margin = String(repeating: " ", count: hanging ?? first.count)
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                (line, isEmpty) = (margin, true)
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    /// Two columns, or in a narrow place one below the other.
    static func list(_ entries: [Item], width: Int) -> [String] {
        let longest = entries.map(\.term.count).filter { $0 <= 30 }.max() ?? 0
        let column = longest + 4
        let isNarrow = width - column < 24
        return entries.flatMap { entry -> [String] in
            if isNarrow || entry.term.count > longest {
                let margin = isNarrow ? 6 : column
                let pad = String(repeating: " ", count: margin)
                return wrap(entry.term, width: width, first: "  ", hanging: 4)
                    + (entry.text.isEmpty ? [] : wrap(entry.text, width: width, first: pad))
            }
            let term = "  " + entry.term
            let pad = String(repeating: " ", count: column - term.count)
            return wrap(entry.text, width: width, first: term + pad).map(trimmed)
        }
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
