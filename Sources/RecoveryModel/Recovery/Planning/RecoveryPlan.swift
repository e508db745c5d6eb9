/// Something that a recovery needs a person to do, in the order in which it is to be done.
package struct RecoveryStep: Sendable, Equatable {
  package var what: String
  /// Lines of a shell, to be run as they stand; empty = it is done by hand, or elsewhere.
  package var commands: [String]
  /// What is another after it; empty = nothing.
  package var changes: String
  package var undo: String

  package init(_ what: String, _ commands: [String] = [], changes: String = "", undo: String = "") {
    self.what = what
    self.commands = commands
    self.changes = changes
    self.undo = undo
  }
}

/// One way to recover: all of its steps.
package struct RecoveryRoad: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable {
    /// Into a place of its own: production stays as it is.
    case beside
    /// Tables and rows out of what was made beside it, to a production that goes on.
    case giveBack = "give_back"
    /// What was made beside it becomes production.
    case takeOver = "take_over"
    /// Over what is there.
    case inPlace = "in_place"
    /// A server that was the primary follows the one that took its place.
    case rejoin
  }

  package var kind: Kind
  package var title: String
  package var steps: [RecoveryStep]

  package init(_ kind: Kind, title: String, steps: [RecoveryStep]) {
    self.kind = kind
    self.title = title
    self.steps = steps
  }
}

/// What must be applied as it stands: a manifest. Where there is none the commands of the first road are all it takes.
package struct RecoveryManifest: Sendable, Equatable {
  /// As files are called: `auth-db-recovered.yaml`.
  package var name: String
  package var text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// Exactly what a recovery takes: what must be true first, then what to do. It is read and copied; what stays beside production
/// is carried out by an operation of its own.
package struct RecoveryPlan: Sendable, Equatable {
  package var order: RecoveryOrder
  package var engineTitle: String
  /// What it makes, as `the new Cluster auth/auth-db-recovered`.
  package var place: String
  package var checks: [Requirement]
  package var roads: [RecoveryRoad]
  package var manifest: RecoveryManifest?
  package var notes: [String]
  /// What was recovered to this moment already, and stays: the steps go on from it. nil = it is to be made.
  package var kept: KeptRecovery?

  package init(
    order: RecoveryOrder, engineTitle: String, place: String, checks: [Requirement],
    roads: [RecoveryRoad], manifest: RecoveryManifest? = nil, notes: [String] = []
  ) {
    self.order = order
    self.engineTitle = engineTitle
    self.place = place
    self.checks = checks
    self.roads = roads
    self.manifest = manifest
    self.notes = notes
  }

  package var cluster: String { order.cluster }

  /// Known not to be so: it would fail.
  package var unmet: [Requirement] { checks.filter { $0.satisfied == false } }
  /// Nobody could tell.
  package var unknown: [Requirement] { checks.filter { $0.satisfied == nil } }

  /// `9 checks: 1 not met, 2 unknown`.
  package var checkWords: String {
    let parts = [(unmet.count, "not met"), (unknown.count, "unknown")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)" }
    return "\(checks.count) check\(checks.count == 1 ? "" : "s"): "
      + (parts.isEmpty ? "all met" : parts.joined(separator: ", "))
  }
}

extension Requirement {
  /// `met`, `NOT MET`, `unknown`.
  package var standingWord: String {
    satisfied.map { $0 ? "met" : "NOT MET" } ?? "unknown"
  }

  /// Asked, and not answered: why.
  package static func unknown(_ what: String, _ why: String) -> Requirement {
    Requirement(what: what, satisfied: nil, detail: why)
  }

  package static func met(_ what: String, _ detail: String) -> Requirement {
    Requirement(what: what, satisfied: true, detail: detail)
  }

  package static func notMet(_ what: String, _ detail: String) -> Requirement {
    Requirement(what: what, satisfied: false, detail: detail)
  }
}
