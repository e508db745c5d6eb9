import Glibc
import RecoveryModel

/// A PostgreSQL server of a cluster, and how to reach it.
package struct ServerAddress: Sendable, Equatable {
  package var name: String
  /// libpq keywords, without the password.
  package var conninfo: [String: String]
  package var password: Secret?

  package init(name: String, conninfo: [String: String], password: Secret? = nil) {
    self.name = name
    self.conninfo = conninfo
    self.password = password
  }

  /// The command that makes the standby there the primary, without a password; nil where no line can hold it. A role that
  /// only watches may not: it names the superuser that every cluster begins with.
  package var promotion: String? {
    var keywords = conninfo
    // Else a database of the user's name is asked for.
    if keywords["service"] == nil {
      keywords["dbname"] = keywords["dbname"] ?? "postgres"
      keywords["user"] = "postgres"
    }
    let text = keywords.sorted { $0.key < $1.key }.map { key, value in
      "\(key)=\(Self.conninfo(value))"
    }.joined(separator: " ")
    return ShellWord.command(["psql", "-X", "-d", text, "-c", "SELECT pg_promote()"])
  }

  /// A value as libpq reads it.
  private static func conninfo(_ value: String) -> String {
    let isPlain = !value.isEmpty && !value.contains { $0.isWhitespace || $0 == "'" || $0 == "\\" }
    guard !isPlain else { return value }
    return "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }

  /// The first file of its keywords that cannot be read, with the keyword; nil = all can.
  package var missingFile: String? {
    for key in ["sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile"] {
      guard let path = conninfo[key], path != "system", access(path, R_OK) != 0 else { continue }
      return "\(key): \(Sanitizer.clean(path, limit: 200)): \(String(cString: strerror(errno)))"
    }
    return nil
  }

  /// Why no connection can come of it; nil = one may. libpq looks at values only when it connects.
  package var fault: String? {
    for port in (conninfo["port"] ?? "").split(separator: ",") {
      guard let number = Int(port), (1...65_535).contains(number) else {
        return
          "port must be a number from 1 to 65535, found \(Sanitizer.clean(String(port), limit: 20))"
      }
    }
    let modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
    if let mode = conninfo["sslmode"], !modes.contains(mode) {
      return "sslmode must be one of \(modes.joined(separator: ", ")), found "
        + Sanitizer.clean(mode, limit: 20)
    }
    return nil
  }
}
