#include "CMicrohttpd.h"

#include <stddef.h>
#include <stdint.h>

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
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned int flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    return MHD_start_daemon(flags, 0, NULL, NULL, s->answer, s->context, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

int cmicrohttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

void *cmicrohttpd_connection_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}
