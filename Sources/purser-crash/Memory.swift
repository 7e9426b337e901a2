import CLinux
import Glibc
import TestSupport

/// A process's memory as a core would have it: what is written and private, without what is kept out of dumps.
struct Memory {
    private(set) var bytesSearched = 0
    /// Bytes that a core has not (`MADV_DONTDUMP`).
    private(set) var bytesKeptOut = 0
    private(set) var hits: [SecretScan.Hit] = []

    private struct Region {
        let range: Range<UInt64>
        let name: String
        var isKeptOut = false
    }

    /// - Parameters:
    ///   - process: one that may be read: its parent is root, or it allows itself to be dumped.
    ///   - keptOut: searches what a core would not have, and nothing else.
    init?(of process: pid_t, _ scan: SecretScan, keptOut: Bool = false) {
        let memory = clinux_open("/proc/\(process)/mem", O_RDONLY, 0)
        guard memory >= 0 else { return nil }
        defer { close(memory) }
        for region in Self.regions(process) {
            let count = Int(region.range.upperBound - region.range.lowerBound)
            if region.isKeptOut { bytesKeptOut += count }
            guard region.isKeptOut == keptOut else { continue }
            // In pieces with an overlap, since a heap may be large.
            let piece = 4 << 20
            var at = 0
            while at < count {
                var room = [UInt8](repeating: 0, count: min(piece + 64, count - at))
                let got = pread(memory, &room, room.count, off_t(region.range.lowerBound) + off_t(at))
                if got <= 0 { break }
                hits += scan.hits(in: Array(room[..<got]), region.name, limit: 10_000)
                bytesSearched += min(got, piece)
                at += piece
            }
        }
    }

    private static func regions(_ process: pid_t) -> [Region] {
        var out: [Region] = []
        for line in Files.text("/proc/\(process)/smaps").split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.first == "VmFlags:" {
                if words.contains("dd"), !out.isEmpty { out[out.count - 1].isKeptOut = true }
                continue
            }
            let ends = (words.first ?? "").split(separator: "-")
            guard ends.count == 2, words.count >= 5, let low = UInt64(ends[0], radix: 16),
                let high = UInt64(ends[1], radix: 16), words[1].hasPrefix("rw"), low < 1 << 47
            else { continue }
            out.append(Region(range: low..<high, name: words.count > 5 ? String(words[5]) : "its heap"))
        }
        return out
    }
}
