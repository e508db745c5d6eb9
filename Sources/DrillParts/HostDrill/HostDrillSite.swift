import Glibc
import PostgresServers
import RecoveryModel
import Transports

/// Where a drill on this host runs: as whom, by which programs, who is asked besides, and what is no place for it.
package struct HostDrillSite: Sendable, Equatable {
  /// A directory that no copy may lie in.
  package struct Forbidden: Sendable, Equatable {
    package var path: String
    /// As `the data directory`.
    package var what: String

    package init(path: String, what: String) {
      self.path = path
      self.what = what
    }
  }

  /// Whom every child process runs as; nil = as we are.
  package var account: Account?
  /// PostgreSQL's programs, when the user named them.
  package var programs: String?
  /// Connection parameters by instance name, without passwords.
  package var addresses: [String: [String: String]] = [:]
  /// Passwords by instance name, where the configuration holds them.
  package var passwords: [String: Secret] = [:]
  /// Default database of smoke tests.
  package var database: String?
  /// Roles that production is known to have, the likeliest first.
  package var roles: [String] = []
  package var forbidden: [Forbidden] = []
  /// Where drills run when nobody says: beside this directory, where the account may write there.
  package var neighbour: String?

  package init(account: Account?, programs: String? = nil) {
    self.account = account
    self.programs = programs
  }

  /// Reached through these addresses.
  package init(
    account: Account?, programs: String?, instances: [ServerAddress], database: String?
  ) {
    self.init(account: account, programs: programs)
    self.database = database
    for instance in instances where addresses[instance.name] == nil {
      addresses[instance.name] = instance.conninfo
      if let password = instance.password { passwords[instance.name] = password }
    }
  }

  /// The account that owns what a drill makes.
  package var owner: Account { account ?? Account(name: "", user: geteuid(), group: getegid()) }

  /// How an instance is reached; nil when it is not known.
  package func address(of instance: String) -> [String: String]? {
    guard var address = addresses[instance] else { return nil }
    if let password = passwords[instance] { address["password"] = password.revealed }
    return address
  }

  /// Roles that production is known to have: those that its tools use, those of the instances, the account's name.
  var likelyRoles: [String] {
    let used = addresses.sorted { $0.key < $1.key }.compactMap { $0.value["user"] }
    var likely: [String] = []
    for role in roles + [account?.name ?? "", "postgres"] + used
    where !role.isEmpty && !likely.contains(role) {
      likely.append(role)
    }
    return likely
  }

  /// Directory of `postgres` and `pg_controldata` for a major version (Debian's place unless set).
  package func programs(major: Int) -> String { programs ?? "/usr/lib/postgresql/\(major)/bin" }

  /// Where a drill that began now would run.
  package func place(declared: String?) -> DrillPlace {
    if let declared { return DrillPlace(path: declared) }
    if let parent = neighbour?.parentPath {
      if FileText.facts(parent + "/pgvigil-drills")?.st_uid == owner.user
        || FileText.facts(parent)?.st_uid == owner.user
      {
        return DrillPlace(path: parent + "/pgvigil-drills")
      }
    }
    return DrillPlace(path: "/var/tmp/pgvigil-drills")
  }

  /// That PostgreSQL of a major version is here. Throws `DrillEnd`.
  package func requireServer(major: Int) throws {
    let programs = programs(major: major)
    guard FileText.facts(programs + "/postgres") != nil else {
      throw DrillEnd.couldNotRun(
        "PostgreSQL \(major) is not installed here (\(programs)): apt-get install "
          + "postgresql-\(major)")
    }
  }
}
