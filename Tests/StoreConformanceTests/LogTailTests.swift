import PurserEngine
import Testing
import Wire

@testable import PurserStore

/// What a write-ahead log tells of its own end.
@Suite("The end of a log")
struct LogTailTests {
    private static let frame = 24 + 4096

    /// A log as a process that was killed leaves it, and how many frames it has.
    private static func killed() throws -> (file: TemporaryFolder, log: [UInt8], frames: Int) {
        let file = try TemporaryFolder()
        let store = try Bench(file: file)
        for number in 0..<12 { try store.pending("lnk_\(number)") }
        let log = file.contents("purser.db-wal")
        store.writer?.close()
        return (file, log, (log.count - 32) / frame)
    }

    @Test("A log that was left in the middle of things is whole, and so is none")
    func whole() throws {
        let (_, log, frames) = try Self.killed()
        #expect(frames > 20)
        #expect(LogTail(log) == .whole)
        for frame in 0...frames { #expect(LogTail(Array(log.prefix(32 + frame * Self.frame))) == .whole) }
        for count in [0, 31, 32, 55, 4000] { #expect(LogTail([UInt8](repeating: 0, count: count)) == .whole) }
    }

    @Test("A frame that was cut short is seen; what stands behind an older log's end is no loss")
    func ends() throws {
        let (_, log, frames) = try Self.killed()
        for count in [1, 4096, Self.frame - 16] {
            #expect(LogTail(Array(log.dropLast(count))) == .broken(after: frames - 1), "\(count)")
        }
        var older = log
        let from = 32 + (frames / 2) * Self.frame
        // Salts of another log, from there on.
        for at in stride(from: from, to: log.count, by: Self.frame) { older[at + 8] ^= 1 }
        #expect(LogTail(older) == .whole)
    }

    @Test("A change in any frame is seen, with how many are good before it; so is one in the header")
    func changes() throws {
        let (_, log, frames) = try Self.killed()
        for number in 0..<frames {
            // Page number, salt, sum, page.
            for place in [3, 8, 16, 24, 24 + 4095] {
                var bytes = log
                bytes[32 + number * Self.frame + place] ^= 4
                // The last frame with another salt looks like the end of an older log.
                let isEnd = place == 8 && number == frames - 1
                #expect(LogTail(bytes) == (isEnd ? .whole : .broken(after: number)), "\(number) \(place)")
            }
        }
        for place in [0, 4, 8, 16, 24, 31] {
            var bytes = log
            bytes[place] ^= 0x40
            #expect(LogTail(bytes) == .broken(after: 0), "\(place)")
        }
    }

    @Test("Whoever opens a database whose log is broken is told, and of no other")
    func told() throws {
        let (file, log, _) = try Self.killed()
        func open(_ log: [UInt8]) throws -> Bool {
            for name in file.names { file.remove(name) }
            let writer = try SQLiteFile.open(path: file.database)
            writer.close()
            file.write(log, as: "purser.db-wal")
            let again = try SQLiteFile.open(path: file.database)
            defer { again.close() }
            return again.lostLog
        }
        #expect(try !open([]))
        var broken = log
        broken[32 + 5 * Self.frame + 100] ^= 1
        #expect(try open(broken))
    }
}
