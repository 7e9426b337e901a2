// SQLite, and what Swift cannot call of it: variadic functions and the destructor constants.
#ifndef PURSER_CSQLITE_H
#define PURSER_CSQLITE_H

#include <sqlite3.h>

// sqlite3_db_config(2) is variadic: switches one of the SQLITE_DBCONFIG_… booleans; a result code.
int csqlite_switch(sqlite3 *connection, int what, int on);

// SQLITE_TRANSIENT is a cast that Swift does not import: binds a copy of the text.
int csqlite_bind_text(sqlite3_stmt *statement, int at, const char *text, int count);

// The same for a blob; `count` 0 binds an empty blob, not NULL.
int csqlite_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, int count);

// Checked databases: every page carries a sum, and one that is not what was written there is an I/O error
// (SQLITE_IOERR_DATA) and never a row.
typedef struct csqlite_checks csqlite_checks;

// A VFS that checks, over the one of this name (NULL: the operating system's); NULL: there is none, or no memory. It goes
// after the connections that were opened by its name. A database without room for sums is opened as it is.
csqlite_checks *csqlite_checks_new(const char *base);
const char *csqlite_checks_name(const csqlite_checks *checks);
void csqlite_checks_free(csqlite_checks *checks);

// Pages of the connection's database will have room for sums: of a new one before anything is written, of another one in
// what `VACUUM INTO` makes of it. A result code.
int csqlite_leave_room(sqlite3 *connection);

#endif
