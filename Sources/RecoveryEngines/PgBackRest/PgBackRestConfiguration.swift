import Glibc
import RecoveryModel

/// pgbackrest.conf as text: `[global]`, `[global:command]`, `[stanza]`, `[stanza:command]`, `key=value`.
/// Only keys that pgvigil asks for are ever looked at.
struct PgBackRestConfiguration: Sendable, Equatable {
  private var sections: [String: [String: String]] = [:]

  init(text: String) {
    var section = ""
    for line in text.split(whereSeparator: \.isNewline) {
      let line = PlainText.stripped(line)
      if line.hasPrefix("["), line.hasSuffix("]") {
        section = String(line.dropFirst().dropLast())
      } else if !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") {
        let key = PlainText.stripped(line[..<equals])
        let value = PlainText.stripped(line[line.index(after: equals)...])
        sections[section, default: [:]][key] = value
      }
    }
  }

  /// The most particular value: stanza and command, stanza, global and command, global.
  func value(_ key: String, stanza: String, command: String? = nil) -> String? {
    if let command, let value = sections["\(stanza):\(command)"]?[key] { return value }
    if let value = sections[stanza]?[key] { return value }
    if let command, let value = sections["global:\(command)"]?[key] { return value }
    return sections["global"]?[key]
  }

  func hasStanza(_ stanza: String) -> Bool { sections[stanza] != nil }
}

/// What the engine needs to know of one repository, from its configuration.
struct RepositoryPlace: Sendable, Equatable {
  /// Directory of a repository on this host; nil = object store or another host.
  var path: String?
  /// Where `<stanza>-backup.lock` lies.
  var lockPath: String

  init(_ configuration: PgBackRestConfiguration, settings: PgBackRestSettings) {
    let prefix = "repo\(settings.repository)"
    func value(_ key: String) -> String? { configuration.value(key, stanza: settings.stanza) }
    let type = value("\(prefix)-type") ?? "posix"
    // pgBackRest's own defaults: /var/lib/pgbackrest, /tmp/pgbackrest.
    let isLocal = (type == "posix" || type == "cifs") && value("\(prefix)-host") == nil
    path = isLocal ? value("\(prefix)-path") ?? "/var/lib/pgbackrest" : nil
    lockPath = value("lock-path") ?? "/tmp/pgbackrest"
  }
}

/// Small text matters without Foundation.
enum PlainText {
  static func stripped(_ text: some StringProtocol) -> String {
    var text = Substring(text)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Lines of pgBackRest's stderr without its prefix (`P00  ERROR: [055]: `), errors first; at most 300
  /// characters.
  static func complaint(_ stderr: String) -> String {
    let lines = stderr.split(whereSeparator: \.isNewline).map { stripped($0) }
    let start = lines.firstIndex { $0.contains("ERROR:") } ?? 0
    var text = lines.dropFirst(start).prefix(3).joined(separator: " ")
    if let range = text.firstRange(of: "ERROR:") { text = stripped(text[range.upperBound...]) }
    // `[053]:` repeats the exit status.
    if text.hasPrefix("["), let end = text.firstRange(of: "]: ") {
      text = String(text[end.upperBound...])
    }
    return String(text.prefix(300))
  }
}
