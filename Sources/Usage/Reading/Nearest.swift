/// The known word that somebody most likely meant.
enum Nearest {
    static func to(_ word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 40 else { return nil }
        let ranked = known.map { (distance(Array(word), Array($0)), $0) }
        // Ties go to the first: the order of the description.
        guard let best = ranked.min(by: { $0.0 < $1.0 }) else { return nil }
        let bare = best.1.drop { $0 == "-" }.count
        return best.0 <= max(1, min(bare / 3, 2)) ? best.1 : nil
    }

    /// How many letters must be put in, left out, changed or swapped with their neighbour.
    static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var rows = [Array(0...other.count)]
        for (i, a) in one.enumerated() {
            var row = [i + 1]
            for (j, b) in other.enumerated() {
                var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == other[j - 1], one[i - 1] == b { least = min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }
}

/// Words from outside, fit for a terminal: no control characters, not endless.
enum Plain {
    static func word(_ text: String) -> String {
        let kept = text.unicodeScalars.map { scalar in
            scalar.value < 32 || (127..<160).contains(scalar.value) ? "?" : scalar
        }
        var shown = String.UnicodeScalarView()
        shown.append(contentsOf: kept.prefix(60))
        return String(shown) + (kept.count > 60 ? "…" : "")
    }
}
