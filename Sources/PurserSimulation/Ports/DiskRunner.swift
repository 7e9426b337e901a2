import CFaultyDisk
public import PurserEngine
import PurserStore

// The real store on a disk that fails (CFaultyDisk): its own SQL, SQLite's own log and recovery.
//
// Beside it runs a shadow: the same verbs in memory, each after SQLite has acknowledged it. What a new process finds
// after a crash must be the shadow, or the shadow with the one verb more that was never answered.

/// Verbs in SQLite on a simulated disk. A crash drops the connection as it is; the disk then decides what it kept.
public final class DiskRunner: VerbRunner {
    private let disk: OpaquePointer
    private var writer: StoreWriter?
    private let shadow = MemoryVerbs(MemoryState(storeID: "simulated"))
    /// What the store may hold as well: a verb failed, and its transaction may have reached the disk.
    private var inDoubt: MemoryState?
    private var random: SeededRandom
    private var wanted = DiskTrouble()
    public var violations: [String] { broken + shadow.unfair }
    private var broken: [String] = []
    /// How often the file was opened after a crash, and how often the power had gone.
    public private(set) var reopened = 0
    public private(set) var powerCuts = 0

    private static let path = "purser.db"
    /// So many of a thousand writes are followed by a checkpoint: the daemon makes one whenever it has nothing to do.
    private static let checkpoints = 30

    public init(seed: UInt64) throws(StoreError) {
        guard let made = faulty_disk_new(seed ^ 0xD15C) else { throw .failed("no memory for a disk") }
        disk = made
        random = SeededRandom(seed: seed ^ 0xD15C0)
        do { writer = try Self.open(disk) } catch {
            faulty_disk_free(disk)
            throw error
        }
    }

    deinit {
        writer?.close()
        faulty_disk_free(disk)
    }

    private static func open(_ disk: OpaquePointer) throws(StoreError) -> StoreWriter {
        try SQLiteFile.open(path: path, onDisk: String(cString: faulty_disk_name(disk)), storeID: "simulated")
    }

    /// Failures that were put in so far.
    public var failures: Int { Int(faulty_disk_failures(disk)) }

    public var isFatal: Bool { faulty_disk_is_dead(disk) != 0 || faulty_disk_has_failed_sync(disk) != 0 }

    public func write<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R) throws(StoreError) -> R {
        guard let writer, !isFatal else { throw .closed }
        let result: R
        do { result = try writer.batch(verb) } catch {
            if case .failed = error { throw error }
            inDoubt = after(verb) ?? inDoubt
            throw error
        }
        follow(verb, result)
        if random.chance(Self.checkpoints) { _ = try? writer.checkpoint() }
        return result
    }

    public func read<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        guard let writer, !isFatal else { throw .closed }
        return try writer.read(look)
    }

    public func inspect<R>(_ look: (any StoreReads) throws(StoreError) -> R) throws(StoreError) -> R {
        try look(shadow)
    }

    /// What memory holds after a verb; nil: the verb throws there.
    private func after(_ verb: (any StoreVerbs) throws(StoreError) -> some Any) -> MemoryState? {
        let before = shadow.state
        defer { shadow.state = before }
        do throws(StoreError) { _ = try verb(shadow) } catch { return nil }
        return shadow.state
    }

    private func follow<R>(_ verb: (any StoreVerbs) throws(StoreError) -> R, _ result: R) {
        inDoubt = nil
        do throws(StoreError) {
            let other = try verb(shadow)
            if let one = result as? any Equatable, !Self.isSame(one, other) {
                broken.append("SQLite answered \(result) and memory \(other)")
            }
        } catch { broken.append("SQLite did what memory refuses: \(error)") }
    }

    private static func isSame<E: Equatable>(_ one: E, _ other: Any) -> Bool { (other as? E) == one }

    public func trouble(_ trouble: DiskTrouble) {
        wanted = trouble
        apply(trouble)
    }

    public func light(diskCalls: Int) { faulty_disk_light(disk, Int32(clamping: diskCalls)) }

    private func apply(_ trouble: DiskTrouble) {
        faulty_disk_set_trouble(
            disk,
            faulty_disk_trouble(
                read_error: Int32(trouble.readErrors), read_flip: Int32(trouble.turnedBits),
                write_error: Int32(trouble.writeErrors),
                write_full: Int32(trouble.writesWithoutRoom), sync_error: Int32(trouble.syncErrors),
                is_full: trouble.isFull ? 1 : 0))
    }

    public func crash() {
        let losesPower = faulty_disk_is_dead(disk) != 0 || random.chance(500)
        powerCuts += losesPower ? 1 : 0
        stop(losingPower: losesPower)
        // What is wrong with a disk is wrong when a new process starts as well; somebody mends it in the end.
        for _ in 0..<4 {
            if let found = try? Self.open(disk), !isFatal {
                writer = found
                break
            }
            stop(losingPower: random.chance(500))
        }
        apply(DiskTrouble())
        defer { apply(wanted) }
        if writer == nil {
            do { writer = try Self.open(disk) } catch {
                broken.append("the database does not open after a crash: \(error)")
                return
            }
        }
        reopened += 1
        compare()
    }

    private func stop(losingPower: Bool) {
        faulty_disk_stop(disk)
        writer?.close()
        writer = nil
        faulty_disk_restart(disk, losingPower ? 1 : 0)
    }

    /// The file must be whole, and hold what was acknowledged: nothing less, and nothing that was not asked for.
    func compare() {
        guard let writer else { return }
        do {
            broken += try writer.damages().map { "the database is damaged: \($0)" }
            let found = try writer.read { reads throws(StoreError) in try CustodyPicture(reads) }
            if found == (try CustodyPicture(shadow)) {
                inDoubt = nil
                return
            }
            if let other = inDoubt, found == (try CustodyPicture(MemoryVerbs(other))) {
                shadow.state = other
                inDoubt = nil
                return
            }
            broken.append("the database lost or made up: \(found.differences(from: try CustodyPicture(shadow)))")
        } catch { broken.append("the database does not read after a crash: \(error)") }
    }
}
