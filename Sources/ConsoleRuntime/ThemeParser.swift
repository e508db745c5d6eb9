import RecoveryModel
import TextScreen

/// What is wrong with a theme file, where, and what was expected.
package struct ThemeError: Error, Sendable, Equatable, CustomStringConvertible {
  package var file: String
  /// From 1; 0 = the file as a whole.
  package var line: Int
  package var message: String

  package init(file: String, line: Int, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  package var description: String {
    line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)"
  }
}

/// Reads a theme: the flat part of YAML, one line per role.
///
///     # comment
///     critical: {fg: bright-red, bg: default, attributes: [bold]}
///
/// All three keys may be left out, and so may roles other than `text`: they look like `text`.
enum ThemeParser {
  static func parse(
    _ text: String, name: String, file: String
  ) throws(ThemeError) -> Theme {
    var styles: [Role: Style] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let reader = Reader(file: file, line: index + 1)
      guard let (role, style) = try reader.entry(String(line)) else { continue }
      guard styles.updateValue(style, forKey: role) == nil else {
        throw reader.error("`\(role.rawValue)` is set twice")
      }
    }
    guard styles[.text] != nil else {
      throw ThemeError(
        file: file, line: 0, message: "`text` is missing: what all other roles fall back to")
    }
    return Theme(name: name, styles: styles)
  }

  /// One line of one file.
  private struct Reader {
    let file: String
    let line: Int

    private func nearest(_ name: String, among known: [String]) -> String {
      Suggestion.nearestFirst(to: name, among: known).first ?? ""
    }

    func error(_ message: String) -> ThemeError {
      ThemeError(file: file, line: line, message: message)
    }

    /// nil for a blank line, a comment, or the start of the document.
    func entry(_ text: String) throws(ThemeError) -> (Role, Style)? {
      let content = withoutComment(text)
      guard !content.allSatisfy(\.isWhitespace), content.trimmed != "---" else { return nil }
      guard content.first?.isWhitespace == false else {
        throw error("unexpected indentation: expected `role: {fg: …, bg: …, attributes: […]}`")
      }
      let (key, value) = try pair(content)
      guard let role = Role(rawValue: key) else {
        let likely = nearest(key, among: Role.allCases.map(\.rawValue))
        throw error("`\(key)` is no role; the nearest is `\(likely)`")
      }
      guard value.hasPrefix("{"), value.hasSuffix("}"), value.count >= 2 else {
        throw error("`\(key)`: expected `{fg: …, bg: …, attributes: […]}`, found `\(value)`")
      }
      return (role, try style(String(value.dropFirst().dropLast()), of: key))
    }

    private func style(_ text: String, of role: String) throws(ThemeError) -> Style {
      var style = Style()
      for part in items(of: text) {
        let (key, value) = try pair(part)
        switch key {
        case "fg": style.foreground = try color(value, key: "\(role).fg")
        case "bg": style.background = try color(value, key: "\(role).bg")
        case "attributes": style.attributes = try attributes(value, key: "\(role).attributes")
        default:
          let likely = nearest(key, among: ["fg", "bg", "attributes"])
          throw error("`\(role).\(key)` is unknown; the nearest is `\(likely)`")
        }
      }
      return style
    }

    private func color(_ text: String, key: String) throws(ThemeError) -> Color {
      if let color = Color(text) { return color }
      let likely = nearest(text, among: Color.names + ["default"])
      throw error(
        "`\(key)`: `\(text)` is no colour; expected `default`, 0 to 255 or a name as `\(likely)`")
    }

    private func attributes(_ text: String, key: String) throws(ThemeError) -> TextAttributes {
      guard text.hasPrefix("["), text.hasSuffix("]"), text.count >= 2 else {
        throw error("`\(key)`: expected a list as `[bold]`, found `\(text)`")
      }
      var attributes: TextAttributes = []
      for name in items(of: String(text.dropFirst().dropLast())) {
        guard let known = TextAttributes.names.first(where: { $0.name == name }) else {
          let likely = nearest(name, among: TextAttributes.names.map(\.name))
          throw error("`\(key)`: `\(name)` is no attribute; the nearest is `\(likely)`")
        }
        attributes.insert(known.value)
      }
      return attributes
    }

    private func pair(_ text: String) throws(ThemeError) -> (key: String, value: String) {
      guard let colon = text.firstIndex(of: ":") else {
        throw error("expected `key: value`, found `\(text.trimmed)`")
      }
      return (text[..<colon].trimmed, text[text.index(after: colon)...].trimmed)
    }

    /// Parts between the commas that are outside of brackets.
    private func items(of text: String) -> [String] {
      var items = [""]
      var depth = 0
      for character in text {
        switch character {
        case "[": depth += 1
        case "]": depth -= 1
        default: break
        }
        if character == ",", depth == 0 {
          items.append("")
        } else {
          items[items.count - 1].append(character)
        }
      }
      return items.map(\.trimmed).filter { !$0.isEmpty }
    }

    /// A `#` starts a comment at the beginning of a line or after a blank.
    private func withoutComment(_ text: String) -> String {
      var previous: Character = " "
      for index in text.indices {
        if text[index] == "#", previous.isWhitespace { return String(text[..<index]) }
        previous = text[index]
      }
      return text
    }
  }
}
