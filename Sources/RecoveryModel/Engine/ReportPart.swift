import FoundationEssentials

/// The parts of an `EngineReport`, by name; each stands or falls alone.
package enum ReportPart: String, Sendable, CaseIterable {
  case instances, archive, backups, walArchive, retention, storage, configuration
  case claimedWindow, engineFindings

  package var words: String {
    switch self {
    case .instances: "instances"
    case .archive: "archiver status"
    case .backups: "backup catalog"
    case .walArchive: "archived WAL"
    case .retention: "retention policy"
    case .storage: "storage"
    case .configuration: "server settings"
    case .claimedWindow: "recovery window as claimed"
    case .engineFindings: "engine's own checks"
    }
  }

  /// Whether the verdict cannot be had without it.
  var decides: Bool {
    switch self {
    case .instances, .archive, .backups, .walArchive, .engineFindings: true
    case .retention, .storage, .configuration, .claimedWindow: false
    }
  }

  /// Seconds between two looks where the caller does not say: live parts come with every refresh.
  func defaultPace(interval: Double) -> Double {
    switch self {
    case .instances, .archive: interval
    case .backups, .walArchive, .claimedWindow, .engineFindings: max(interval, 60)
    case .retention, .storage, .configuration: max(interval, 600)
    }
  }
}

extension EngineReport {
  /// What is known of a part, without its value.
  package struct PartState: Sendable, Equatable {
    package var at: Date?
    package var source: String?
    package var failure: Unavailable?
    package var hasValue: Bool
  }

  package func state(of part: ReportPart) -> PartState {
    switch part {
    case .instances: Self.state(instances)
    case .archive: Self.state(archive)
    case .backups: Self.state(backups)
    case .walArchive: Self.state(walArchive)
    case .retention: Self.state(retention)
    case .storage: Self.state(storage)
    case .configuration: Self.state(configuration)
    case .claimedWindow: Self.state(claimedWindow)
    case .engineFindings: Self.state(engineFindings)
    }
  }

  private static func state<Value>(_ part: Observed<Value>) -> PartState {
    PartState(
      at: part.at, source: part.source, failure: part.failure, hasValue: part.value != nil)
  }
}
