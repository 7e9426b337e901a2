// A disk in memory that SQLite writes to as if it were one (a VFS), and that fails as disks fail.
//
// Every file has two images: what a process sees, and what has been synced. Between them lie the writes since the last
// sync; when the power goes, any of them may have reached the disk or not, in pieces of 512 bytes and in any order.
// Everything drawn follows from the seed. One connection to a database at a time; not for two threads.
#ifndef PURSER_CFAULTYDISK_H
#define PURSER_CFAULTYDISK_H

#include <stdint.h>

typedef struct faulty_disk faulty_disk;

// How often things go wrong, of a million calls each.
typedef struct faulty_disk_trouble {
    int read_error;   // EIO
    int read_flip;    // a page of a database comes with one bit turned
    int write_error;  // EIO, after part of it was written or none
    int write_full;   // ENOSPC, after part of it was written or none
    int sync_error;   // EIO: what was not synced before may never be, whatever a later sync says
    int is_full;      // not 0: no file can grow
} faulty_disk_trouble;

// A new disk, registered with SQLite as a VFS. NULL: no memory.
faulty_disk *faulty_disk_new(uint64_t seed);
// The name of its VFS.
const char *faulty_disk_name(const faulty_disk *disk);
// Unregisters it and gives its memory back. No connection may be open.
void faulty_disk_free(faulty_disk *disk);

void faulty_disk_set_trouble(faulty_disk *disk, faulty_disk_trouble trouble);
// The power goes at the so-many-th call from now that writes, cuts or syncs; 0: it stays.
void faulty_disk_light(faulty_disk *disk, int calls);
// Whether the power has gone: every call fails until `faulty_disk_restart`.
int faulty_disk_is_dead(const faulty_disk *disk);
// Whether a sync has failed since the last restart: what was written is not to be trusted.
int faulty_disk_has_failed_sync(const faulty_disk *disk);
// The process, or the machine, stops: every call fails from now on, those of open files for ever.
void faulty_disk_stop(faulty_disk *disk);
// A new process begins, when all connections are closed. With `lost_power`, what was not synced takes its fate.
void faulty_disk_restart(faulty_disk *disk, int lost_power);

// Calls that wrote or synced, and failures that were put in, since the disk was made.
int64_t faulty_disk_calls(const faulty_disk *disk);
int64_t faulty_disk_failures(const faulty_disk *disk);

#endif
