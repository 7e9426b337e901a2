import Wire

/// The conformance table, for people and for programs.
public struct Report: Sendable {
    public let findings: [ModuleFinding]

    public init(findings: [ModuleFinding]) { self.findings = findings }

    private func count(_ verdict: ModuleFinding.Verdict) -> Int { findings.count { $0.verdict == verdict } }

    public var holds: Bool { count(.fail) == 0 }

    /// `module | expected | seen | pass`, and how many there are of each.
    public var table: String {
        let rows =
            [["module", "expected", "seen", "pass"]]
            + findings.map { [$0.module, $0.expected, $0.seen, $0.verdict.rawValue] }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ") + " | "
                + row[3]
        }
        let sum = "\(count(.pass)) pass, \(count(.fail)) fail"
        return (lines + ["", sum]).joined(separator: "\n")
    }

    /// The same: `{"modules": [{"module", "words", "expected", "seen", "verdict"}], "pass", "fail"}`.
    public var json: String {
        let rows = findings.map { finding -> JSON in
            [
                "module": .string(finding.module), "words": .string(finding.words),
                "expected": .string(finding.expected), "seen": .string(finding.seen),
                "verdict": .string(finding.verdict.rawValue),
            ]
        }
        let whole: JSON = [
            "modules": .array(rows), "pass": .int(count(.pass)), "fail": .int(count(.fail)),
        ]
        return whole.pretty()
    }
}
