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
}
