// What the Glibc module does not import, and nothing else.
#ifndef PURSER_CLINUX_H
#define PURSER_CLINUX_H

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

// struct ucred needs _GNU_SOURCE, which Swift's importer does not set: the uid of the process at the
// other end of a unix socket, or -1 with errno set.
int clinux_peer_uid(int fd, unsigned int *uid);

// open(2) is variadic, so Swift cannot call it with a mode.
int clinux_open(const char *path, int flags, unsigned int mode);

// fcntl(2) is variadic: sets O_NONBLOCK on or off; 0 or -1.
int clinux_set_nonblocking(int fd, int on);

// pthread_setname_np(3) needs _GNU_SOURCE: names the calling thread (15 characters at most).
void clinux_name_thread(const char *name);

// prctl(2) is variadic: makes this process non-dumpable and sets its core limit to 0; 0 or -1.
int clinux_forbid_dumps(void);

// ioctl(2) is variadic: how many columns wide text for this descriptor is: $COLUMNS where that is a number above 0, else
// what the terminal says; 0 where neither is.
int clinux_columns(int fd);

// openpty(3) needs a header that the Glibc module has not: a pseudo-terminal so many columns wide, both ends close on
// exec. Returns the outer end and puts the inner one, that a program takes for its terminal, into *inner; or -1.
int clinux_open_terminal(int columns, int *inner);

// Seconds and nanoseconds of CLOCK_BOOTTIME, which counts suspend, in milliseconds.
long long clinux_uptime_milliseconds(void);

// Milliseconds of CLOCK_REALTIME since 1970.
long long clinux_now_milliseconds(void);

#endif
