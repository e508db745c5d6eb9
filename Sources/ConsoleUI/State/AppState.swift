import FoundationEssentials
import RecoveryModel
import TextScreen

/// Everything the screen shows and every choice the user has made; changed by `update` alone.
public struct AppState: Sendable, Equatable {
  public var columns: Int
  public var rows: Int
  /// The loop's clock as last told; nothing here reads another.
  public var now: Date
  /// nil = no picture has arrived yet.
  public internal(set) var fleet: FleetSnapshot?
  /// `fleet` as the board lists it; `arrangeBoard` keeps it true.
  var board: Board
  public var boardOrder: BoardOrder
  public var boardGrouping: BoardGrouping
  /// Names of the board's groups that show their heading alone.
  public var foldedGroups: Set<String>
  /// For how long each cluster has had its verdict, by its name.
  var spells: [String: VerdictSpell]
  /// A cluster that was asked for by name and has not been found yet.
  var wantedCluster: String?
  /// The first screen stands: every cluster is known, or a key has been pressed.
  var isSettled: Bool
  /// Name of the cluster that the dashboard shows and that keys act on.
  public var selectedCluster: String?
  public var screen: Screen
  /// Where Esc leads, nearest last.
  public var trail: [Screen]
  public var focus: PanelID
  public var lists: [Screen: ListState]
  public var prompt: Prompt?
  public var dialog: Dialog?
  public var notices: [Notice]
  public var paused: Bool
  /// Seconds between refreshes.
  public var interval: Double
  /// Why nothing may be started; nil = actions are allowed.
  public var readOnly: String?
  public var themes: [String]
  public var theme: String
  public var glyphs: GlyphSet
  public var wallboard: WallboardState

  /// `cluster` goes straight to that cluster's dashboard; `wallboard` opens the wallboard and makes
  /// it the root.
  public init(
    columns: Int, rows: Int, now: Date, interval: Double = 2, readOnly: String? = nil,
    themes: [String] = ["dark"], theme: String = "dark", glyphs: GlyphSet = .unicode,
    wallboard: Bool = false, cluster: String? = nil
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
  public var list: ListState {
    get { lists[screen] ?? ListState() }
    set { lists[screen] = newValue }
  }
}

/// What the wallboard shows and since when.
public struct WallboardState: Sendable, Equatable {
  /// Started as `--wallboard`: `q` quits instead of going back.
  public var isRoot: Bool
  /// When it was opened: the cycle counts from here.
  public var since: Date
  /// Seconds per cluster.
  public var dwell: Double

  public init(isRoot: Bool, since: Date, dwell: Double = 10) {
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
