#pragma once
#include <zlib.h>

// The initialisers are macros.
static inline int zlib_deflate_init(z_stream *_Nonnull stream) {
  return deflateInit(stream, Z_DEFAULT_COMPRESSION);
}
static inline int zlib_inflate_init(z_stream *_Nonnull stream) { return inflateInit(stream); }
/// Of gzip's own frame.
static inline int zlib_gunzip_init(z_stream *_Nonnull stream) {
  return inflateInit2(stream, 16 + MAX_WBITS);
}
