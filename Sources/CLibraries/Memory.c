#include "CLibraries.h"

#include <malloc.h>

void pgvigil_give_back_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void pgvigil_keep_memory_small(void) {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 1);
#endif
}
