import ManifestLint
import RecoveryModel
import TextScreen

/// Colour for terminals that want it; the words say the same without it.
package struct TextStyle: Sendable, Equatable {
  package var colour: Bool

  package static let plain = TextStyle(colour: false)
  package static let coloured = TextStyle(colour: true)

  func verdict(_ verdict: Verdict) -> String {
    switch verdict {
    case .proven: painted(verdict.rawValue, "1;32")
    case .likely: painted(verdict.rawValue, "32")
    case .atRisk: painted(verdict.rawValue, "1;33")
    case .notRecoverable: painted(verdict.rawValue, "1;31")
    case .unknown: painted(verdict.rawValue, "1;35")
    }
  }

  func severity(_ severity: Severity) -> String {
    switch severity {
    case .critical: painted("CRITICAL", "1;31")
    case .warning: painted("WARNING", "33")
    case .info: painted("INFO", "36")
    }
  }

  func lint(_ severity: LintSeverity) -> String {
    switch severity {
    case .error: painted("error", "1;31")
    case .warning: painted("warning", "33")
    case .info: painted("info", "36")
    }
  }

  func dim(_ text: String) -> String { painted(text, "2") }

  private func painted(_ text: String, _ codes: String) -> String {
    colour ? "\u{1B}[\(codes)m\(text)\u{1B}[0m" : text
  }
}

/// Lays words out in 80 columns.
enum TextLayout {
  static let width = 80

  /// `label    text`, the text wrapped at the width under itself.
  static func labelled(_ label: String, _ text: String, indent: Int = 2, column: Int = 14) -> String
  {
    let head = String(repeating: " ", count: indent) + padded(label, column - indent)
    return wrapped(text, first: head, rest: String(repeating: " ", count: column))
  }

  /// Words after `first`, continued after `rest`. A word longer than a line stands on its own, uncut, and so does a command:
  /// it is copied.
  static func wrapped(_ text: String, first: String, rest: String) -> String {
    Wrap.lines(
      PrintedCommand.glued(text), width: width - GlyphWidth.columns(of: rest),
      first: width - GlyphWidth.columns(of: first), cutsWords: false
    ).enumerated().map { ($0 == 0 ? first : rest) + PrintedCommand.unglued($1) }
      .joined(separator: "\n")
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - GlyphWidth.columns(of: text)))
  }

  /// Rows in aligned columns, two spaces between, nothing after the last.
  static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? GlyphWidth.columns(of: $0[column]) : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : padded(cell, widths[column])
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
