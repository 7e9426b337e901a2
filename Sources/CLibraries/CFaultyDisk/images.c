#include <stdlib.h>
#include <string.h>

#include "disk.h"

int disk_resize(image *image, int64_t count) {
    if (count > image->room) {
        int64_t room = image->room > 0 ? image->room : 64 << 10;
        while (room < count) room *= 2;
        unsigned char *bytes = realloc(image->bytes, (size_t)room);
        if (!bytes) return 0;
        image->bytes = bytes;
        image->room = room;
    }
    if (count > image->count) memset(image->bytes + image->count, 0, (size_t)(count - image->count));
    image->count = count;
    return 1;
}

int disk_put(image *image, int64_t at, const unsigned char *bytes, int count) {
    if (at + count > image->count && !disk_resize(image, at + count)) return 0;
    memcpy(image->bytes + at, bytes, (size_t)count);
    return 1;
}

int disk_apply(image *image, const change *change) {
    if (change->count >= 0) return disk_put(image, change->at, change->bytes, change->count);
    return change->at < image->count ? disk_resize(image, change->at) : 1;
}

int disk_note(file *file, int64_t at, const void *bytes, int count) {
    if (file->change_count == file->change_room) {
        int room = file->change_room ? file->change_room * 2 : 16;
        change *changes = realloc(file->changes, (size_t)room * sizeof *changes);
        if (!changes) return 0;
        file->changes = changes;
        file->change_room = room;
    }
    change made = {at, count, NULL};
    if (count > 0) {
        made.bytes = malloc((size_t)count);
        if (!made.bytes) return 0;
        memcpy(made.bytes, bytes, (size_t)count);
    }
    file->changes[file->change_count++] = made;
    return 1;
}

void disk_forget_changes(file *file) {
    for (int i = 0; i < file->change_count; i++) free(file->changes[i].bytes);
    file->change_count = 0;
}

void disk_forget_regions(file *file) {
    for (int i = 0; i < file->region_count; i++) free(file->regions[i]);
    file->region_count = 0;
}

file *disk_find(faulty_disk *disk, const char *name) {
    for (file *file = disk->files; file; file = file->next)
        if (strcmp(file->name, name) == 0) return file;
    return NULL;
}

void disk_erase(faulty_disk *disk, file *gone) {
    for (file **place = &disk->files; *place; place = &(*place)->next) {
        if (*place != gone) continue;
        *place = gone->next;
        disk_forget_changes(gone);
        disk_forget_regions(gone);
        free(gone->changes);
        free(gone->seen.bytes);
        free(gone->durable.bytes);
        free(gone->name);
        free(gone);
        return;
    }
}

// What the power cut left of the writes since the last sync.
void disk_take_fate(faulty_disk *disk, file *file) {
    enum { none, first, some, every } fate = disk_below(disk, 4);
    int whole = fate == every ? file->change_count : fate == first ? disk_below(disk, file->change_count + 1) : 0;
    if (fate == some)  // In any order.
        for (int i = file->change_count - 1; i > 0; i--) {
            int other = disk_below(disk, i + 1);
            change swapped = file->changes[i];
            file->changes[i] = file->changes[other];
            file->changes[other] = swapped;
        }
    for (int i = 0; i < file->change_count; i++) {
        change *change = &file->changes[i];
        if (i < whole) {
            (void)disk_apply(&file->durable, change);
            continue;
        }
        int is_torn = fate == some || (fate == first && i == whole);
        if (!is_torn) continue;
        if (change->count < 0) {
            if (disk_below(disk, 2)) (void)disk_apply(&file->durable, change);
            continue;
        }
        for (int done = 0; done < change->count;) {
            int64_t at = change->at + done;
            int piece = sector - (int)(at % sector);
            if (piece > change->count - done) piece = change->count - done;
            if (disk_below(disk, 2)) (void)disk_put(&file->durable, at, change->bytes + done, piece);
            done += piece;
        }
    }
}
