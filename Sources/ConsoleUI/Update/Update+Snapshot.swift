import FoundationEssentials
import RecoveryModel
import TextScreen

extension AppState {
  /// Takes a new picture over. Older generations are dropped; the user's choices stay where they
  /// still mean something.
  mutating func receive(_ new: FleetSnapshot) -> [Effect] {
    if let fleet, new.generation < fleet.generation { return [] }
    let isFirst = fleet == nil
    let before = fleet
    fleet = new
    if new.takenAt > now { now = new.takenAt }
    if isFirst { chooseFirstScreen() }
    if cluster == nil { selectSurvivor() }
    for cluster in new.clusters {
      tellChange(of: cluster, since: before?.clusters.first { $0.id == cluster.id })
    }
    clampList()
    return []
  }

  /// The board where there is something to compare, unless a cluster was asked for by name.
  private mutating func chooseFirstScreen() {
    let names = fleet?.clusters.map(\.id) ?? []
    if let selectedCluster, !names.contains(selectedCluster) {
      notify("no cluster named \(selectedCluster)", .warning, seconds: 30)
      self.selectedCluster = nil
    }
    if screen == .dashboard, selectedCluster == nil, names.count > 1 { screen = .board }
  }

  /// The worst cluster where none is selected or the selected one is gone.
  private mutating func selectSurvivor() {
    let isGone = selectedCluster != nil
    selectedCluster = clusters.first?.id
    guard isGone, screen.belongsToCluster else { return }
    screen = root
    trail = []
  }

  private mutating func tellChange(of new: ClusterSnapshot, since old: ClusterSnapshot?) {
    guard let old, old.verdict != new.verdict, old.isHeardOf else { return }
    let role: Role = new.verdict.rank > old.verdict.rank ? new.verdict.role : .good
    notify(
      "\(new.id): \(old.verdict.rawValue) \(glyphs.arrowRight) \(new.verdict.rawValue)", role,
      seconds: 15)
  }

  /// Where Esc ends.
  var root: Screen {
    if wallboard.isRoot { return .wallboard }
    return (fleet?.clusters.count ?? 0) > 1 ? .board : .dashboard
  }
}

extension ClusterSnapshot {
  /// Whether its verdict rests on answers; the first UNKNOWN of a console that has just been opened does not, and
  /// what follows it is no change.
  fileprivate var isHeardOf: Bool {
    if case .pending = report.instances { return false }
    if case .pending = report.backups { return false }
    return true
  }
}
