#pragma once
// Wide-character API (cchar_t, wget_wch); must be set before <curses.h> in the one place that includes it.
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <term.h>

// Globals and computed macros that Swift cannot import.
static inline WINDOW *_Nullable ncurses_screen(void) { return stdscr; }
static inline int ncurses_lines(void) { return LINES; }
static inline int ncurses_columns(void) { return COLS; }
static inline int ncurses_colors(void) { return COLORS; }
static inline int ncurses_color_pairs(void) { return COLOR_PAIRS; }
static inline FILE *_Nonnull standard_output(void) { return stdout; }
static inline FILE *_Nonnull standard_input(void) { return stdin; }

enum : uint32_t {
  NCURSES_BOLD = A_BOLD,
  NCURSES_DIM = A_DIM,
  NCURSES_REVERSE = A_REVERSE,
  NCURSES_UNDERLINE = A_UNDERLINE,
};

/// Writes `length` bytes of UTF-8 at (y, x) with attributes and a colour pair (pairs above 32767 work).
static inline int ncurses_put(WINDOW *_Nonnull window, int y, int x, const char *_Nonnull utf8,
                              int length, uint32_t attributes, int pair) {
  if (wmove(window, y, x) == ERR) return ERR;
  wattr_set(window, (attr_t)attributes, 0, &pair);
  return waddnstr(window, utf8, length);
}

/// A string capability of the terminal's description, also an extended one; NULL where it has none.
static inline const char *_Nullable ncurses_capability(const char *_Nonnull name) {
  const char *text = tigetstr((char *)name);
  return text == (const char *)-1 ? NULL : text;
}

/// Loads a terminal's description; false where there is none of that name. newterm alone would not say why.
static inline int ncurses_load_description(const char *_Nonnull name, int output) {
  int reason = 0;
  return setupterm(name, output, &reason) == OK;
}

/// Whether the loaded description has a flag, as `gn` for a kind of line instead of a terminal.
static inline int ncurses_flag(const char *_Nonnull name) { return tigetflag((char *)name) == 1; }

enum : uint32_t {
  NCURSES_FIRST_BUTTON_CLICKED = BUTTON1_CLICKED,
  NCURSES_FIRST_BUTTON_PRESSED = BUTTON1_PRESSED,
};

/// The character set of LC_CTYPE, as `UTF-8`.
static inline const char *_Nonnull ncurses_codeset(void) { return nl_langinfo(CODESET); }

/// The columns that the C library, and so curses, gives a character; -1 = it cannot be shown.
static inline int ncurses_character_columns(uint32_t character) {
  extern int wcwidth(wchar_t);
  return wcwidth((wchar_t)character);
}
