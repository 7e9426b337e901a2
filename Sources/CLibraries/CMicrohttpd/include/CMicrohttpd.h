// libmicrohttpd, and its variadic calls with one typed function each.
#ifndef PURSER_CMICROHTTPD_H
#define PURSER_CMICROHTTPD_H

#include <microhttpd.h>

// Called with the target as the request line has it: libmicrohttpd gives the path decoded and the query in pieces,
// and neither can be put together again. What it returns is the request's context.
typedef void *(*cmicrohttpd_target)(void *context, const char *target, struct MHD_Connection *connection);

typedef struct {
    MHD_AccessHandlerCallback answer;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connected;
    cmicrohttpd_target target;
    void *context;
    // A listening socket of ours.
    int listener;
    // 0 or 1: one thread.
    unsigned int threads;
    unsigned int connections;
    unsigned int idle_seconds;
    // Bytes of a connection for everything but bodies.
    unsigned long memory;
    // PEM texts; NULL: plain HTTP. Read while it starts only.
    const char *certificate;
    const char *key;
    // Where set, clients are asked for a certificate; whose it is, is for the caller to judge.
    const char *trust;
} cmicrohttpd_settings;

// NULL: it could not be started.
struct MHD_Daemon *cmicrohttpd_start(const cmicrohttpd_settings *settings);

// The socket of a connection, or -1.
int cmicrohttpd_socket(struct MHD_Connection *connection);

// What `connected` left for this connection.
void *cmicrohttpd_connection_context(struct MHD_Connection *connection);

// Whether something stands in the request's header that its C strings do not show, because a NUL comes before it.
// `method` and `version` are what the handler was given, `target` and its length what the target's callback was.
int cmicrohttpd_header_hides(
    struct MHD_Connection *connection, const char *method, const char *target, size_t length, const char *version);

// The certificate a client showed, DER, and its length; NULL: none, or no TLS. It lives as long as the connection.
const unsigned char *cmicrohttpd_peer_certificate(struct MHD_Connection *connection, unsigned int *count);

// Zeros that no optimiser takes away.
void cmicrohttpd_wipe(void *bytes, unsigned long count);

#endif
