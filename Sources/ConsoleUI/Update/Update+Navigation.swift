import RecoveryModel
import TextScreen

extension AppState {
  mutating func open(_ next: Screen) {
    guard next != screen else { return }
    if let seen = trail.firstIndex(of: next) {
      trail.removeSubrange(seen...)
    } else {
      trail.append(screen)
    }
    screen = next
    // Who asks for help again has another question.
    if next == .help { list = ListState() }
    arrive()
  }

  /// What every way to a screen ends with.
  private mutating func arrive() {
    if screen == .board { returnToBoard() } else { clampList() }
  }

  /// Opens a panel's detail view in place of another's.
  mutating func show(_ panel: PanelID) {
    focus = panel
    if case .item = screen, let parent = trail.last, parent != .dashboard { back() }
    if case .detail = screen {
      screen = .detail(panel)
      clampList()
    } else {
      open(.detail(panel))
    }
  }

  /// One step towards the root; false when already there.
  @discardableResult
  mutating func back() -> Bool {
    if !list.filter.isEmpty {
      clearFilter()
      return true
    }
    if let previous = trail.popLast() {
      screen = previous
    } else if screen != root {
      screen = root
    } else {
      return false
    }
    arrive()
    if selectedCluster == nil { selectSurvivor() }
    return true
  }

  private mutating func clearFilter() {
    guard screen == .board else {
      list = ListState()
      return
    }
    list.filter = ""
    arrangeBoard(.lines)
  }

  /// Drills into what is chosen.
  mutating func enter() {
    switch screen {
    case .dashboard: open(.detail(focus))
    case .board: enterBoardRow()
    case .detail(let panel):
      guard let item = chosenItem else { return }
      open(.item(panel, item))
    case .operations:
      guard let item = chosenItem else { return }
      open(.ended(item))
    case .acts: goBeforeAct()
    case .departed: back()
    case .item, .ended, .findings, .incident, .recovery, .notices, .help, .wallboard: break
    }
  }

  mutating func select(cluster name: String) {
    guard name != selectedCluster else { return }
    selectedCluster = name
    lists = lists.filter { !$0.key.belongsToCluster }
  }

  /// The next (1) or previous (-1) cluster in the board's order.
  mutating func stepCluster(_ step: Int) {
    let entries = board.entries
    guard let index = entries.firstIndex(where: { $0.id == selectedCluster }) else { return }
    select(cluster: entries[(index + step + entries.count) % entries.count].id)
    if case .item = screen { back() }
    arrive()
  }

  /// The name of the row under the cursor.
  var chosenItem: String? {
    let items = ScreenContent.make(self).items
    return items.indices.contains(list.cursor) ? items[list.cursor].id : nil
  }

  /// Moves the cursor where the screen has items, else scrolls.
  mutating func move(_ step: Int) {
    let extent = ListExtent(self)
    if extent.items.isEmpty {
      list.offset += step
    } else {
      list.cursor += step
    }
    clampList(extent, follow: true)
    selectUnderCursor()
  }

  /// Moves the focus on the dashboard's grid; stays inside.
  mutating func moveFocus(x: Int, y: Int) {
    let columns = Layout(self).panelColumns
    let order = PanelID.allCases
    guard let index = order.firstIndex(of: focus) else { return }
    let column = index % columns + x
    let row = index / columns + y
    let target = row * columns + column
    guard (0..<columns).contains(column), order.indices.contains(target) else { return }
    focus = order[target]
  }

  mutating func stepFocus(_ step: Int) {
    let order = PanelID.allCases
    guard let index = order.firstIndex(of: focus) else { return }
    focus = order[(index + step + order.count) % order.count]
  }

  /// Keeps cursor and offset within what there is to see; `follow` brings the cursor into sight.
  mutating func clampList(follow: Bool = false) {
    guard screen != .dashboard, screen != .wallboard else { return }
    clampList(ListExtent(self), follow: follow)
  }

  private mutating func clampList(_ extent: ListExtent, follow: Bool) {
    var list = self.list
    let height = max(1, Layout(self).body.height)
    list.cursor = min(max(0, list.cursor), max(0, extent.items.count - 1))
    if follow, extent.items.indices.contains(list.cursor) {
      let row = extent.items[list.cursor]
      // The first item brings what stands above it into view with it.
      list.offset = list.cursor == 0 && row < height ? 0 : min(list.offset, row)
      list.offset = max(list.offset, row - height + 1)
      // The last one does so with what stands below it, which no cursor would reach.
      if list.cursor == extent.items.count - 1 {
        list.offset = max(list.offset, min(row, extent.rows - height))
      }
    }
    list.offset = min(max(0, list.offset), max(0, extent.rows - height))
    if self.list != list { self.list = list }
  }
}

/// How long a screen's list is, and on which rows its items stand.
struct ListExtent {
  var rows: Int
  /// The row of each item.
  var items: [Int]

  /// The board is long and its rows are all alike: none of them has to be made for this.
  init(_ state: AppState) {
    if state.screen == .board {
      rows = state.board.lines.count
      items = Array(0..<rows)
    } else {
      let content = ScreenContent.make(state)
      rows = content.rows.count
      items = content.items.map(\.row)
    }
  }
}
