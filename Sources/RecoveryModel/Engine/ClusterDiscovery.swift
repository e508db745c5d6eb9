import FoundationEssentials

/// Finds clusters by itself; the set changes as clusters come and go.
package protocol ClusterDiscovery: Sendable {
  /// What is found, as it stands and then at every change. Ends only with its reader's task; a place that cannot be
  /// reached is a notice, never an end, and keeps the clusters that were found in it before.
  func findings() -> AsyncStream<DiscoveredFleet>
}

/// A cluster that was found, ready to be watched.
package struct DiscoveredCluster: Sendable {
  /// Carries the name that it is known by (`[context/]namespace/name`, or the one that the configuration gives it).
  package var declaration: ClusterDeclaration
  package var engineTitle: String
  /// The same instance for as long as the cluster is there.
  package var engine: any BackupEngine

  package init(
    declaration: ClusterDeclaration, engineTitle: String, engine: any BackupEngine
  ) {
    self.declaration = declaration
    self.engineTitle = engineTitle
    self.engine = engine
  }
}

/// Everything that is found at one moment.
package struct DiscoveredFleet: Sendable {
  package var clusters: [DiscoveredCluster]
  package var notices: [FleetNotice]
  /// Every place has been asked once: what is missing now is not there, or its notice says why.
  package var isComplete: Bool
  /// Clusters that were found before and have been deleted since, newest last.
  package var departures: [Departure]
  /// Where clusters are looked for, in the order asked for.
  package var contexts: [ContextState]

  package init(
    clusters: [DiscoveredCluster] = [], notices: [FleetNotice] = [], isComplete: Bool = false,
    departures: [Departure] = [], contexts: [ContextState] = []
  ) {
    self.departures = departures
    self.contexts = contexts
    self.clusters = clusters
    self.notices = notices
    self.isComplete = isComplete
  }
}

/// A place where clusters are looked for.
package struct ContextState: Sendable, Equatable {
  package var name: String
  /// It has told what clusters it has, and still answers.
  package var isUp: Bool

  package init(name: String, isUp: Bool) {
    self.name = name
    self.isUp = isUp
  }
}

/// A cluster that was deleted while it was watched; one that merely cannot be seen any more is none.
package struct Departure: Sendable, Equatable {
  /// As it was known by.
  package var name: String
  package var at: Date

  package init(name: String, at: Date) {
    self.name = name
    self.at = at
  }
}

/// Something to know about the fleet as a whole: a context that does not answer, a scope that is smaller than asked
/// for, a certificate that nobody checks. Stands on the screen until it holds no more.
package struct FleetNotice: Sendable, Equatable {
  /// What it is about, as the context's name.
  package var subject: String
  package var severity: Severity
  package var text: String
  package var remedy: String
  /// Since when, where that is known.
  package var since: Date?

  package init(
    subject: String, severity: Severity, text: String, remedy: String = "", since: Date? = nil
  ) {
    self.subject = subject
    self.severity = severity
    self.text = text
    self.remedy = remedy
    self.since = since
  }
}
