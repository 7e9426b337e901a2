#include "CSQLite.h"

int csqlite_switch(sqlite3 *connection, int what, int on) { return sqlite3_db_config(connection, what, on, (int *)0); }

int csqlite_bind_text(sqlite3_stmt *statement, int at, const char *text, int count) {
    return sqlite3_bind_text(statement, at, text ? text : "", count, SQLITE_TRANSIENT);
}

int csqlite_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, int count) {
    if (count == 0) return sqlite3_bind_zeroblob(statement, at, 0);
    return sqlite3_bind_blob(statement, at, bytes, count, SQLITE_TRANSIENT);
}
