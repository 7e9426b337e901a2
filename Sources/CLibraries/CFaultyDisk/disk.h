// What the parts of the disk share.
#ifndef PURSER_DISK_H
#define PURSER_DISK_H

#include <sqlite3.h>

#include "CFaultyDisk.h"

enum { sector = 512, region_limit = 64 };

// A write since the last sync; `count` below 0: the file was cut to `at`.
typedef struct change {
    int64_t at;
    int count;
    unsigned char *bytes;
} change;

typedef struct image {
    unsigned char *bytes;
    int64_t count, room;
} image;

typedef struct file {
    struct file *next;
    char *name;
    image seen, durable;
    change *changes;
    int change_count, change_room;
    int was_synced;
    void *regions[region_limit];
    int region_count;
} file;

struct faulty_disk {
    sqlite3_vfs vfs;
    char name[40];
    file *files;
    uint64_t random;
    faulty_disk_trouble trouble;
    int fuse, is_dead, has_failed_sync, last_errno;
    // Which process an open file belongs to.
    uint64_t life;
    int64_t calls, failures;
};

typedef struct handle {
    sqlite3_file base;
    file *file;
    faulty_disk *disk;
    uint64_t life;
} handle;

// Chance (disk.c)

int disk_below(faulty_disk *disk, int bound);
// Whether a failure of this likelihood happens now.
int disk_strikes(faulty_disk *disk, int of_a_million);
// Whether the power goes with this call.
int disk_burns(faulty_disk *disk);
int disk_failed(faulty_disk *disk, int code, int why);

// What files hold (images.c); 0: no memory

int disk_resize(image *image, int64_t count);
int disk_put(image *image, int64_t at, const unsigned char *bytes, int count);
int disk_apply(image *image, const change *change);
int disk_note(file *file, int64_t at, const void *bytes, int count);
void disk_forget_changes(file *file);
void disk_forget_regions(file *file);
// What a power cut left of the writes since the last sync.
void disk_take_fate(faulty_disk *disk, file *file);

file *disk_find(faulty_disk *disk, const char *name);
void disk_erase(faulty_disk *disk, file *gone);

// What SQLite calls of an open file (files.c).
extern const sqlite3_io_methods disk_methods;

#endif
