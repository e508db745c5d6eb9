import FoundationEssentials

/// The parts of an `EngineReport`; each stands or falls alone. A part is a field there, and a case with its row here.
package enum ReportPart: String, Sendable, CaseIterable {
  case instances, archive, backups, walArchive, retention, storage, configuration
  case claimedWindow, engineFindings

  private static let rows = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, $0.makeRow()) })

  private func makeRow() -> Row {
    switch self {
    case .instances: Row(\.instances, "instances", decides: true, .live)
    case .archive: Row(\.archive, "archiver status", decides: true, .live)
    case .backups: Row(\.backups, "backup catalog", decides: true, .eachMinute)
    case .walArchive: Row(\.walArchive, "archived WAL", decides: true, .eachMinute)
    case .retention: Row(\.retention, "retention policy", decides: false, .seldom)
    case .storage: Row(\.storage, "storage", decides: false, .seldom)
    case .configuration: Row(\.configuration, "server settings", decides: false, .seldom)
    case .claimedWindow:
      Row(\.claimedWindow, "recovery window as claimed", decides: false, .eachMinute)
    case .engineFindings:
      Row(\.engineFindings, "engine's own checks", decides: true, .eachMinute)
    }
  }

  /// Seconds between two looks where the caller does not say.
  enum Pace: Double, Sendable {
    /// With every refresh.
    case live = 0
    case eachMinute = 60
    case seldom = 600
  }

  struct Row: Sendable {
    let words: String
    /// Whether the verdict cannot be had without it.
    let decides: Bool
    let pace: Pace
    let field: any PartialKeyPath<EngineReport> & Sendable
    let state: @Sendable (EngineReport) -> EngineReport.PartState

    init<Value>(
      _ field: any KeyPath<EngineReport, Observed<Value>> & Sendable, _ words: String,
      decides: Bool, _ pace: Pace
    ) {
      self.words = words
      self.decides = decides
      self.pace = pace
      self.field = field
      state = { report in
        let part = report[keyPath: field]
        return EngineReport.PartState(
          at: part.at, source: part.source, failure: part.failure, hasValue: part.value != nil)
      }
    }
  }

  var row: Row { Self.rows[self] ?? makeRow() }

  package var words: String { row.words }
  /// That it is not known: of what is stored, that nobody could read it, which says nothing of what is there.
  var absence: String {
    switch self {
    case .backups: "The backup catalog cannot be read"
    case .walArchive: "The archive cannot be read"
    default: "No \(words)"
    }
  }
  var decides: Bool { row.decides }
  func defaultPace(interval: Double) -> Double { max(interval, row.pace.rawValue) }
}

extension EngineReport {
  /// What is known of a part, without its value.
  package struct PartState: Sendable, Equatable {
    package var at: Date?
    package var source: String?
    package var failure: Unavailable?
    package var hasValue: Bool
  }

  package func state(of part: ReportPart) -> PartState { part.row.state(self) }
}
