#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int clinux_peer_uid(int fd, unsigned int *uid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *uid = peer.uid;
    return 0;
}

int clinux_open(const char *path, int flags, unsigned int mode) {
    return open(path, flags | O_CLOEXEC, (mode_t)mode);
}

int clinux_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL, 0);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? (flags | O_NONBLOCK) : (flags & ~O_NONBLOCK));
}

int clinux_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    int limited = setrlimit(RLIMIT_CORE, &none);
    // Also where a limit may not be set, as in a sandbox.
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? limited : -1;
}

int clinux_columns(int fd) {
    const char *asked = getenv("COLUMNS");
    char *end;
    long columns = asked ? strtol(asked, &end, 10) : 0;
    if (columns > 0 && columns <= 100000 && *end == 0) return (int)columns;
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int clinux_open_terminal(int columns, int *inner) {
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
    int outer;
    if (openpty(&outer, inner, NULL, NULL, &size) != 0) return -1;
    fcntl(outer, F_SETFD, FD_CLOEXEC);
    fcntl(*inner, F_SETFD, FD_CLOEXEC);
    return outer;
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static long long milliseconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

long long clinux_uptime_milliseconds(void) { return milliseconds(CLOCK_BOOTTIME); }

long long clinux_now_milliseconds(void) { return milliseconds(CLOCK_REALTIME); }
