// libqrencode, as one call that leaves nothing behind.
#ifndef PURSER_CQRENCODE_H
#define PURSER_CQRENCODE_H

#include <stddef.h>

// Makes the smallest QR code of `count` bytes (ISO/IEC 18004, 8-bit, level L) and writes one byte a module, row by row, 1 for
// dark. Returns how many modules a side has; 0 when it does not fit into `room` bytes, or there is no memory.
int cqrencode_modules(const unsigned char *bytes, int count, unsigned char *modules, size_t room);

#endif
