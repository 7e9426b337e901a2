/// Columns of text. Too wide for the terminal, the widest texts are cut; numbers never are.
struct Table {
    struct Column {
        let title: String
        let isRight: Bool
        let mayBeCut: Bool

        init(_ title: String, right: Bool = false, cut: Bool = false) {
            self.title = title
            isRight = right
            mayBeCut = cut
        }
    }

    let columns: [Column]
    var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    func lines(_ terminal: Terminal) -> [String] {
        let shown = columns.indices.filter { at in rows.contains { !$0[at].isEmpty } }
        var widths = shown.map { at in max(columns[at].title.count, rows.map { $0[at].count }.max() ?? 0) }
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - terminal.width
        while excess > 0 {
            let cuttable = shown.indices.filter { columns[shown[$0]].mayBeCut && widths[$0] > 8 }
            guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        let head = line(shown.map { columns[$0].title }, shown, widths)
        return [terminal.faint(head)] + rows.map { row in line(shown.map { row[$0] }, shown, widths) }
    }

    private func line(_ texts: [String], _ shown: [Int], _ widths: [Int]) -> String {
        var out: [String] = []
        for (index, text) in texts.enumerated() {
            let cut = text.count > widths[index] ? String(text.prefix(widths[index] - 1)) + "…" : text
            let pad = String(repeating: " ", count: max(0, widths[index] - cut.count))
            out.append(columns[shown[index]].isRight ? pad + cut : cut + pad)
        }
        var line = out.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
