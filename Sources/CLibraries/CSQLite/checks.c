#include "CSQLite.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A layer between SQLite and a disk: the last eight bytes of every page of a database are a sum over the others, put there
// when the page is written into the file and compared when it is read from it. The write-ahead log goes through untouched:
// its frames have sums of their own, and what is moved from it into the database is summed on the way.

enum { sum_count = 8, reserve_at = 20, header_count = 100, least_page = 512 };

struct csqlite_checks {
    sqlite3_vfs vfs;
    sqlite3_vfs *base;
    char name[40];
};

// An open database; the file of the disk below follows it in memory.
typedef struct checked {
    sqlite3_file base;
    // Whether its pages leave room for the sum: its header says so, and of a new one it will.
    int has_sums;
} checked;

static sqlite3_file *below(sqlite3_file *file) { return (sqlite3_file *)((checked *)file + 1); }

static sqlite3_vfs *base_of(sqlite3_vfs *vfs) { return ((csqlite_checks *)vfs->pAppData)->base; }

// Each step keeps two different states different: no change of one word is lost, and a page of zeros has a sum.
static uint64_t sum(const unsigned char *page, int count) {
    uint64_t state = 0x9E3779B97F4A7C15u;
    for (int at = 0; at < count; at += 8) {
        uint64_t word;
        memcpy(&word, page + at, sizeof word);
        state = (state ^ word) * 0xD6E8FEB86659FD93u;
        state ^= state >> 32;
    }
    return state;
}

static int is_page(int count, sqlite3_int64 at) {
    return count >= least_page && (count & (count - 1)) == 0 && at % count == 0;
}

static void look_at_header(checked *self, const unsigned char *bytes) { self->has_sums = bytes[reserve_at] == sum_count; }

static int file_read(sqlite3_file *file, void *into, int count, sqlite3_int64 at) {
    checked *self = (checked *)file;
    int code = below(file)->pMethods->xRead(below(file), into, count, at);
    if (code != SQLITE_OK) return code;
    if (at == 0 && count >= header_count) look_at_header(self, into);
    if (!self->has_sums || !is_page(count, at)) return code;
    uint64_t said;
    memcpy(&said, (const unsigned char *)into + count - sum_count, sizeof said);
    return said == sum(into, count - sum_count) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at) {
    checked *self = (checked *)file;
    if (at == 0 && count >= header_count) look_at_header(self, bytes);
    if (self->has_sums && is_page(count, at)) {
        // These bytes of a page are nobody's: SQLite neither reads nor writes them.
        uint64_t found = sum(bytes, count - sum_count);
        memcpy((unsigned char *)bytes + count - sum_count, &found, sizeof found);
    }
    return below(file)->pMethods->xWrite(below(file), bytes, count, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 count) {
    if (count == 0) ((checked *)file)->has_sums = 1;
    return below(file)->pMethods->xTruncate(below(file), count);
}

static int file_close(sqlite3_file *file) { return below(file)->pMethods->xClose(below(file)); }
static int file_sync(sqlite3_file *file, int flags) { return below(file)->pMethods->xSync(below(file), flags); }
static int file_size(sqlite3_file *file, sqlite3_int64 *count) {
    return below(file)->pMethods->xFileSize(below(file), count);
}
static int file_lock(sqlite3_file *file, int kind) { return below(file)->pMethods->xLock(below(file), kind); }
static int file_unlock(sqlite3_file *file, int kind) { return below(file)->pMethods->xUnlock(below(file), kind); }
static int file_is_reserved(sqlite3_file *file, int *answer) {
    return below(file)->pMethods->xCheckReservedLock(below(file), answer);
}
static int file_control(sqlite3_file *file, int what, void *argument) {
    return below(file)->pMethods->xFileControl(below(file), what, argument);
}
static int file_sector(sqlite3_file *file) { return below(file)->pMethods->xSectorSize(below(file)); }
static int file_traits(sqlite3_file *file) { return below(file)->pMethods->xDeviceCharacteristics(below(file)); }
static int file_map(sqlite3_file *file, int region, int count, int extends, void volatile **out) {
    return below(file)->pMethods->xShmMap(below(file), region, count, extends, out);
}
static int file_lock_map(sqlite3_file *file, int at, int count, int flags) {
    return below(file)->pMethods->xShmLock(below(file), at, count, flags);
}
static void file_barrier(sqlite3_file *file) { below(file)->pMethods->xShmBarrier(below(file)); }
static int file_unmap(sqlite3_file *file, int deletes) { return below(file)->pMethods->xShmUnmap(below(file), deletes); }

// Version 2: pages are read, never mapped, so that each is looked at.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_map,
    .xShmLock = file_lock_map,
    .xShmBarrier = file_barrier,
    .xShmUnmap = file_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    sqlite3_vfs *base = base_of(vfs);
    if (!(flags & SQLITE_OPEN_MAIN_DB)) return base->xOpen(base, name, file, flags, out);
    checked *self = (checked *)file;
    self->base.pMethods = NULL;
    int code = base->xOpen(base, name, below(file), flags, out);
    // SQLite closes what has methods, failed or not.
    if (below(file)->pMethods) self->base.pMethods = &methods;
    if (code != SQLITE_OK) return code;
    self->has_sums = 1;
    unsigned char header[header_count];
    code = below(file)->pMethods->xRead(below(file), header, header_count, 0);
    if (code == SQLITE_OK) look_at_header(self, header);
    return code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs) {
    return base_of(vfs)->xDelete(base_of(vfs), name, syncs);
}
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *answer) {
    return base_of(vfs)->xAccess(base_of(vfs), name, flags, answer);
}
static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int count, char *into) {
    return base_of(vfs)->xFullPathname(base_of(vfs), name, count, into);
}
static int vfs_random(sqlite3_vfs *vfs, int count, char *into) {
    return base_of(vfs)->xRandomness(base_of(vfs), count, into);
}
static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) { return base_of(vfs)->xSleep(base_of(vfs), microseconds); }
static int vfs_last_error(sqlite3_vfs *vfs, int count, char *into) {
    return base_of(vfs)->xGetLastError(base_of(vfs), count, into);
}
static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *now) {
    return base_of(vfs)->xCurrentTimeInt64(base_of(vfs), now);
}

csqlite_checks *csqlite_checks_new(const char *base) {
    sqlite3_vfs *found = sqlite3_vfs_find(base);
    if (!found || found->iVersion < 2) return NULL;
    csqlite_checks *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->base = found;
    // No two are at one place at a time.
    (void)snprintf(self->name, sizeof self->name, "checks-%p", (void *)self);
    self->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(checked) + found->szOsFile,
        .mxPathname = found->mxPathname,
        .zName = self->name,
        .pAppData = self,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time,
    };
    if (sqlite3_vfs_register(&self->vfs, 0) == SQLITE_OK) return self;
    free(self);
    return NULL;
}

const char *csqlite_checks_name(const csqlite_checks *self) { return self->name; }

void csqlite_checks_free(csqlite_checks *self) {
    sqlite3_vfs_unregister(&self->vfs);
    free(self);
}

int csqlite_leave_room(sqlite3 *connection) {
    int count = sum_count;
    return sqlite3_file_control(connection, "main", SQLITE_FCNTL_RESERVE_BYTES, &count);
}
