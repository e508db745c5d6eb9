import FoundationEssentials
import RecoveryModel
import TextScreen

/// Everything the screen shows and every choice the user has made; changed by `update` alone.
package struct AppState: Sendable, Equatable {
  package var columns: Int
  package var rows: Int
  /// The loop's clock as last told; nothing here reads another.
  package var now: Date
  /// nil = no picture has arrived yet.
  package internal(set) var fleet: FleetSnapshot?
  /// `fleet` as the board lists it; `arrangeBoard` keeps it true.
  var board: Board
  package var boardOrder: BoardOrder
  package var boardGrouping: BoardGrouping
  /// Names of the board's groups that show their heading alone.
  package var foldedGroups: Set<String>
  /// For how long each cluster has had its verdict, by its name.
  var spells: [String: VerdictSpell]
  /// A cluster that was asked for by name and has not been found yet.
  var wantedCluster: String?
  /// The first screen stands: every cluster is known, or a key has been pressed.
  var isSettled: Bool
  /// Name of the cluster that the dashboard shows and that keys act on.
  package var selectedCluster: String?
  package var screen: Screen
  /// Where Esc leads, nearest last.
  package var trail: [Screen]
  package var focus: PanelID
  package var lists: [Screen: ListState]
  package var prompt: Prompt?
  package var dialog: Dialog?
  package var notices: [Notice]
  package var paused: Bool
  /// Seconds between refreshes.
  package var interval: Double
  /// Why nothing may be started; nil = actions are allowed.
  package var readOnly: String?
  package var themes: [String]
  package var theme: String
  package var glyphs: GlyphSet
  package var wallboard: WallboardState
  /// The clock on the user's wall.
  package var zone: LocalZone
  /// The moment that the recovery window's cursor stands on; nil = the latest.
  var recovery: RecoveryCursor?
  /// Who did what to a cluster, as last read.
  var audit: AuditReading?
  /// nil = none was asked for.
  var auditAsked: AuditQuestion?
  /// The last search for what was destroyed.
  var found: ActFinding?
  /// A scrub that this console runs.
  var scrubbing: RunningScrub?
  /// What a recovery takes, as last asked for.
  var recoveryPlan: RecoveryPlanReading?

  /// `cluster` goes straight to that cluster's dashboard; `wallboard` opens the wallboard and makes
  /// it the root.
  package init(
    columns: Int, rows: Int, now: Date, interval: Double = 2, readOnly: String? = nil,
    themes: [String] = ["dark"], theme: String = "dark", glyphs: GlyphSet = .unicode,
    wallboard: Bool = false, cluster: String? = nil, zone: LocalZone = .utc
  ) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    self.now = now
    fleet = nil
    board = Board()
    boardOrder = .worst
    boardGrouping = .none
    foldedGroups = []
    spells = [:]
    wantedCluster = cluster
    isSettled = false
    selectedCluster = cluster
    screen = wallboard ? .wallboard : .dashboard
    trail = []
    focus = .instances
    lists = [:]
    prompt = nil
    dialog = nil
    notices = []
    paused = false
    self.interval = interval
    self.readOnly = readOnly
    self.themes = themes
    self.theme = theme
    self.glyphs = glyphs
    self.wallboard = WallboardState(isRoot: wallboard, since: now)
    self.zone = zone
    recovery = nil
    audit = nil
    auditAsked = nil
    found = nil
    scrubbing = nil
    recoveryPlan = nil
  }
}

extension AppState {
  /// Every cluster in the board's order. Copies all of them: nothing for every frame.
  var clusters: [ClusterSnapshot] {
    guard let fleet else { return [] }
    return board.entries.map { fleet.clusters[$0.index] }
  }

  /// The selected cluster's picture; nil before the first one, and while the board's cursor stands
  /// on a group.
  var cluster: ClusterSnapshot? { selectedCluster.flatMap(cluster(named:)) }

  func cluster(named name: String) -> ClusterSnapshot? {
    guard let fleet, let index = board.positions[name], fleet.clusters.indices.contains(index)
    else { return nil }
    return fleet.clusters[index]
  }

  var clusterCount: Int { fleet?.clusters.count ?? 0 }

  /// An operation that runs anywhere, of the worst such cluster.
  var anyOperation: (cluster: String, operation: RunningOperation)? {
    guard let fleet, let index = board.operating.first,
      let operation = fleet.clusters[index].operation
    else { return nil }
    return (fleet.clusters[index].id, operation)
  }

  var size: Rect { Rect(x: 0, y: 0, width: columns, height: rows) }

  /// The list of the screen that is open.
  package var list: ListState {
    get { lists[screen] ?? ListState() }
    set { lists[screen] = newValue }
  }
}

/// What the wallboard shows and since when.
package struct WallboardState: Sendable, Equatable {
  /// Started as `--wallboard`: `q` quits instead of going back.
  package var isRoot: Bool
  /// When it was opened: the cycle counts from here.
  package var since: Date
  /// Seconds per cluster.
  package var dwell: Double

  package init(isRoot: Bool, since: Date, dwell: Double = 10) {
    self.isRoot = isRoot
    self.since = since
    self.dwell = dwell
  }

  /// Which of `count` clusters is on show at `now`.
  func index(count: Int, now: Date) -> Int {
    guard count > 1, dwell > 0 else { return 0 }
    let elapsed = max(0, now.timeIntervalSince(since))
    return Int((elapsed / dwell).truncatingRemainder(dividingBy: Double(count)))
  }
}
