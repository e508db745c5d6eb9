import RecoveryModel
import TextScreen

/// The keys that matter here, from the command table; greyed where they cannot be used now.
enum FooterView {
  static func draw(_ state: AppState, in rect: Rect, frame: inout Frame) {
    frame.fill(rect, role: .footer)
    var x = rect.x + 1
    for row in CommandTable.rows where !row.label.isEmpty {
      guard row.scope.covers(state.screen), let key = row.keys.first else { continue }
      let width = key.name.count + 1 + row.label.count
      guard x + width <= rect.right else { return }
      let disabled = row.unavailable(state) != nil
      x += frame.put(key.name, x: x, y: rect.y, role: disabled ? .disabled : .key, clip: rect)
      x += frame.put(
        " \(row.label)  ", x: x, y: rect.y, role: disabled ? .disabled : .footer, clip: rect)
    }
  }
}
