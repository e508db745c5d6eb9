#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Saves the modes of `input`, prepares the bytes that put `output` back, and catches crashes from now on.
/// Needs the terminal's description to be loaded; call before ncurses changes anything. False = not a terminal.
bool terminal_guard_arm(int input, int output);

/// Catches SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP and SIGCONT; call after ncurses has set its own
/// handlers. Each arrives as one byte, its number, at the returned descriptor; -1 = no descriptor to be had.
/// Call on the thread that draws. Where its output has stopped when one arrives that ends the program, what is
/// written from then on is dropped.
int terminal_guard_catch_signals(void);

/// Sends standard error to a file (made with mode 0600) while the screen is ours. False = it stays where it was.
bool terminal_guard_redirect_errors(const char *_Nonnull path);

/// Puts standard error back where it was.
void terminal_guard_release_errors(void);

/// Puts the terminal and the signal handlers back. What is left to do after ncurses's own end is harmless.
void terminal_guard_disarm(void);

/// Stops this process as the terminal's suspend key does, and returns when it is continued.
/// `whole_group` stops every process of its group, as the terminal itself would have.
void terminal_guard_stop(bool whole_group);

/// The terminal that the guard was armed for, by a number that nobody else writes to or redirects; -1 = it was not.
int terminal_guard_terminal(void);

/// From now on what is written to `output` is kept; false = it is not, and goes out as before. One thread alone.
bool terminal_hold_output(int output);

/// Makes `output` the terminal again and writes what was kept, in one piece of up to 64 KiB: each write of its own
/// wakes an SSH server, and may become a packet of its own. Blocks while the terminal takes nothing.
void terminal_release_output(int output, int terminal);

/// A descriptor for waking a poll (eventfd), non-blocking, close-on-exec; -1 on failure.
int terminal_event_descriptor(void);
