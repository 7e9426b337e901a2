public import PurserEngine

/// What a database file's first hundred bytes tell (the SQLite file format, section 1.3), without opening it: a look
/// that makes no log, takes no lock and changes nothing.
public enum DatabaseHeader {
    public static let count = 100
    private static let magic = Array("SQLite format 3\0".utf8)

    /// Throws what a start would refuse the file for: `.damaged` or `.newerSchema`.
    ///
    /// A schema that was raised a moment ago may still stand in the write-ahead log alone; then the older one is seen.
    public static func check(_ bytes: [UInt8]) throws(StoreError) {
        // The first start may have been cut short before it wrote anything.
        if bytes.isEmpty { return }
        guard bytes.count >= count, bytes.starts(with: magic) else { throw .damaged("the file is not a database") }
        let (schema, application) = (number(bytes, at: 60), number(bytes, at: 68))
        // All of it may be in the log still.
        if application == 0, schema == 0 { return }
        guard application == Schema.applicationID else { throw .damaged("it belongs to another program") }
        guard schema <= Schema.known else { throw .newerSchema(found: schema, known: Schema.known) }
    }

    /// Whether pages leave room for what they are checked by (file format, 1.3.4); nil: nothing was written yet.
    static func isChecked(_ bytes: [UInt8]) -> Bool? { bytes.count >= count ? bytes[20] == 8 : nil }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}
