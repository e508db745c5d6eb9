import Glibc
import RecoveryModel

/// Where backups are taken and drills run: one stanza's tools, account and addresses.
struct OperationSite: Sendable, Equatable {
  var stanza: String
  /// Path of pgbackrest.conf.
  var configuration: String
  /// The pgbackrest program.
  var executable: String
  /// Whom every child process runs as; nil = as we are.
  var account: Account?
  /// Repository number, from 1.
  var repository: Int
  /// Connection parameters by instance name, without passwords.
  var addresses: [String: [String: String]]
  /// Passwords by instance name, where the configuration holds them.
  var passwords: [String: Secret] = [:]
  /// Default database of smoke tests.
  var database: String?
  /// PostgreSQL's programs, when the user named them.
  var programs: String?
  var file: PgBackRestFile

  /// The account that owns what a drill makes.
  var owner: Account { account ?? Account(name: "", user: geteuid(), group: getegid()) }

  /// How an instance is reached; nil when it is not known.
  func address(of instance: String) -> [String: String]? {
    guard var address = addresses[instance] else { return nil }
    if let password = passwords[instance] { address["password"] = password.revealed }
    return address
  }

  /// Arguments that every call starts with.
  var base: [String] { ["--config=\(configuration)", "--stanza=\(stanza)"] }

  func request(
    _ arguments: [String], environment: [String: String] = [:], deadline: Double
  ) -> ProcessRequest {
    ProcessRequest(
      executable, base + arguments, environment: environment, account: account, deadline: deadline)
  }

  /// The command line as a person would type it; shown, never run.
  func shown(_ arguments: [String]) -> String {
    ([executable] + base + arguments).joined(separator: " ")
  }

  var repositoryPath: String? {
    file.value("repo\(repository)-path", stanza: stanza)
      ?? (isRemoteRepository ? nil : "/var/lib/pgbackrest")
  }

  /// The repository is an object store or on another host.
  var isRemoteRepository: Bool {
    let type = file.value("repo\(repository)-type", stanza: stanza)
    return (type != nil && type != "posix" && type != "cifs")
      || file.value("repo\(repository)-host", stanza: stanza) != nil
  }

  var lockPath: String { file.value("lock-path", stanza: stanza) ?? "/tmp/pgbackrest" }

  /// Production's data directories on this host, as the configuration names them.
  var dataDirectories: [String] {
    (1...256).compactMap { file.value("pg\($0)-path", stanza: stanza) }
  }

  /// Directory of `postgres` and `pg_controldata` for a major version (Debian's place unless set).
  func programs(major: Int) -> String { programs ?? "/usr/lib/postgresql/\(major)/bin" }
}

/// pgbackrest.conf, as far as we ask it: `key=value` under `[global]`, `[global:command]`, `[stanza]`.
struct PgBackRestFile: Sendable, Equatable {
  private var sections: [String: [String: String]] = [:]

  init(text: String) {
    var section = "global"
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.trimmed
      if line.hasPrefix("["), line.hasSuffix("]") {
        section = String(line.dropFirst().dropLast())
      } else if !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") {
        let key = String(line[..<equals].trimmed)
        sections[section, default: [:]][key] = String(line[line.index(after: equals)...].trimmed)
      }
    }
  }

  /// The stanza's own value, else the global one.
  func value(_ key: String, stanza: String) -> String? {
    sections[stanza]?[key] ?? sections["global"]?[key]
  }
}

extension StringProtocol {
  var trimmed: Substring {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
