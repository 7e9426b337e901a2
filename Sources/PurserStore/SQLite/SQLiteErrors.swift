import CSQLite
import Glibc
import PurserEngine

extension StoreError {
    /// SQLite's (extended) result code, with what the operating system said last. No SQL and no value is in it.
    init(sqlite code: Int32, errno: Int32) {
        switch code & 0xff {
        case SQLITE_FULL: self = .full
        case SQLITE_IOERR where code == SQLITE_IOERR | 32 << 8:  // SQLITE_IOERR_DATA, an expression in C
            self = .damaged("part of the file is not what was written there")
        case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(errno): self = .full
        case SQLITE_IOERR: self = .io("SQLite code \(code), system error \(errno)")
        case SQLITE_CANTOPEN: self = .io("the database cannot be opened (system error \(errno))")
        case SQLITE_READONLY, SQLITE_PERM: self = .io("the database cannot be written")
        case SQLITE_CORRUPT: self = .damaged("SQLite code \(code)")
        case SQLITE_NOTADB: self = .damaged("the file is not a database")
        case SQLITE_BUSY, SQLITE_LOCKED: self = .inUse
        case SQLITE_CONSTRAINT: self = .failed("a rule of the database was broken (SQLite code \(code))")
        default: self = .failed("SQLite code \(code)")
        }
    }
}
