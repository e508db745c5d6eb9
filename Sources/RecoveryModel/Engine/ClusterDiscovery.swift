import FoundationEssentials

/// Finds clusters by itself; the set changes as clusters come and go.
public protocol ClusterDiscovery: Sendable {
  /// What is found, as it stands and then at every change. Ends only with its reader's task; a place that cannot be
  /// reached is a notice, never an end, and keeps the clusters that were found in it before.
  func findings() -> AsyncStream<DiscoveredFleet>
}

/// A cluster that was found, ready to be watched.
public struct DiscoveredCluster: Sendable {
  /// Carries the name that it is known by (`[context/]namespace/name`, or the one that the configuration gives it).
  public var declaration: ClusterDeclaration
  public var engineTitle: String
  /// The same instance for as long as the cluster is there.
  public var engine: any BackupEngine

  public init(
    declaration: ClusterDeclaration, engineTitle: String, engine: any BackupEngine
  ) {
    self.declaration = declaration
    self.engineTitle = engineTitle
    self.engine = engine
  }
}

/// Everything that is found at one moment.
public struct DiscoveredFleet: Sendable {
  public var clusters: [DiscoveredCluster]
  public var notices: [FleetNotice]
  /// Every place has been asked once: what is missing now is not there, or its notice says why.
  public var isComplete: Bool
  /// Clusters that were found before and have been deleted since, newest last.
  public var departures: [Departure]
  /// Where clusters are looked for, in the order asked for.
  public var contexts: [ContextState]

  public init(
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
public struct ContextState: Sendable, Equatable {
  public var name: String
  /// It has told what clusters it has, and still answers.
  public var isUp: Bool

  public init(name: String, isUp: Bool) {
    self.name = name
    self.isUp = isUp
  }
}

/// A cluster that was deleted while it was watched; one that merely cannot be seen any more is none.
public struct Departure: Sendable, Equatable {
  /// As it was known by.
  public var name: String
  public var at: Date

  public init(name: String, at: Date) {
    self.name = name
    self.at = at
  }
}

/// Something to know about the fleet as a whole: a context that does not answer, a scope that is smaller than asked
/// for, a certificate that nobody checks. Stands on the screen until it holds no more.
public struct FleetNotice: Sendable, Equatable {
  /// What it is about, as the context's name.
  public var subject: String
  public var severity: Severity
  public var text: String
  public var remedy: String
  /// Since when, where that is known.
  public var since: Date?

  public init(
    subject: String, severity: Severity, text: String, remedy: String = "", since: Date? = nil
  ) {
    self.subject = subject
    self.severity = severity
    self.text = text
    self.remedy = remedy
    self.since = since
  }
}
