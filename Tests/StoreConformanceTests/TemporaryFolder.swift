import CSQLite
import Glibc
import PurserEngine

/// A folder of its own for one test, gone with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/purser-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StoreError.io("mkdtemp \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink(path + "/" + name) }
        rmdir(path)
    }

    var database: String { path + "/purser.db" }

    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func remove(_ name: String) { unlink(path + "/" + name) }

    func mode(_ name: String) -> UInt32 {
        var found = stat()
        return stat(path + "/" + name, &found) == 0 ? found.st_mode & 0o777 : 0
    }

    /// A file that lies in Tests/Fixtures, as the database here.
    static func fixture(_ path: String) throws -> [UInt8] {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let file = fopen("/\(tests)/Fixtures/\(path)", "rb")
        guard let file else { throw StoreError.io("Tests/Fixtures/\(path) is not there") }
        defer { fclose(file) }
        var out: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { out += piece[0..<count] }
        return out
    }

    func write(_ bytes: [UInt8], as name: String = "purser.db") {
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }

    func contents(_ name: String = "purser.db") -> [UInt8] {
        let file = open(path + "/" + name, O_RDONLY)
        defer { close(file) }
        var out: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(file, &piece, piece.count), count > 0 { out += piece[0..<count] }
        return out
    }
}

/// Somebody else at the database: plain SQL beside the store.
enum RawDatabase {
    /// The first column of every row, as text.
    @discardableResult
    static func query(_ path: String, _ sql: String) throws -> [String] {
        var handle: OpaquePointer?
        // What it writes is no damage.
        guard let checks = csqlite_checks_new(nil) else { throw StoreError.io("no checks") }
        defer { csqlite_checks_free(checks) }
        defer { sqlite3_close_v2(handle) }
        let mode = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        guard sqlite3_open_v2(path, &handle, mode, csqlite_checks_name(checks)) == SQLITE_OK else {
            throw StoreError.io("not opened")
        }
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw StoreError.failed(String(cString: sqlite3_errmsg(handle)))
        }
        var out: [String] = []
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW {
            out.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "NULL")
            code = sqlite3_step(statement)
        }
        guard code == SQLITE_DONE else { throw StoreError.failed(String(cString: sqlite3_errmsg(handle))) }
        return out
    }

    /// How many rows each table has, those with none left out.
    static func counts(_ path: String) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for table in try query(path, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        {
            let count = try query(path, "SELECT count(*) FROM \(table)").first.flatMap { Int($0) } ?? 0
            if count > 0 { counts[table] = count }
        }
        return counts
    }
}
