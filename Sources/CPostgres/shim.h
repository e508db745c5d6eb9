#pragma once
#include <libpq-fe.h>
#include <unistd.h>

/// The C global `environ`, which Swift 6 does not let through as it is.
extern char **environ;
static inline char **pgvigil_environment(void) { return environ; }
