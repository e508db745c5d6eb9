import FoundationEssentials
import RecoveryModel
import TextScreen

extension AppState {
  /// Takes a new picture over. Older generations are dropped; the user's choices stay where they
  /// still mean something.
  mutating func receive(_ new: FleetSnapshot) -> [Effect] {
    if let fleet, new.generation < fleet.generation { return [] }
    let before = (fleet: fleet, positions: board.positions)
    fleet = new
    if new.takenAt > now { now = new.takenAt }
    arrangeBoard()
    chooseFirstScreen()
    if cluster == nil { selectSurvivor() }
    note(new.clusters) { id in
      before.positions[id].flatMap { before.fleet?.clusters[$0] }
    }
    tell(
      new.departures.filter { before.positions[$0.name] != nil && board.positions[$0.name] == nil })
    clampList()
    return []
  }

  private mutating func tell(_ departures: [Departure]) {
    guard let last = departures.last else { return }
    let who =
      departures.count == 1 ? "\(last.name) was" : "\(departures.count) clusters were"
    notify("\(who) deleted at \(Moment.full(last.at)) UTC", .warning, seconds: 60)
  }

  /// As long as clusters are being found and no key has been pressed, the console opens on what fits
  /// what there is: the board where there is something to compare, unless a cluster was asked for by
  /// name.
  private mutating func chooseFirstScreen() {
    guard !isSettled, let fleet else { return }
    if let wanted = wantedCluster {
      if let found = board.resolve(wanted) {
        selectedCluster = found
        wantedCluster = nil
        isSettled = true
        return
      }
      guard fleet.isComplete else { return }
      notify("no cluster named \(wanted)", .warning, seconds: 30)
      wantedCluster = nil
      selectedCluster = nil
    }
    isSettled = fleet.isComplete
    if let first = trail.first {
      if first == .dashboard || first == .board { trail[0] = root }
    } else if screen == .dashboard || screen == .board, screen != root {
      screen = root
      if screen == .board { arrangeBoard(toFirst: true) }
    }
  }

  /// The worst cluster where none is selected or the selected one is gone. On the board it is the row
  /// under the cursor.
  mutating func selectSurvivor() {
    guard wantedCluster == nil, let fleet else { return }
    // Keys that act must not find another cluster under the fingers that were on this one.
    if case .departed = screen { return }
    if screen == .board {
      selectUnderCursor()
      if selectedCluster != nil || board.group(at: list.cursor) != nil { return }
    }
    let gone = selectedCluster
    selectedCluster = board.worst.first.map { fleet.clusters[$0].id }
    guard let gone, screen.belongsToCluster else { return }
    trail = []
    if fleet.departures.contains(where: { $0.name == gone }) {
      selectedCluster = nil
      screen = .departed(gone)
      return
    }
    screen = root
    if screen == .board { returnToBoard() }
  }

  /// Remembers since when verdicts stand, and tells what has changed; many changes at once in one
  /// line.
  private mutating func note(
    _ clusters: ClusterSnapshots, before: (String) -> ClusterSnapshot?
  ) {
    var kept: [String: VerdictSpell] = [:]
    kept.reserveCapacity(clusters.count)
    var changes: [(cluster: ClusterSnapshot, old: Verdict)] = []
    for cluster in clusters {
      let id = cluster.id
      if let spell = spells[id], spell.verdict == cluster.verdict {
        kept[id] = spell
        continue
      }
      let old = before(id)
      let isChange = old?.isHeardOf == true
      kept[id] = VerdictSpell(
        verdict: cluster.verdict, since: cluster.takenAt, isLowerBound: !isChange)
      if isChange, let old { changes.append((cluster, old.verdict)) }
    }
    spells = kept
    tell(changes)
  }

  private mutating func tell(_ changes: [(cluster: ClusterSnapshot, old: Verdict)]) {
    guard changes.count <= 3 else {
      let worse = changes.filter { $0.cluster.verdict.rank > $0.old.rank }.count
      notify(
        "\(changes.count) verdicts changed, \(worse) for the worse",
        worse > 0 ? .warning : .good, seconds: 15)
      return
    }
    for (new, old) in changes {
      let role: Role = new.verdict.rank > old.rank ? new.verdict.role : .good
      notify(
        "\(new.id): \(old.rawValue) \(glyphs.arrowRight) \(new.verdict.rawValue)", role,
        seconds: 15)
    }
  }

  /// Where Esc ends.
  var root: Screen {
    if wallboard.isRoot { return .wallboard }
    guard let fleet else { return .dashboard }
    return fleet.clusters.count == 1 && fleet.isComplete ? .dashboard : .board
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
