#include "CMicrohttpd.h"

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// TLS 1.2 and 1.3, forward secrecy, nothing below 128 bits; the order is ours.
static const char priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE";

struct MHD_Daemon *cmicrohttpd_start(const cmicrohttpd_settings *s) {
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, s->listener, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)s->completed, s->context},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)s->connected, s->context},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)s->target, s->context},
        {MHD_OPTION_THREAD_POOL_SIZE, s->threads > 1 ? s->threads : 0, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, s->connections, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, s->idle_seconds, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)s->memory, NULL},
        // The last ones, for TLS only.
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)s->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)s->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)priorities},
        {s->trust ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, (void *)s->trust},
        {MHD_OPTION_END, 0, NULL},
    };
    if (!s->certificate) options[sizeof options / sizeof *options - 5] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    unsigned int flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    if (s->certificate) flags |= MHD_USE_TLS;
    return MHD_start_daemon(flags, 0, NULL, NULL, s->answer, s->context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

int cmicrohttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

const unsigned char *cmicrohttpd_peer_certificate(struct MHD_Connection *connection, unsigned int *count) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned int length = 0;
    const gnutls_datum_t *chain =
        info && info->tls_session ? gnutls_certificate_get_peers((gnutls_session_t)info->tls_session, &length) : NULL;
    if (!chain || length == 0) return NULL;
    *count = chain[0].size;
    return chain[0].data;
}

void *cmicrohttpd_connection_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

// libmicrohttpd 0.9 finds the ends of header lines by their bytes and cuts them up where they lie, but hands them over as
// C strings, by MHD_get_connection_values_n too. So we walk over the whole header as it came: between one string and the
// next there may be only what separated them. A field that lies elsewhere was put together from several lines (RFC 9112
// 5.2: to be refused). Version 1 lays them out in another way and looks for such things itself.
struct walk {
    const char *at;
    const char *end;
    int hides;
};

static int step(struct walk *walk, const char *text, size_t length) {
    if (!text || text < walk->at || text > walk->end || length > (size_t)(walk->end - text)) return 0;
    for (const char *at = walk->at; at < text; at++)
        if (*at != 0 && *at != ' ' && *at != '\t' && *at != '\r' && *at != '\n') walk->hides = 1;
    walk->at = text + length;
    return 1;
}

static enum MHD_Result field(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    (void)kind;
    struct walk *walk = context;
    if (!name || !step(walk, name, strlen(name)) || (value && !step(walk, value, strlen(value)))) walk->hides = 1;
    return walk->hides ? MHD_NO : MHD_YES;
}

int cmicrohttpd_header_hides(
    struct MHD_Connection *connection, const char *method, const char *target, size_t length, const char *version) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!info || !method || !version || MHD_get_version()[0] != '0') return 0;
    struct walk walk = {method, method + info->header_size, 0};
    if (!step(&walk, method, strlen(method)) || !step(&walk, target, length) || !step(&walk, version, strlen(version)))
        return walk.hides;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, field, &walk);
    step(&walk, walk.end, 0);
    return walk.hides;
}

void cmicrohttpd_wipe(void *bytes, unsigned long count) { explicit_bzero(bytes, count); }
