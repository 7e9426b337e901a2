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

#endif
