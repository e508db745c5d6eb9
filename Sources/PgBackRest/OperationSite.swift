import Glibc
import RecoveryModel
import Transports

/// Where backups are taken and drills run: one stanza's tools, account and addresses.
package struct OperationSite: Sendable, Equatable {
  package var stanza: String
  /// Where the tool's options come from.
  package var sources: OptionSources
  /// The pgbackrest program.
  package var executable: String
  /// Whom every child process runs as; nil = as we are.
  package var account: Account?
  /// Repository number, from 1.
  package var repository: Int
  /// Connection parameters by instance name, without passwords.
  var addresses: [String: [String: String]]
  /// Passwords by instance name, where the configuration holds them.
  package var passwords: [String: Secret] = [:]
  /// Default database of smoke tests.
  package var database: String?
  /// PostgreSQL's programs, when the user named them.
  package var programs: String?
  package var file: PgBackRestConfiguration

  /// The account that owns what a drill makes.
  package var owner: Account { account ?? Account(name: "", user: geteuid(), group: getegid()) }

  /// How an instance is reached; nil when it is not known.
  package func address(of instance: String) -> [String: String]? {
    guard var address = addresses[instance] else { return nil }
    if let password = passwords[instance] { address["password"] = password.revealed }
    return address
  }

  /// Arguments that every call starts with.
  package var base: [String] { sources.arguments + ["--stanza=\(stanza)"] }

  package func request(
    _ arguments: [String], environment: [String: String] = [:], deadline: Double
  ) -> ProcessRequest {
    ProcessRequest(
      executable, base + arguments, environment: variables(environment), account: account,
      deadline: deadline)
  }

  /// The tool's declared variables, and what this call sets besides: that wins.
  package func variables(_ own: [String: String]) -> [String: String] {
    sources.declared.mapValues(\.revealed).merging(own) { _, own in own }
  }

  /// Says that `pgbackrest stop` keeps it from backing up; nil = it does not, as far as is seen from here.
  package var stop: (what: String, command: String)? {
    StopFile.find(lockPath: place.lockPath, stanza: stanza).map { stop in
      (stop.words, stop.command(executable, sources.arguments, stanza: stanza))
    }
  }

  /// The command line as a person would type it, as the account that owns the repository: what root writes there locks that
  /// one out. Shown, never run.
  package func shown(_ arguments: [String]) -> String {
    ((account.map { ["runuser", "-u", $0.name, "--"] } ?? []) + [executable] + base + arguments).map
    {
      $0.contains(where: { $0 == " " || $0 == "'" })
        ? "'" + $0.replacing("'", with: "'\\''") + "'" : $0
    }.joined(separator: " ")
  }

  /// The repository's directory and the lock's, from the configuration.
  package var place: RepositoryPlace {
    RepositoryPlace(file, stanza: stanza, repository: repository)
  }

  /// Production's data directories on this host, as the configuration names them.
  var dataDirectories: [String] {
    (1...256).compactMap { file.value("pg\($0)-path", stanza: stanza) }
  }

  /// Directory of `postgres` and `pg_controldata` for a major version (Debian's place unless set).
  package func programs(major: Int) -> String { programs ?? "/usr/lib/postgresql/\(major)/bin" }
}
