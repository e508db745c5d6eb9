import RecoveryModel
import TextScreen

extension AppState {
  /// What stands in front takes the key: dialog, prompt, wallboard, then the command table.
  mutating func press(_ key: Key) -> [Effect] {
    if fleet != nil { isSettled = true }
    notices.removeAll(where: \.goesWithKey)
    if key == .control("c") { return quit() }
    if key == .control("l") { return [.redraw] }
    if key == .control("z") { return [.suspend] }
    guard Layout.fits(self) else { return pressUnseen(key) }
    if dialog != nil { return pressInDialog(key) }
    if prompt != nil { return pressInPrompt(key) }
    if screen == .wallboard { return pressOnWallboard(key) }
    guard let row = CommandTable.row(for: key, on: screen) else { return [] }
    return perform(row)
  }

  /// Nothing can be seen of what a key would do, so that none does anything; one can still leave.
  private mutating func pressUnseen(_ key: Key) -> [Effect] {
    key == .character("q") && dialog == nil ? quit() : []
  }

  /// Runs a command, or says why it cannot be run now.
  mutating func perform(_ row: CommandRow) -> [Effect] {
    if let reason = row.unavailable(self) {
      notify("\(row.title): \(reason)", .warning)
      return []
    }
    return row.perform(&self)
  }

  private mutating func pressOnWallboard(_ key: Key) -> [Effect] {
    if wallboard.isRoot { return key == .character("q") ? quit() : [] }
    back()
    return []
  }

  /// A click focuses a panel; a click on the focused one opens it. Rows of a list are chosen
  /// likewise.
  mutating func click(x: Int, y: Int) -> [Effect] {
    guard dialog == nil, prompt == nil, Layout.fits(self) else { return [] }
    if screen == .dashboard {
      let panels = Layout(self).panels
      guard let hit = panels.first(where: { $0.area.contains(x: x, y: y) }) else { return [] }
      if focus == hit.id { open(.detail(hit.id)) } else { focus = hit.id }
      return []
    }
    let area = Layout(self).body
    guard area.contains(x: x, y: y) else { return [] }
    let row = list.offset + y - area.y
    guard let item = ListExtent(self).items.firstIndex(of: row) else { return [] }
    if list.cursor == item { enter() } else { list.cursor = item }
    selectUnderCursor()
    return []
  }
}

extension Rect {
  func contains(x: Int, y: Int) -> Bool {
    (self.x..<right).contains(x) && (self.y..<bottom).contains(y)
  }
}
