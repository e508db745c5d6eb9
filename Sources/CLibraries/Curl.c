#include "Forward.h"

#include <curl/curl.h>
#include <stdarg.h>

// The checks of types are macros of the variadic functions' names.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define CURL_CALL(type, name, parameters, ...)                                               \
  FORWARD("libcurl.so.4", type, name, parameters, __VA_ARGS__)

CURL_CALL(CURLcode, curl_global_init, (long flags), flags)
CURL_CALL(CURL *, curl_easy_init, (void), )
CURL_CALL(void, curl_easy_cleanup, (CURL * handle), handle)
CURL_CALL(const char *, curl_easy_strerror, (CURLcode code), code)
CURL_CALL(CURLM *, curl_multi_init, (void), )
CURL_CALL(CURLMcode, curl_multi_cleanup, (CURLM * multi), multi)
CURL_CALL(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *handle), multi, handle)
CURL_CALL(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *handle), multi, handle)
CURL_CALL(CURLMcode, curl_multi_perform, (CURLM * multi, int *running), multi, running)
CURL_CALL(CURLMcode, curl_multi_poll,
          (CURLM * multi, struct curl_waitfd extra[], unsigned count, int timeout, int *ready),
          multi, extra, count, timeout, ready)
CURL_CALL(CURLMcode, curl_multi_wakeup, (CURLM * multi), multi)
CURL_CALL(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), multi, left)
CURL_CALL(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text),
          list, text)
CURL_CALL(void, curl_slist_free_all, (struct curl_slist * list), list)

// Of the variadic ones: a value is a long, an offset or a pointer, all of one width and passed alike.
_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *),
               "values of options differ in width");

#define FORWARD_VALUE(type, name, Handle, Option)                                            \
  __attribute__((visibility("hidden"))) type name(Handle *handle, Option option, ...) {      \
    va_list values;                                                                          \
    va_start(values, option);                                                                \
    void *value = va_arg(values, void *);                                                    \
    va_end(values);                                                                          \
    REAL("libcurl.so.4", name);                                                              \
    return real(handle, option, value);                                                      \
  }

FORWARD_VALUE(CURLcode, curl_easy_setopt, CURL, CURLoption)
FORWARD_VALUE(CURLcode, curl_easy_getinfo, CURL, CURLINFO)
FORWARD_VALUE(CURLMcode, curl_multi_setopt, CURLM, CURLMoption)
