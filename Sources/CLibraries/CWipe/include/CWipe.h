// A program that links this wipes whatever it frees, whoever allocated it: Swift, libcurl, OpenSSL, SQLite.
#ifndef PURSER_CWIPE_H
#define PURSER_CWIPE_H

// Called once, so that the linker keeps what is in here; also says whether it is in force: 1 or 0.
int cwipe_is_in_force(void);

#endif
