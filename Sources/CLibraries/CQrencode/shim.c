#include "CQrencode.h"

#include <qrencode.h>

int cqrencode_modules(const unsigned char *bytes, int count, unsigned char *modules, size_t room) {
    QRcode *code = QRcode_encodeData(count, bytes, 0, QR_ECLEVEL_L);
    if (!code) return 0;
    size_t side = (size_t)code->width;
    int fits = side * side <= room;
    // The lowest bit of a module says whether it is dark; the others tell what it is for.
    for (size_t at = 0; fits && at < side * side; at++) modules[at] = code->data[at] & 1;
    QRcode_free(code);
    return fits ? (int)side : 0;
}
