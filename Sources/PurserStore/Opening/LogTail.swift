import PurserEngine

/// Whether a write-ahead log ends where it was written to (the SQLite file format, section 4). SQLite takes everything up to
/// the first frame whose sum does not hold, and cannot tell a write that was cut short from one that the disk changed
/// afterwards: what comes after is gone either way, and somebody should hear of it.
enum LogTail: Equatable {
    /// Nothing was lost that can be seen.
    case whole
    /// So many frames are good, and after them there is something of the same log that is not.
    case broken(after: Int)

    private static let headerCount = 32
    private static let frameHeaderCount = 24

    /// - Parameter bytes: all of the log.
    init(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headerCount + Self.frameHeaderCount, bytes.contains(where: { $0 != 0 }) else {
            self = .whole
            return
        }
        var sum = LogSum(isBigEndian: bytes[3] & 1 == 1)
        sum.add(bytes, 0..<24)
        let page = Self.number(bytes, 8)
        guard bytes.starts(with: [0x37, 0x7f, 0x06]), sum.stands(in: bytes, at: 24), page >= 512, page <= 65_536 else {
            self = .broken(after: 0)
            return
        }
        let salts = bytes[16..<24]
        func isOfThisLog(_ at: Int) -> Bool { bytes[(at + 8)..<(at + 16)].elementsEqual(salts) }
        let frames = stride(from: Self.headerCount, to: bytes.count, by: Self.frameHeaderCount + page)
            .filter { $0 + Self.frameHeaderCount + page <= bytes.count }
        for (number, at) in frames.enumerated() {
            sum.add(bytes, at..<(at + 8))
            sum.add(bytes, (at + Self.frameHeaderCount)..<(at + Self.frameHeaderCount + page))
            guard isOfThisLog(at), sum.stands(in: bytes, at: at + 16) else {
                self = frames[number...].contains(where: isOfThisLog) ? .broken(after: number) : .whole
                return
            }
        }
        // Part of a frame: SQLite writes header and page apart, so a kill may leave one without the other.
        let end = frames.last.map { $0 + Self.frameHeaderCount + page } ?? Self.headerCount
        self = bytes.count >= end + 16 && isOfThisLog(end) ? .broken(after: frames.count) : .whole
    }

    private static func number(_ bytes: [UInt8], _ at: Int) -> Int {
        bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The running sum of a log (section 4.2).
private struct LogSum {
    let isBigEndian: Bool
    private var sums: (UInt32, UInt32) = (0, 0)

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
        bytes.withUnsafeBytes { raw in
            for at in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                let words = (word(raw, at), word(raw, at + 4))
                sums.0 &+= words.0 &+ sums.1
                sums.1 &+= words.1 &+ sums.0
            }
        }
    }

    /// Sums are written big-endian, whatever they were made of.
    func stands(in bytes: [UInt8], at place: Int) -> Bool {
        bytes.withUnsafeBytes { raw in
            let said = (
                raw.loadUnaligned(fromByteOffset: place, as: UInt32.self).bigEndian,
                raw.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self).bigEndian
            )
            return said == sums
        }
    }

    private func word(_ raw: UnsafeRawBufferPointer, _ at: Int) -> UInt32 {
        let word = raw.loadUnaligned(fromByteOffset: at, as: UInt32.self)
        return isBigEndian ? word.bigEndian : word.littleEndian
    }
}
