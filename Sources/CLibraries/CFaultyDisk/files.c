#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

static int is_gone(const handle *handle) { return handle->disk->is_dead || handle->life != handle->disk->life; }

static int file_close(sqlite3_file *base) {
    (void)base;
    return SQLITE_OK;
}

// Of a log nothing is turned: SQLite believes it while it is open, and compares its sums when it is opened next.
static int is_page(const file *file, int count, sqlite3_int64 at) {
    size_t length = strlen(file->name);
    int is_log = length > 4 && strcmp(file->name + length - 4, "-wal") == 0;
    return !is_log && count >= sector && (count & (count - 1)) == 0 && at % count == 0;
}

static int file_read(sqlite3_file *base, void *into, int count, sqlite3_int64 at) {
    handle *self = (handle *)base;
    if (is_gone(self) || disk_strikes(self->disk, self->disk->trouble.read_error))
        return disk_failed(self->disk, SQLITE_IOERR_READ, EIO);
    image *seen = &self->file->seen;
    int64_t there = seen->count - at;
    if (there >= count) {
        memcpy(into, seen->bytes + at, (size_t)count);
        if (is_page(self->file, count, at) && disk_strikes(self->disk, self->disk->trouble.read_flip))
            ((unsigned char *)into)[disk_below(self->disk, count)] ^= (unsigned char)(1 << disk_below(self->disk, 8));
        return SQLITE_OK;
    }
    if (there < 0) there = 0;
    if (there > 0) memcpy(into, seen->bytes + at, (size_t)there);
    memset((char *)into + there, 0, (size_t)(count - there));
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 at) {
    handle *self = (handle *)base;
    faulty_disk *disk = self->disk;
    if (is_gone(self)) return disk_failed(disk, SQLITE_IOERR_WRITE, EIO);
    int grows = at + count > self->file->seen.count;
    int code = SQLITE_OK, why = 0;
    if (disk_burns(disk) || disk_strikes(disk, disk->trouble.write_error)) {
        code = SQLITE_IOERR_WRITE;
        why = EIO;
    } else if ((grows && disk->trouble.is_full) || disk_strikes(disk, disk->trouble.write_full)) {
        code = SQLITE_FULL;
        why = ENOSPC;
    }
    // A write that fails may have come any way.
    if (code != SQLITE_OK) count = disk_below(disk, count + 1);
    if (count > 0 && (!disk_note(self->file, at, bytes, count) || !disk_put(&self->file->seen, at, bytes, count)))
        return SQLITE_NOMEM;
    return code == SQLITE_OK ? code : disk_failed(disk, code, why);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 count) {
    handle *self = (handle *)base;
    if (is_gone(self) || disk_burns(self->disk) || disk_strikes(self->disk, self->disk->trouble.write_error))
        return disk_failed(self->disk, SQLITE_IOERR_TRUNCATE, EIO);
    if (count >= self->file->seen.count) return SQLITE_OK;
    return disk_note(self->file, count, NULL, -1) && disk_resize(&self->file->seen, count) ? SQLITE_OK : SQLITE_NOMEM;
}

static int file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    handle *self = (handle *)base;
    faulty_disk *disk = self->disk;
    file *file = self->file;
    if (is_gone(self)) return disk_failed(disk, SQLITE_IOERR_FSYNC, EIO);
    // The power may go after the sync as well as before it.
    int is_last = disk_burns(disk);
    if (is_last && disk_below(disk, 2)) return disk_failed(disk, SQLITE_IOERR_FSYNC, EIO);
    if (!is_last && disk_strikes(disk, disk->trouble.sync_error)) {
        // Each write came to the disk or never will: what is read still shows it, and no later sync makes up for it.
        for (int i = 0; i < file->change_count; i++)
            if (disk_below(disk, 2)) (void)disk_apply(&file->durable, &file->changes[i]);
        disk_forget_changes(file);
        disk->has_failed_sync = 1;
        return disk_failed(disk, SQLITE_IOERR_FSYNC, EIO);
    }
    for (int i = 0; i < file->change_count; i++)
        if (!disk_apply(&file->durable, &file->changes[i])) return SQLITE_NOMEM;
    disk_forget_changes(file);
    file->was_synced = 1;
    return is_last ? disk_failed(disk, SQLITE_IOERR_FSYNC, EIO) : SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *count) {
    handle *self = (handle *)base;
    if (is_gone(self)) return disk_failed(self->disk, SQLITE_IOERR_FSTAT, EIO);
    *count = self->file->seen.count;
    return SQLITE_OK;
}

// One connection at a time: nobody is ever in its way.
static int file_lock(sqlite3_file *base, int level) {
    (void)level;
    return is_gone((handle *)base) ? SQLITE_IOERR_LOCK : SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level) {
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *base, int *answer) {
    (void)base;
    *answer = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int what, void *value) {
    (void)base;
    (void)what;
    (void)value;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base) {
    (void)base;
    return 4096;
}

// As on every Unix: a write that the power cuts short leaves alone what stands beside it.
static int file_traits(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_map(sqlite3_file *base, int region, int count, int extends, void volatile **place) {
    handle *self = (handle *)base;
    file *file = self->file;
    *place = NULL;
    if (is_gone(self)) return SQLITE_IOERR_SHMMAP;
    if (region >= region_limit) return SQLITE_IOERR_SHMSIZE;
    while (file->region_count <= region) {
        if (!extends) return SQLITE_OK;
        void *made = calloc(1, (size_t)count);
        if (!made) return SQLITE_NOMEM;
        file->regions[file->region_count++] = made;
    }
    *place = file->regions[region];
    return SQLITE_OK;
}

static int file_map_lock(sqlite3_file *base, int at, int count, int flags) {
    (void)at;
    (void)count;
    return (flags & SQLITE_SHM_LOCK) && is_gone((handle *)base) ? SQLITE_IOERR_SHMLOCK : SQLITE_OK;
}

static void file_map_barrier(sqlite3_file *base) { (void)base; }

static int file_unmap(sqlite3_file *base, int deletes) {
    (void)deletes;
    disk_forget_regions(((handle *)base)->file);
    return SQLITE_OK;
}

const sqlite3_io_methods disk_methods = {
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
    .xShmLock = file_map_lock,
    .xShmBarrier = file_map_barrier,
    .xShmUnmap = file_unmap,
};
