#pragma once

/// libpq and libcurl are opened when one of their functions is first called, not when the program starts: with the fifty
/// libraries that they bring along that takes 8 ms and 7 MiB, which a command that asks nobody need not spend. The
/// functions are called by their own names; those here only pass the call on.

/// Lists of a fleet come in pages of megabytes. glibc raises by itself the size from which on a freed buffer goes back to
/// the system, and keeps an arena per thread: over 1,000 clusters that is 12 MiB more, over one 0.8 MiB (measured). For
/// the beginning of a program; glibc alone has it.
void pgvigil_keep_memory_small(void);

/// Gives what is free to the system, holes between what is not included.
void pgvigil_give_back_memory(void);

/// The function of that name in a library, opened for good. Ends the program as the dynamic linker would have where there
/// is no such library.
void *_Nonnull pgvigil_library_function(const char *_Nonnull library, const char *_Nonnull name);
