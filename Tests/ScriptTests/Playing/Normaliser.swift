// What differs from one run to the next, and what stands for it in a transcript:
//
//     lnk_… acc_… mem_… and the like   lnk_1, lnk_2 in the order they first appear; where a column follows, as wide as before
//     purser_…                         TOKEN: an API token
//     2026-11-25T08:17:12.123Z         TIME
//     2026-11-25, 2026-11-25 09:14 UTC YYYY-MM-DD, YYYY-MM-DD HH:MM UTC (with or without UTC)
//     just now, 3 min ago, 2 h ago     just now
//     state=…, nonce=…, code_challenge=…, rid=…   state=STATE and so on
//     cl_…                             CLIENT: what a pretended provider calls a client that registered itself
//     BCDF-GHJK                        USER-CODE
//     lines of half blocks             PICTURE, once for all of them; "qr":[…] with --json
//     the port of the daemon           PORT; of a pretended provider: the provider's name, SKYWAYS
//     the scratch folder               HOUSE, where the programs lie: PROGRAMS
//     escape sequences                 ␛[2m; a line that is written over shows only how it ends
//
// Everything else is exact.

/// Puts stable words in the place of what varies. One for a whole transcript, so that an id keeps its number.
struct Normaliser {
    /// Texts of this run and what stands for each; longer ones first.
    var known: [(text: String, word: String)] {
        didSet { known.sort { $0.text.count > $1.text.count } }
    }
    private var numbers: [String: String] = [:]
    private var counts: [Substring: Int] = [:]

    init(_ known: [(text: String, word: String)]) { self.known = known }

    /// A program's output as lines without what varies.
    mutating func lines(_ text: String) -> [String] {
        guard !text.isEmpty else { return [] }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { settled(String($0)) }
        // However many lines a picture has.
        lines = lines.indices.filter { !lines[$0].contains("PICTURE") || $0 == 0 || lines[$0 - 1] != lines[$0] }
            .map { lines[$0] }
        // What ends with a line break ends with an empty piece; what does not is shown to lack it.
        if lines.last == "" { lines.removeLast() } else { lines[lines.count - 1] += "␄" }
        return lines
    }

    private mutating func settled(_ line: String) -> String {
        var line = Self.overwritten(line)
        for (text, word) in known { line = line.replacing(text, with: word) }
        line = numbered(line)
        line = line.replacing(#/\bpurser_[a-z2-7]{52}\b/#, with: "TOKEN")
        // The ports that the system hands out have five digits; those that somebody wrote down have four.
        line = line.replacing(#/127\.0\.0\.1(:|%3A)\d{5}\b/#) { "127.0.0.1\($0.1)PORT" }
        line = line.replacing(#/\d{4}-\d\d-\d\dT[0-9:.]+Z/#, with: "TIME")
        line = line.replacing(#/\d{4}-\d\d-\d\d/#, with: "YYYY-MM-DD")
        line = line.replacing(#/YYYY-MM-DD \d\d:\d\d/#, with: "YYYY-MM-DD HH:MM")
        line = line.replacing(#/\d+ (min|h) ago/#, with: "just now")
        line = line.replacing(#/\b(state|nonce|code_challenge|rid)=[A-Za-z0-9_~.%-]+/#) { match in
            "\(match.1)=\(match.1.uppercased())"
        }
        line = line.replacing(#/\bcl_[A-Za-z0-9_-]{43}/#, with: "CLIENT")
        line = line.replacing(#/[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/#, with: "USER-CODE")
        line = line.replacing(#/[█▀▄ ]*[█▀▄][█▀▄ ]*/#, with: "PICTURE")
        line = line.replacing(#/"qr":\[[^\]]*\]/#, with: #""qr":[…]"#)
        return line.replacing("\u{1b}", with: "␛").replacing("\r", with: "␍")
    }

    /// A terminal's line after everything that was written over it.
    private static func overwritten(_ line: String) -> String {
        line.ranges(of: "\r\u{1b}[K").last.map { String(line[$0.upperBound...]) } ?? line
    }

    private mutating func numbered(_ line: String) -> String {
        var out = ""
        var rest = line[...]
        while let match = rest.firstMatch(of: #/\b(lnk|acc|mem|ent|rcp|tok|obs)_[a-z2-7]{16}\b/#) {
            out += rest[..<match.range.lowerBound]
            let id = String(match.0)
            let word = numbers[id] ?? next(match.1)
            numbers[id] = word
            rest = rest[match.range.upperBound...]
            out += word
            if rest.hasPrefix("  ") { out += String(repeating: " ", count: id.count - word.count) }
        }
        return out + rest
    }

    private mutating func next(_ kind: Substring) -> String {
        counts[kind, default: 0] += 1
        return "\(kind)_\(counts[kind]!)"
    }
}
