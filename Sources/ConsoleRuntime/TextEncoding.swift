import CNcurses
import Glibc
import TextScreen

/// What the terminal's character set can show, by the locale.
struct TextEncoding {
  let isUTF8: Bool

  /// Sets LC_CTYPE from the environment. A locale that is named as UTF-8 but not installed here still says
  /// what the terminal takes, so C.UTF-8 stands in for it.
  static func fromEnvironment(_ terminal: TerminalDescription) -> TextEncoding {
    if setlocale(LC_CTYPE, "") == nil, namedLocale.map(isUTF8Name) ?? false {
      setlocale(LC_CTYPE, "C.UTF-8")
    }
    let codeset = String(cString: ncurses_codeset())
    return TextEncoding(isUTF8: isUTF8Name(codeset) && !terminal.predatesUnicode)
  }

  /// The glyphs for a terminal of type `term`; ASCII wherever anything else is in doubt.
  func glyphs(term: String, ascii: Bool) -> GlyphSet {
    guard isUTF8, !ascii else { return .ascii }
    return term == "linux" || term.hasPrefix("linux-") ? .linuxConsole : .unicode
  }

  private static var namedLocale: String? {
    ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { Environment[$0] }.first
  }

  private static func isUTF8Name(_ name: String) -> Bool {
    let lower = name.lowercased()
    return lower.hasSuffix("utf-8") || lower.hasSuffix("utf8")
  }
}

/// The process's environment; empty counts as not set.
enum Environment {
  static subscript(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Runs `body` with these variables set; children of later must not inherit them. For rare cases alone: other threads
  /// may be reading the environment.
  static func with<Value>(_ variables: [String: String], _ body: () -> Value) -> Value {
    let before = variables.keys.map { ($0, getenv($0).map { String(cString: $0) }) }
    for (name, value) in variables { setenv(name, value, 1) }
    defer {
      for (name, value) in before {
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
      }
    }
    return body()
  }
}

/// Makes glyphs that curses and the terminal agree on: what their widths differ for would shift the row.
struct GlyphEncoder {
  let encoding: TextEncoding
  private var known: [String: String] = [:]

  init(encoding: TextEncoding) { self.encoding = encoding }

  /// curses keeps one character and at most four marks per cell (CCHARW_MAX is 5).
  private static let scalarsPerCell = 5

  /// The glyph itself, or `?` as wide as it was laid out where it cannot be shown.
  mutating func bytes(for glyph: String) -> String {
    if glyph.utf8.count == 1 { return glyph }
    if let text = known[glyph] { return text }
    let text = encode(glyph)
    // Outside text could grow this without end.
    if known.count > 4096 { known = [:] }
    known[glyph] = text
    return text
  }

  private func encode(_ glyph: String) -> String {
    let wanted = GlyphWidth.columns(of: glyph)
    let substitute = String(repeating: "?", count: max(1, wanted))
    guard encoding.isUTF8, let first = glyph.unicodeScalars.first else { return substitute }
    guard ncurses_character_columns(first.value) == Int32(wanted) else { return substitute }
    // Joiners and variation selectors change the width of what they join.
    let marks = glyph.unicodeScalars.dropFirst().filter {
      switch $0.properties.generalCategory {
      case .nonspacingMark, .enclosingMark:
        !(0xFE00...0xFE0F).contains($0.value) && ncurses_character_columns($0.value) == 0
      default: false
      }
    }
    var text = String.UnicodeScalarView()
    text.append(first)
    text.append(contentsOf: marks.prefix(Self.scalarsPerCell - 1))
    return String(text)
  }
}
