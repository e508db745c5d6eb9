import FoundationEssentials
import RecoveryModel
import TextScreen

extension AppState {
  /// How much of the board has to be made anew.
  enum BoardChange { case everything, order, lines }

  /// Sorts, groups, filters and counts anew, as far as is needed. The cursor stays on its cluster or
  /// heading where that is still listed, unless `toFirst` sends it to the first cluster.
  mutating func arrangeBoard(_ change: BoardChange = .everything, toFirst: Bool = false) {
    guard let fleet else { return }
    let list = lists[.board] ?? ListState()
    let heading = board.group(at: list.cursor)?.name
    let choices = Board.Choices(
      order: boardOrder, grouping: boardGrouping, folded: foldedGroups, list: list)
    switch change {
    case .everything: board = Board(fleet, choices: choices, now: now)
    case .order: board.sort(fleet, choices: choices, now: now)
    case .lines: board.list(fleet, choices: choices)
    }
    if toFirst {
      lists[.board, default: list].cursor = board.firstCluster ?? 0
      lists[.board, default: list].offset = 0
    } else if selectedCluster == nil, let heading, let line = board.line(ofGroup: heading) {
      lists[.board, default: list].cursor = line
    } else if let line = selectedCluster.flatMap(board.line(of:)) {
      lists[.board, default: list].cursor = line
    }
    if screen == .board {
      clampList(follow: true)
      selectUnderCursor()
    }
  }

  /// On the board keys act on the row under the cursor; on a heading on nothing.
  mutating func selectUnderCursor() {
    guard screen == .board else { return }
    if let entry = board.cluster(at: list.cursor) {
      select(cluster: entry.id)
    } else {
      selectedCluster = nil
    }
  }

  /// Brings the cursor back to the selected cluster's row.
  mutating func returnToBoard() {
    if let line = selectedCluster.flatMap(board.line(of:)) { list.cursor = line }
    clampList(follow: true)
    selectUnderCursor()
  }

  /// Opens the row under the cursor: a cluster's panels, or a group that is folded (and back).
  mutating func enterBoardRow() {
    if let group = board.group(at: list.cursor) {
      foldedGroups.formSymmetricDifference([group.name])
      arrangeBoard(.lines)
    } else if let entry = board.cluster(at: list.cursor) {
      select(cluster: entry.id)
      open(.dashboard)
    }
  }

  mutating func sortBoard(by order: BoardOrder) {
    boardOrder = order
    arrangeBoard(.order)
    notify("sorted by \(order.words)", .notice, seconds: 3)
  }

  mutating func groupBoard(by grouping: BoardGrouping) {
    boardGrouping = grouping
    arrangeBoard(.lines)
    notify(
      grouping == .none ? "not grouped" : "grouped by \(grouping.rawValue)", .notice, seconds: 3)
  }

  /// Folds every group, or opens all where one is folded already.
  mutating func foldAll() {
    foldedGroups = foldedGroups.isEmpty ? Set(board.groups.map(\.name)) : []
    arrangeBoard(.lines)
  }

  /// Whose panels are looked at: the cluster on the screen, or behind a view that lies over it.
  var attended: String? {
    guard ([screen] + trail).contains(where: \.belongsToCluster) else { return nil }
    return cluster?.id
  }
}
