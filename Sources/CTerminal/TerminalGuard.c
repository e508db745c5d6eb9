#define _GNU_SOURCE
#include "CTerminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <term.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
  ALTERNATE_STACK_SIZE = 64 * 1024,
  // Milliseconds.
  RESET_PATIENCE = 500,
  STOPPED_PATIENCE = 600,
  ENDING_PATIENCE = 3000,
};

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
static const int loop_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

// Everything a signal handler touches is static and written before the handler is installed.
static atomic_int armed;
static int terminal_input = -1;
// What curses writes to, which may be held back for a while, and the same terminal by a number of our own.
static int terminal_output = -1;
static int terminal = -1;
static struct termios saved_modes;
static char reset_bytes[512];
static size_t reset_length;
static atomic_int saved_errors = -1;
static char error_path[1024];
static int signal_pipe[2] = {-1, -1};
static struct sigaction previous[NSIG];
static bool catching;

// Output may have stopped (^S, a frozen connection): then the thread that draws hangs in write, also while it ends.
static int ending_pipe[2] = {-1, -1};
static pthread_t drawing_thread;
static atomic_int given_back = 1;

/// Whether the terminal takes more, or never will again; false = its output stands still.
static bool takes_output(int descriptor, int milliseconds) {
  struct pollfd output = {.fd = descriptor, .events = POLLOUT};
  return poll(&output, 1, milliseconds) != 0;
}

/// Gives up where output stands still.
static void write_all(int descriptor, const char *bytes, size_t length) {
  while (length > 0) {
    if (!takes_output(descriptor, RESET_PATIENCE)) return;
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
  write_all(terminal, reset_bytes, reset_length);
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
  if (number == SIGTERM || number == SIGHUP || number == SIGINT || number == SIGQUIT) {
    ignored = write(ending_pipe[1], &byte, 1);
  }
  (void)ignored;
  errno = saved;
}

static long milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/// True as soon as the terminal is given back; false after so many milliseconds with its output standing still, or
/// after ENDING_PATIENCE since `begin` in any case.
static bool is_given_back(int milliseconds, long begin) {
  long still_since = milliseconds_now();
  while (!atomic_load(&given_back)) {
    poll(NULL, 0, 20);
    long now = milliseconds_now();
    if (now - begin >= ENDING_PATIENCE) return false;
    if (takes_output(terminal, 0)) still_since = now;
    if (now - still_since >= milliseconds) return false;
  }
  return true;
}

/// What is still to be written goes nowhere, so that the drawing thread comes back from its write.
static void abandon_terminal(void) {
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return;
  dup3(nowhere, terminal, O_CLOEXEC);
  dup2(nowhere, terminal_output);
  int errors = atomic_load(&saved_errors);
  if (errors >= 0) {
    dup3(nowhere, errors, O_CLOEXEC);
  } else if (isatty(STDERR_FILENO)) {
    dup2(nowhere, STDERR_FILENO);
  }
  close(nowhere);
  // The interrupted write is begun anew, and looks its descriptor up again.
  pthread_kill(drawing_thread, SIGWINCH);
}

static void *watch_ending(void *unused) {
  (void)unused;
  char byte;
  while (true) {
    ssize_t count = read(ending_pipe[0], &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1) return NULL;
    long begin = milliseconds_now();
    if (is_given_back(STOPPED_PATIENCE, begin)) continue;
    // Undoes a ^S, also one that only the keyboard may: the last bytes still set the terminal right.
    tcflow(terminal, TCOOFF);
    tcflow(terminal, TCOON);
    if (!is_given_back(STOPPED_PATIENCE, begin)) abandon_terminal();
  }
}

/// Once; without it only stopped output can keep the program from ending.
static void start_watching_ending(void) {
  if (ending_pipe[0] >= 0 || pipe2(ending_pipe, O_CLOEXEC) != 0) return;
  // The handler must never wait.
  fcntl(ending_pipe[1], F_SETFL, O_NONBLOCK);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, watch_ending, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
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
  if (terminal >= 0) close(terminal);
  terminal = fcntl(output, F_DUPFD_CLOEXEC, 10);
  if (terminal < 0) return false;
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
  drawing_thread = pthread_self();
  atomic_store(&given_back, 0);
  start_watching_ending();
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
  atomic_store(&given_back, 1);
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

int terminal_guard_terminal(void) { return terminal; }

int terminal_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
