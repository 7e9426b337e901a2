import CSQLite
import PurserEngine
import Wire

/// A row that a statement stands on: its columns, taken from left to right.
struct Row {
    private let statement: OpaquePointer
    private var column: Int32 = 0

    init(_ statement: OpaquePointer) { self.statement = statement }

    private mutating func next() -> Int32 {
        defer { column += 1 }
        return column
    }

    private func isNull(_ at: Int32) -> Bool { sqlite3_column_type(statement, at) == SQLITE_NULL }

    mutating func int64() -> Int64 { sqlite3_column_int64(statement, next()) }
    mutating func int() -> Int { Int(int64()) }
    mutating func bool() -> Bool { int64() != 0 }
    mutating func optionalBool() -> Bool? { optionalInt().map { $0 != 0 } }
    mutating func instant() -> Instant { Instant(milliseconds: int64()) }
    mutating func id<I: Identifier>() -> I { I(rawValue: text()) }

    mutating func text() -> String {
        let at = next()
        guard let start = sqlite3_column_text(statement, at) else { return "" }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, at)))
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func blob() -> [UInt8] {
        let at = next()
        guard let start = sqlite3_column_blob(statement, at) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, at))))
    }

    /// What `take` reads, or nil where the next column is NULL.
    private mutating func optional<T>(_ take: (inout Row) -> T) -> T? {
        if isNull(column) {
            column += 1
            return nil
        }
        return take(&self)
    }

    mutating func optionalText() -> String? { optional { $0.text() } }
    mutating func optionalBlob() -> [UInt8]? { optional { $0.blob() } }
    mutating func optionalInstant() -> Instant? { optional { $0.instant() } }
    mutating func optionalInt() -> Int64? { optional { $0.int64() } }
    mutating func optionalID<I: Identifier>() -> I? { optional { $0.id() } }

    mutating func number() throws(StoreError) -> UInt32 {
        guard let value = UInt32(exactly: int64()) else { throw .damaged("a number is out of range") }
        return value
    }

    mutating func decimal() throws(StoreError) -> ExactDecimal { try Self.decimal(text()) }

    mutating func optionalDecimal() throws(StoreError) -> ExactDecimal? {
        guard let text = optionalText() else { return nil }
        return try Self.decimal(text)
    }

    mutating func optionalDate() throws(StoreError) -> CivilDate? {
        guard let text = optionalText() else { return nil }
        guard let date = CivilDate(iso: text) else { throw .damaged("a date does not read") }
        return date
    }

    private static func decimal(_ text: String) throws(StoreError) -> ExactDecimal {
        guard let value = ExactDecimal(text) else { throw .damaged("an amount does not read") }
        return value
    }
}
