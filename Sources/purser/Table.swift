/// Columns of text, set to the terminal's width: first names are cut, then columns are left out that it can do without.
/// A balance is never cut.
struct Table {
    struct Column {
        /// Which end of a text is worth more.
        enum Cut {
            case never
            /// The start stays: `Skyways…`.
            case end
            /// The end stays: `…1234`.
            case start

            fileprivate var least: Int {
                switch self {
                case .never: .max
                case .end: 8
                case .start: 5
                }
            }
        }

        let title: String
        let isRight: Bool
        let cut: Cut
        /// It is cut to less than this only when no column is left that can be left out.
        let keeps: Int
        /// When it is left out: the lowest first; nil: never.
        let goes: Int?

        init(_ title: String, right: Bool = false, cut: Cut = .never, keeps: Int = 0, goes: Int? = nil) {
            self.title = title
            isRight = right
            self.cut = cut
            self.keeps = keeps
            self.goes = goes
        }

        fileprivate func least(_ hard: Bool) -> Int { hard ? cut.least : max(cut.least, keeps) }
    }

    let columns: [Column]
    var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    func lines(_ terminal: Terminal) -> [String] {
        var shown = columns.indices.filter { at in rows.contains { !$0[at].isEmpty } }
        var widths = fitted(shown, terminal.width)
        while Self.total(widths) > terminal.width,
            let next = shown.filter({ columns[$0].goes != nil }).min(by: { columns[$0].goes! < columns[$1].goes! })
        {
            shown.removeAll { $0 == next }
            widths = fitted(shown, terminal.width)
        }
        if Self.total(widths) > terminal.width { widths = fitted(shown, terminal.width, hard: true) }
        let head = line(shown.map { columns[$0].title }, shown, widths)
        return [terminal.faint(head)] + rows.map { row in line(shown.map { row[$0] }, shown, widths) }
    }

    private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) }

    /// How wide each column is, the widest that may be cut made narrower first.
    private func fitted(_ shown: [Int], _ width: Int, hard: Bool = false) -> [Int] {
        var widths = shown.map { at in max(columns[at].title.count, rows.map { $0[at].count }.max() ?? 0) }
        while Self.total(widths) > width {
            let cuttable = shown.indices.filter { widths[$0] > columns[shown[$0]].least(hard) }
            guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ texts: [String], _ shown: [Int], _ widths: [Int]) -> String {
        var out: [String] = []
        for (index, text) in texts.enumerated() {
            let column = columns[shown[index]]
            let cut = Self.cut(text, to: widths[index], column.cut)
            let pad = String(repeating: " ", count: max(0, widths[index] - cut.count))
            out.append(column.isRight ? pad + cut : cut + pad)
        }
        var line = out.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func cut(_ text: String, to width: Int, _ cut: Column.Cut) -> String {
        guard text.count > width else { return text }
        return cut == .start ? "…" + text.suffix(width - 1) : text.prefix(width - 1) + "…"
    }
}
