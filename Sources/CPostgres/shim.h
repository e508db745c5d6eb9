#pragma once
// Debian keeps it in a folder of its own.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
#include <unistd.h>

/// The C global `environ`, which Swift 6 does not let through as it is.
extern char **environ;
static inline char **pgvigil_environment(void) { return environ; }
