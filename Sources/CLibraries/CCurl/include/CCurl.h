// libcurl, and its variadic calls with one typed function each.
#ifndef PURSER_CCURL_H
#define PURSER_CCURL_H

#include <curl/curl.h>

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, const void *value);
// Copied: the bytes may go at once.
CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count);
CURLcode ccurl_set_write(CURL *handle, curl_write_callback call, void *context);
CURLcode ccurl_set_header(CURL *handle, curl_write_callback call, void *context);
// The body comes from `call` and can never be rewound: asked to seek, it refuses.
CURLcode ccurl_set_body(CURL *handle, curl_read_callback call, void *context, long long count);
long ccurl_status(CURL *handle);
// Bytes of the request that went out, headers included.
long ccurl_request_bytes(CURL *handle);
void *ccurl_private(CURL *handle);
// Overwrites the strings of a list before they are freed: one of them was an Authorization header.
void ccurl_wipe(struct curl_slist *list);
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);
// The next finished transfer, or NULL; its outcome in `result`.
CURL *ccurl_finished(CURLM *multi, CURLcode *result);

#endif
