#define _GNU_SOURCE
#include "CWipe.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Texts and buffers that held a token cannot all be wiped by those who use them: Swift copies strings, libraries keep
// buffers. They all come back here. glibc exports these names for whoever takes the place of its allocator.
extern void *__libc_malloc(size_t);
extern void __libc_free(void *);

static volatile int wiped;

void free(void *block) {
    if (!block) return;
    explicit_bzero(block, malloc_usable_size(block));
    wiped = 1;
    __libc_free(block);
}

// glibc's own would leave the old place as it was.
void *realloc(void *block, size_t size) {
    if (!block) return __libc_malloc(size);
    if (size == 0) {
        free(block);
        return NULL;
    }
    size_t room = malloc_usable_size(block);
    if (size <= room && size > room / 4) return block;
    void *moved = __libc_malloc(size);
    if (!moved) return NULL;
    memcpy(moved, block, size < room ? size : room);
    free(block);
    return moved;
}

int cwipe_is_in_force(void) {
    free(malloc(32));
    return wiped;
}
