#define _GNU_SOURCE
#include "CTerminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

enum { ALTERNATE_STACK_SIZE = 64 * 1024 };

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
static const int loop_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

// Everything a signal handler touches is static and written before the handler is installed.
static atomic_int armed;
static int terminal_input = -1;
static int terminal_output = -1;
static struct termios saved_modes;
static char reset_bytes[512];
static size_t reset_length;
static atomic_int saved_errors = -1;
static char error_path[1024];
static int signal_pipe[2] = {-1, -1};
static struct sigaction previous[NSIG];
static bool catching;

static void write_all(int descriptor, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(descriptor, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    length -= (size_t)written;
  }
}

/// Async-signal-safe. Only the first of several callers does anything.
static void restore_terminal(void) {
  if (!atomic_exchange(&armed, 0)) return;
  // From the background, setting the modes would stop the process instead.
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  struct sigaction before;
  sigaction(SIGTTOU, &ignore, &before);
  write_all(terminal_output, reset_bytes, reset_length);
  tcsetattr(terminal_input, TCSANOW, &saved_modes);
  sigaction(SIGTTOU, &before, NULL);
}

void terminal_guard_release_errors(void) {
  int descriptor = atomic_exchange(&saved_errors, -1);
  if (descriptor < 0) return;
  dup2(descriptor, STDERR_FILENO);
  close(descriptor);
}

static void on_fatal_signal(int number, siginfo_t *info, void *context) {
  (void)context;
  restore_terminal();
  if (atomic_load(&saved_errors) >= 0) {
    terminal_guard_release_errors();
    static const char message[] = "pgvigil: crashed; what it said before is in ";
    write_all(STDERR_FILENO, message, sizeof message - 1);
    write_all(STDERR_FILENO, error_path, strlen(error_path));
    write_all(STDERR_FILENO, "\n", 1);
  }
  sigaction(number, &previous[number], NULL);
  // A real fault happens again on return, now under the previous handler (the runtime's backtrace).
  if (info->si_code > 0 && number != SIGABRT) return;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
}

static void on_loop_signal(int number) {
  int saved = errno;
  char byte = (char)number;
  // A full pipe already wakes the loop.
  ssize_t ignored = write(signal_pipe[1], &byte, 1);
  (void)ignored;
  errno = saved;
}

/// Appends a capability without its padding marks (`$<2>`), which only tputs would understand; false where the terminal
/// has none of that name.
static bool append_capability(const char *name) {
  const char *text = tigetstr((char *)name);
  if (text == NULL || text == (char *)-1) return false;
  while (*text != '\0' && reset_length < sizeof reset_bytes) {
    const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
    if (end != NULL) {
      text = end + 1;
      continue;
    }
    reset_bytes[reset_length++] = *text++;
  }
  return true;
}

bool terminal_guard_arm(int input, int output) {
  if (tcgetattr(input, &saved_modes) != 0) return false;
  terminal_input = input;
  terminal_output = output;
  reset_length = 0;
  // Bracketed paste off, attributes off, cursor on, keypad off, and the screen from before.
  static const char paste_off[] = "\033[?2004l";
  if (!append_capability("BD")) {
    const char *cup = tigetstr("cup");
    if (cup != NULL && cup != (char *)-1 && strncmp(cup, "\033[", 2) == 0) {
      memcpy(reset_bytes, paste_off, sizeof paste_off - 1);
      reset_length = sizeof paste_off - 1;
    }
  }
  static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) append_capability(names[i]);

  static char *stack;
  if (stack == NULL && (stack = malloc(ALTERNATE_STACK_SIZE)) != NULL) {
    stack_t alternate = {.ss_sp = stack, .ss_size = ALTERNATE_STACK_SIZE};
    sigaltstack(&alternate, NULL);
  }
  static bool registered;
  if (!registered) registered = atexit(restore_terminal) == 0;
  atomic_store(&armed, 1);

  struct sigaction action = {.sa_sigaction = on_fatal_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++) {
    sigaction(fatal_signals[i], &action, &previous[fatal_signals[i]]);
  }
  return true;
}

int terminal_guard_catch_signals(void) {
  if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  struct sigaction action = {.sa_handler = on_loop_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof loop_signals / sizeof *loop_signals; i++) {
    int number = loop_signals[i];
    sigaction(number, NULL, &previous[number]);
    // Started under nohup: a hangup that was ignored stays ignored.
    if (number == SIGHUP && previous[number].sa_handler == SIG_IGN) continue;
    sigaction(number, &action, NULL);
  }
  catching = true;
  // A parent may have started us with them blocked, and would then wait for ever.
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof loop_signals / sizeof *loop_signals; i++) {
    sigaddset(&set, loop_signals[i]);
  }
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  return signal_pipe[0];
}

bool terminal_guard_redirect_errors(const char *path) {
  if (atomic_load(&saved_errors) >= 0 || strlen(path) >= sizeof error_path) return false;
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return false;
  int copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
  if (copy < 0 || dup2(file, STDERR_FILENO) < 0) {
    if (copy >= 0) close(copy);
    close(file);
    return false;
  }
  strcpy(error_path, path);
  atomic_store(&saved_errors, copy);
  close(file);
  return true;
}

void terminal_guard_disarm(void) {
  restore_terminal();
  terminal_guard_release_errors();
  for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++) {
    sigaction(fatal_signals[i], &previous[fatal_signals[i]], NULL);
  }
  if (!catching) return;
  catching = false;
  for (size_t i = 0; i < sizeof loop_signals / sizeof *loop_signals; i++) {
    // ncurses's own handlers would touch a screen that is gone. Hangups come twice, from the terminal and from the shell
    // in it: the second one must not end the clean-up that the first one began.
    signal(loop_signals[i], loop_signals[i] == SIGHUP ? SIG_IGN : SIG_DFL);
  }
}

void terminal_guard_stop(bool whole_group) {
  struct sigaction action = {.sa_handler = SIG_IGN};
  struct sigaction before;
  sigaction(SIGTSTP, &action, &before);
  if (whole_group) kill(0, SIGTSTP);
  // To this thread alone: it has arrived when raise returns, so the handler can be put back.
  action.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &action, NULL);
  raise(SIGTSTP);
  sigaction(SIGTSTP, &before, NULL);
}

int terminal_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
