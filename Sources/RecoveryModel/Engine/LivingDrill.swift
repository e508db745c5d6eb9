import FoundationEssentials

/// A dead drill's leftovers that were removed.
package struct ReapedDrill: Sendable, Equatable {
  package var id: String
  /// A drill's, or those of a recovery that nobody finished.
  package var kind = OperationKind.drill
  /// What it had recorded before it died, closed; nil when nothing readable was left.
  package var record: DrillRecord?
  /// What was removed, each a line.
  package var removed: [String]
  /// What could not be removed, and why.
  package var remaining: [String]

  package init(id: String, record: DrillRecord?, removed: [String], remaining: [String]) {
    self.id = id
    self.record = record
    self.removed = removed
    self.remaining = remaining
  }
}

/// A drill that is under way, here or elsewhere.
package struct LivingDrill: Sendable, Equatable {
  package var id: String
  package var cluster: String
  /// Who runs it, and where.
  package var owner: String
  /// From then on what it made may be removed.
  package var expires: Date

  package init(id: String, cluster: String, owner: String, expires: Date) {
    self.id = id
    self.cluster = cluster
    self.owner = owner
    self.expires = expires
  }
}

/// The drills under way everywhere.
package struct LivingDrills: Sendable, Equatable {
  package var drills: [LivingDrill]
  /// Why some place could not tell, each a line.
  package var unknown: [String]

  package init(drills: [LivingDrill] = [], unknown: [String] = []) {
    self.drills = drills
    self.unknown = unknown
  }
}
