#include "CLibraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

void *pgvigil_library_function(const char *library, const char *name) {
  // The second call for the same library only counts.
  void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  void *function = handle ? dlsym(handle, name) : NULL;
  if (function) return function;
  dprintf(STDERR_FILENO, "pgvigil: %s\n", dlerror());
  _exit(127);
}
