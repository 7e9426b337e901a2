// A transcript, as CONTRIBUTING.md tells it to whoever writes one:
//
//     # words for the reader
//     @ something to prepare, see Player
//     $ a command, as a shell takes it
//     > a line of its standard output; all that a terminal shows, where it has one
//     ! a line of its standard error
//     = its exit code, where that is not 0

/// A transcript file: commands, and exactly what they answer.
struct Script {
    enum Line: Hashable {
        /// A remark or an empty line; kept as it is.
        case words(String)
        case preparation(String)
        case command(String)
    }

    /// What a command said, line by line, and how it ended.
    struct Answer: Hashable, CustomStringConvertible {
        var output: [String] = []
        var errors: [String] = []
        var code: Int32 = 0

        var lines: [String] {
            output.map { Self.marked(">", $0) } + errors.map { Self.marked("!", $0) } + (code == 0 ? [] : ["= \(code)"])
        }
        var description: String { lines.joined(separator: "\n") }

        private static func marked(_ mark: String, _ line: String) -> String { line.isEmpty ? mark : mark + " " + line }
    }

    var steps: [(line: Line, answer: Answer)] = []

    /// Nil: a line begins with nothing that is known.
    init?(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let rest = String(line.dropFirst(2))
            switch line.first {
            case nil, "#": steps.append((.words(String(line)), Answer()))
            case "@": steps.append((.preparation(rest), Answer()))
            case "$": steps.append((.command(rest), Answer()))
            case ">" where !steps.isEmpty: steps[steps.count - 1].answer.output.append(rest)
            case "!" where !steps.isEmpty: steps[steps.count - 1].answer.errors.append(rest)
            case "=" where !steps.isEmpty: steps[steps.count - 1].answer.code = Int32(rest) ?? -1
            default: return nil
            }
        }
    }

    var text: String {
        var out = ""
        for (line, answer) in steps {
            switch line {
            case .words(let words): out += words
            case .preparation(let words): out += "@ " + words
            case .command(let words): out += "$ " + words
            }
            out += "\n" + answer.lines.map { $0 + "\n" }.joined()
        }
        return out
    }
}
