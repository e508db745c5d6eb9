#define _GNU_SOURCE
#include "CTerminal.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

// One frame: more goes out in as many pieces.
static char piece[64 * 1024];
static int memory = -1;

bool terminal_hold_output(int output) {
  if (memory < 0) memory = memfd_create("frame", MFD_CLOEXEC);
  return memory >= 0 && dup2(memory, output) >= 0;
}

/// False = nobody reads any more.
static bool write_whole(int output, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(output, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      struct pollfd room = {.fd = output, .events = POLLOUT};
      poll(&room, 1, -1);
      continue;
    }
    if (written <= 0) return false;
    bytes += written;
    length -= (size_t)written;
  }
  return true;
}

void terminal_release_output(int output, int terminal) {
  dup2(terminal, output);
  off_t length = lseek(memory, 0, SEEK_CUR);
  lseek(memory, 0, SEEK_SET);
  for (off_t done = 0; done < length;) {
    size_t rest = (size_t)(length - done);
    ssize_t count = pread(memory, piece, rest < sizeof piece ? rest : sizeof piece, done);
    if (count <= 0 || !write_whole(output, piece, (size_t)count)) return;
    done += count;
  }
}
