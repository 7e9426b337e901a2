#include "disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t drawn(faulty_disk *disk) {
    uint64_t z = disk->random += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

int disk_below(faulty_disk *disk, int bound) { return bound > 0 ? (int)(drawn(disk) % (uint64_t)bound) : 0; }

int disk_strikes(faulty_disk *disk, int of_a_million) {
    if (of_a_million <= 0 || disk_below(disk, 1000000) >= of_a_million) return 0;
    disk->failures++;
    return 1;
}

// Whether the power goes with this call.
int disk_burns(faulty_disk *disk) {
    disk->calls++;
    if (disk->fuse == 0 || --disk->fuse > 0) return 0;
    disk->is_dead = 1;
    return 1;
}

int disk_failed(faulty_disk *disk, int code, int why) {
    disk->last_errno = why;
    return code;
}

// The file system

static faulty_disk *of(sqlite3_vfs *vfs) { return (faulty_disk *)vfs->pAppData; }

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out) {
    faulty_disk *disk = of(vfs);
    handle *self = (handle *)base;
    self->base.pMethods = NULL;
    // Temporary files are kept in memory; none is ever asked for.
    if (disk->is_dead || !name) return disk_failed(disk, SQLITE_CANTOPEN, EIO);
    file *found = disk_find(disk, name);
    if (!found) {
        if (!(flags & SQLITE_OPEN_CREATE)) return disk_failed(disk, SQLITE_CANTOPEN, ENOENT);
        found = calloc(1, sizeof *found);
        if (!found || !(found->name = strdup(name))) {
            free(found);
            return SQLITE_NOMEM;
        }
        found->next = disk->files;
        disk->files = found;
    }
    self->file = found;
    self->disk = disk;
    self->life = disk->life;
    self->base.pMethods = &disk_methods;
    if (out) *out = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs) {
    (void)syncs;
    faulty_disk *disk = of(vfs);
    if (disk->is_dead) return disk_failed(disk, SQLITE_IOERR_DELETE, EIO);
    file *found = disk_find(disk, name);
    if (!found) return disk_failed(disk, SQLITE_IOERR_DELETE_NOENT, ENOENT);
    disk_erase(disk, found);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *answer) {
    (void)flags;
    file *found = disk_find(of(vfs), name);
    // An empty log is none, as on Unix.
    *answer = found && found->seen.count > 0;
    return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int count, char *into) {
    (void)vfs;
    return snprintf(into, (size_t)count, "%s", name) < count ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_random(sqlite3_vfs *vfs, int count, char *into) {
    for (int i = 0; i < count; i++) into[i] = (char)drawn(of(vfs));
    return count;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *now) {
    (void)vfs;
    *now = 212923332000000;  // milliseconds of the Julian day: some day in 2026
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int count, char *into) {
    (void)count;
    (void)into;
    return of(vfs)->last_errno;
}

// The disk

faulty_disk *faulty_disk_new(uint64_t seed) {
    if (sqlite3_initialize() != SQLITE_OK) return NULL;
    faulty_disk *disk = calloc(1, sizeof *disk);
    if (!disk) return NULL;
    // No two disks are at one place at a time.
    (void)snprintf(disk->name, sizeof disk->name, "disk-%p", (void *)disk);
    disk->random = seed;
    disk->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(handle),
        .mxPathname = 512,
        .zName = disk->name,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time,
    };
    if (sqlite3_vfs_register(&disk->vfs, 0) == SQLITE_OK) return disk;
    free(disk);
    return NULL;
}

const char *faulty_disk_name(const faulty_disk *disk) { return disk->name; }

void faulty_disk_free(faulty_disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    while (disk->files) disk_erase(disk, disk->files);
    free(disk);
}

void faulty_disk_set_trouble(faulty_disk *disk, faulty_disk_trouble trouble) { disk->trouble = trouble; }

void faulty_disk_light(faulty_disk *disk, int calls) { disk->fuse = calls > 0 ? calls : 0; }

int faulty_disk_is_dead(const faulty_disk *disk) { return disk->is_dead; }

int faulty_disk_has_failed_sync(const faulty_disk *disk) { return disk->has_failed_sync; }

void faulty_disk_stop(faulty_disk *disk) { disk->is_dead = 1; }

static void settle(faulty_disk *disk, file *file, int lost_power) {
    disk_forget_regions(file);
    if (!lost_power) return;
    disk_take_fate(disk, file);
    disk_forget_changes(file);
    if (disk_resize(&file->seen, file->durable.count) && file->durable.count > 0)
        memcpy(file->seen.bytes, file->durable.bytes, (size_t)file->durable.count);
}

void faulty_disk_restart(faulty_disk *disk, int lost_power) {
    for (file *file = disk->files, *next; file; file = next) {
        next = file->next;
        settle(disk, file, lost_power);
        // The name of a new file is no surer than what is in it.
        if (lost_power && !file->was_synced && file->seen.count == 0) disk_erase(disk, file);
    }
    disk->life++;
    disk->fuse = 0;
    disk->is_dead = 0;
    disk->has_failed_sync = 0;
}

int64_t faulty_disk_calls(const faulty_disk *disk) { return disk->calls; }

int64_t faulty_disk_failures(const faulty_disk *disk) { return disk->failures; }
