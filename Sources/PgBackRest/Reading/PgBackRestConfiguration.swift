import LocalFiles
import RecoveryModel

/// pgBackRest's options as it finds them itself: `PGBACKREST_*` variables before files, and in these `[stanza:command]`,
/// `[stanza]`, `[global:command]`, `[global]`. Only keys that pgvigil asks for are ever looked at.
package struct PgBackRestConfiguration: Sendable, Equatable {
  /// Options by section, under their present names.
  private var sections: [String: [String: String]] = [:]
  private var variables: [String: String] = [:]

  /// `environment`: names and values of variables; those that are not pgBackRest's are left out.
  init(text: String, environment: [String: String] = [:]) {
    var section = ""
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.trimmed
      if line.hasPrefix("["), line.hasSuffix("]") {
        section = String(line.dropFirst().dropLast())
      } else if !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") {
        let key = line[..<equals].trimmed
        let value = line[line.index(after: equals)...].trimmed
        sections[section, default: [:]][OptionNames.present(key)] = value
      }
    }
    for (name, value) in environment where name.hasPrefix(OptionNames.variablePrefix) {
      let key = name.dropFirst(OptionNames.variablePrefix.count).lowercased()
      variables[OptionNames.present(key.replacing("_", with: "-"))] = value
    }
  }

  /// The most particular value: variable, stanza and command, stanza, global and command, global.
  package func value(_ key: String, stanza: String, command: String? = nil) -> String? {
    if let value = variables[key] { return value }
    return Self.order(stanza: stanza, command: command).lazy
      .compactMap { sections[$0]?[key] }.first
  }

  /// Those that have a section, sorted.
  var stanzas: [String] {
    let names = sections.keys.compactMap { $0.split(separator: ":").first.map(String.init) }
    return Set(names).subtracting(["global"]).sorted()
  }

  /// Some option is set somewhere.
  var isAny: Bool { !variables.isEmpty || sections.values.contains { !$0.isEmpty } }

  /// Numbers of the repositories that some option speaks of; empty where none does, and then it is repository 1.
  func repositories(stanza: String) -> [Int] {
    let keys =
      Array(variables.keys)
      + [stanza, "global"].flatMap { section in
        sections.filter { $0.key == section || $0.key.hasPrefix("\(section):") }
          .flatMap(\.value.keys)
      }
    let numbers = keys.compactMap { key -> Int? in
      guard key.hasPrefix("repo"), let dash = key.firstIndex(of: "-") else { return nil }
      return Int(key[key.index(key.startIndex, offsetBy: 4)..<dash])
    }
    return Set(numbers).sorted()
  }

  private static func order(stanza: String, command: String?) -> [String] {
    guard let command else { return [stanza, "global"] }
    return ["\(stanza):\(command)", stanza, "global:\(command)", "global"]
  }
}

/// Names that options had before: pgBackRest still takes them (its `deprecate` rules).
enum OptionNames {
  static let variablePrefix = "PGBACKREST_"

  private static let hostParts = [
    "host": "host", "cmd": "host-cmd", "config": "host-config", "ssh-port": "host-port",
    "user": "host-user",
  ]
  private static let databaseParts = hostParts.merging([
    "path": "path", "port": "port", "socket-path": "socket-path",
  ]) { first, _ in first }

  /// `repo-path` → `repo1-path`, `retention-full` → `repo1-retention-full`, `db2-ssh-port` → `pg2-host-port`.
  static func present(_ key: some StringProtocol) -> String {
    let key = String(key)
    if key.hasPrefix("repo-") { return "repo1-\(key.dropFirst(5))" }
    if key.hasPrefix("retention-") || key == "hardlink" { return "repo1-\(key)" }
    if key == "archive-queue-max" { return "archive-push-queue-max" }
    guard let dash = key.firstIndex(of: "-") else { return key }
    let (head, tail) = (key[..<dash], String(key[key.index(after: dash)...]))
    if head == "backup", let part = hostParts[tail] { return "repo1-\(part)" }
    if head == "db" || head.hasPrefix("db") && Int(head.dropFirst(2)) != nil,
      let part = databaseParts[tail]
    {
      return "pg\(head == "db" ? "1" : head.dropFirst(2))-\(part)"
    }
    return key
  }
}

/// What the engine needs to know of one repository, from its configuration.
package struct RepositoryPlace: Sendable, Equatable {
  /// Directory of a repository on this host; nil = object store or another host.
  var path: String?
  /// No option names it: it may be no repository of ours.
  private let isDefault: Bool
  /// Where it is, for people: `/var/lib/pgbackrest`, `s3 bucket/path`, `/backup on host`.
  var words: String
  /// Where `<stanza>-backup.lock` and the stop files lie.
  var lockPath: String

  /// `repository`: number, from 1.
  init(_ configuration: PgBackRestConfiguration, stanza: String, repository: Int) {
    let prefix = "repo\(repository)"
    func value(_ key: String) -> String? { configuration.value(key, stanza: stanza) }
    let type = value("\(prefix)-type") ?? "posix"
    // pgBackRest's own defaults: /var/lib/pgbackrest, /tmp/pgbackrest.
    let isLocal = (type == "posix" || type == "cifs") && value("\(prefix)-host") == nil
    path = isLocal ? value("\(prefix)-path") ?? "/var/lib/pgbackrest" : nil
    isDefault = value("\(prefix)-path") == nil
    lockPath = value("lock-path") ?? "/tmp/pgbackrest"
    let directory = value("\(prefix)-path") ?? "/var/lib/pgbackrest"
    let store =
      value("\(prefix)-s3-bucket") ?? value("\(prefix)-gcs-bucket")
      ?? value("\(prefix)-azure-container")
    let host = value("\(prefix)-host").map { " on \($0)" } ?? ""
    words = (store.map { "\(type) \($0)\(directory)" } ?? directory) + host
  }

  /// Its path on this host where that is the repository of this stanza: a default that holds none of ours is somebody else's
  /// directory, or nobody's, and its disk tells nothing.
  func ownPath(_ stanza: String) -> String? {
    path.flatMap { path in
      !isDefault || LocalFile.stamp("\(path)/archive/\(stanza)") != nil ? path : nil
    }
  }
}

/// Small text matters without Foundation.
enum PlainText {
  /// Lines of pgBackRest's stderr without its prefix (`P00  ERROR: [055]: `), errors first; one clean line of at most
  /// 300 characters.
  static func complaint(_ stderr: String) -> String {
    let lines = stderr.split(whereSeparator: \.isNewline).map(\.trimmed)
    let start = lines.firstIndex { $0.contains("ERROR:") } ?? 0
    var text = lines.dropFirst(start).prefix(3).joined(separator: " ")
    if let range = text.firstRange(of: "ERROR:") { text = text[range.upperBound...].trimmed }
    // `[053]:` repeats the exit status.
    if text.hasPrefix("["), let end = text.firstRange(of: "]: ") {
      text = String(text[end.upperBound...])
    }
    return Sanitizer.clean(text, limit: 300)
  }
}
