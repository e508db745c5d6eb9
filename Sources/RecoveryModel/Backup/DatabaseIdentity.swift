import FoundationEssentials

/// What tells one database from another of the same name; nil = not known, and then it tells nothing.
package struct DatabaseIdentity: Sendable, Equatable {
  /// Of `pg_control`: each initdb and each major upgrade makes another.
  package var systemIdentifier: String?
  package var majorVersion: Int?
  /// The catalog's own number for it, as pgBackRest's `database.id`.
  package var catalogID: Int?
  /// UID of the orchestrator's object.
  package var objectID: String?

  package init(
    systemIdentifier: String? = nil, majorVersion: Int? = nil, catalogID: Int? = nil,
    objectID: String? = nil
  ) {
    self.systemIdentifier = systemIdentifier
    self.majorVersion = majorVersion
    self.catalogID = catalogID
    self.objectID = objectID
  }

  /// Seconds by which the clocks of a server and of a catalog may differ.
  static let clockTolerance = 300.0

  /// When initdb made the system identifier, which has the second in its upper half; nil = not known, or of no time that
  /// PostgreSQL has lived in.
  var systemMadeAt: Date? {
    guard let systemIdentifier, let number = UInt64(systemIdentifier) else { return nil }
    let date = Date(timeIntervalSince1970: Double(number >> 32))
    return Self.plausible.contains(date) ? date : nil
  }

  /// 2005 to 2100.
  private static let plausible =
    Date(timeIntervalSince1970: 1_104_537_600)...Date(timeIntervalSince1970: 4_102_444_800)

  /// What a server that runs says of itself goes before what was written down about it.
  func told(by primary: Instance) -> DatabaseIdentity {
    var identity = self
    if let told = primary.systemIdentifier { identity.systemIdentifier = told }
    if let told = primary.majorVersion { identity.majorVersion = told }
    return identity
  }
}

/// When the database that runs now began, and from what.
package struct DatabaseOrigin: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable {
    /// An empty one: initdb, or an import into it.
    case new
    /// From a backup or a server of the same database.
    case recovered
  }

  package var begunAt: Date
  package var kind: Kind

  package init(begunAt: Date, kind: Kind) {
    self.begunAt = begunAt
    self.kind = kind
  }
}
