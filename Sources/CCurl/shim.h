#pragma once
#include <curl/curl.h>
#include <stddef.h>

// curl_easy_setopt and friends are variadic: one typed wrapper per kind of value.
static inline CURLcode curl_set_string(CURL *_Nonnull handle, CURLoption option,
                                       const char *_Nullable value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode curl_set_pointer(CURL *_Nonnull handle, CURLoption option,
                                        void *_Nullable value) {
  return curl_easy_setopt(handle, option, value);
}
/// The bytes are copied (CURL_BLOB_COPY).
static inline CURLcode curl_set_blob(CURL *_Nonnull handle, CURLoption option,
                                     const void *_Nonnull bytes, size_t length) {
  struct curl_blob blob = {.data = (void *)bytes, .len = length, .flags = CURL_BLOB_COPY};
  return curl_easy_setopt(handle, option, &blob);
}
typedef size_t (*curl_receive)(char *_Nullable, size_t, size_t, void *_Nullable);
static inline CURLcode curl_set_body_receiver(CURL *_Nonnull handle, curl_receive _Nonnull receive,
                                              void *_Nullable context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
  return code ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
static inline CURLcode curl_set_header_receiver(CURL *_Nonnull handle,
                                                curl_receive _Nonnull receive,
                                                void *_Nullable context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, receive);
  return code ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}
static inline CURLcode curl_get_pointer(CURL *_Nonnull handle, CURLINFO info,
                                        void *_Nullable *_Nonnull value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode curl_get_long(CURL *_Nonnull handle, CURLINFO info, long *_Nonnull value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode curl_get_offset(CURL *_Nonnull handle, CURLINFO info,
                                       curl_off_t *_Nonnull value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode curl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
