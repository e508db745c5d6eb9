import RecoveryModel

/// A PostgreSQL server of a cluster, and how to reach it.
public struct ServerAddress: Sendable, Equatable {
  public var name: String
  /// libpq keywords, without the password.
  public var conninfo: [String: String]
  public var password: Secret?

  public init(name: String, conninfo: [String: String], password: Secret? = nil) {
    self.name = name
    self.conninfo = conninfo
    self.password = password
  }
}
