#pragma once

#include "CLibraries.h"
#include <stdatomic.h>

// `real` becomes the library's own function. Hidden: the library must not call us instead of itself.
#define REAL(library, name)                                                                  \
  static _Atomic(void *) found;                                                              \
  void *address = atomic_load_explicit(&found, memory_order_acquire);                        \
  if (!address) {                                                                            \
    address = pgvigil_library_function(library, #name);                                      \
    atomic_store_explicit(&found, address, memory_order_release);                            \
  }                                                                                          \
  __typeof__(&(name)) real = (__typeof__(&(name)))address

#define FORWARD(library, type, name, parameters, ...)                                        \
  __attribute__((visibility("hidden"))) type name parameters {                               \
    REAL(library, name);                                                                     \
    return real(__VA_ARGS__);                                                                \
  }
