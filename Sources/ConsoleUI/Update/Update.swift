import FoundationEssentials
import RecoveryModel
import TextScreen

/// The only way state changes. Pure: what the outside must do comes back as effects.
public func update(_ state: inout AppState, _ message: Message) -> [Effect] {
  switch message {
  case .keyPressed(let key): state.press(key)
  case .mouseClicked(let x, let y): state.click(x: x, y: y)
  case .resized(let columns, let rows): state.resize(columns: columns, rows: rows)
  case .ticked(let now): state.tick(now)
  case .snapshotArrived(let fleet): state.receive(fleet)
  case .planArrived(let plan): state.receive(plan)
  case .planFailed(let cluster, let error): state.planFailed(cluster: cluster, error)
  case .operationFailedToStart(let cluster, let error):
    state.failedToStart(cluster: cluster, error)
  case .operationEnded(let outcome): state.operationEnded(outcome)
  case .drillsReaped(let drills): state.tell(reaped: drills)
  case .themesArrived(let names): state.receive(themes: names)
  case .themeFailed(let kept, let reason): state.themeFailed(kept: kept, reason: reason)
  case .resumed: [.redraw]
  }
}

extension AppState {
  mutating func resize(columns: Int, rows: Int) -> [Effect] {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    clampList()
    return []
  }

  /// Time only moves on what carries an end; a clock that jumps back keeps notices no longer than
  /// they were given.
  mutating func tick(_ time: Date) -> [Effect] {
    let jump = time.timeIntervalSince(now)
    now = time
    if jump < 0 {
      for index in notices.indices { notices[index].expires.addTimeInterval(jump) }
      wallboard.since.addTimeInterval(jump)
    }
    notices.removeAll { $0.expires <= now }
    return []
  }

  mutating func receive(themes names: [String]) -> [Effect] {
    themes = names
    if case .chooseTheme(let choice) = dialog {
      dialog = names.isEmpty ? nil : .chooseTheme(choice: min(choice, names.count - 1))
    }
    return []
  }

  mutating func themeFailed(kept: String, reason: String) -> [Effect] {
    theme = kept
    notify(reason, .warning, seconds: 30)
    return []
  }
}
