import FoundationEssentials
import RecoveryModel
import TextScreen

/// The only way state changes. Pure: what the outside must do comes back as effects.
package func update(_ state: inout AppState, _ message: Message) -> [Effect] {
  let attended = state.attended
  let effects = state.take(message)
  return state.attended == attended ? effects : effects + [.attend(cluster: state.attended)]
}

extension AppState {
  fileprivate mutating func take(_ message: Message) -> [Effect] {
    switch message {
    case .keyPressed(let key): press(key)
    case .mouseClicked(let x, let y): click(x: x, y: y)
    case .resized(let columns, let rows): resize(columns: columns, rows: rows)
    case .ticked(let now): tick(now)
    case .frameShown(let time): noteShown(at: time)
    case .terminalSubstituted(let term, let standIn): substituted(term, by: standIn)
    case .snapshotArrived(let fleet): receive(fleet)
    case .planArrived(let plan): receive(plan)
    case .planFailed(let cluster, let error): planFailed(cluster: cluster, error)
    case .operationEnded(let outcome): operationEnded(outcome)
    case .auditRead(let cluster, let acts): receive(acts, of: cluster)
    case .actSearchAdvanced(let cluster, let progress): receive(progress, of: cluster)
    case .actsFound(let cluster, let search): receive(.success(search), of: cluster)
    case .actSearchFailed(let cluster, let error): receive(.failure(error), of: cluster)
    case .scrubAdvanced(let cluster, let progress): advance(scrub: progress, of: cluster)
    case .scrubEnded(let cluster, let outcome): end(scrub: .success(outcome), of: cluster)
    case .scrubFailed(let cluster, let error): end(scrub: .failure(error), of: cluster)
    case .recoveryPlanned(let plan, let cluster): receive(.plan(plan), of: cluster)
    case .recoveryPlanFailed(let cluster, let error): receive(.failed(error), of: cluster)
    case .saved(let path): saved(path)
    case .saveFailed(let error): saveFailed(error)
    case .drillsReaped(let drills): tell(reaped: drills)
    case .themeFailed(let kept, let reason): themeFailed(kept: kept, reason: reason)
    case .resumed: [.redraw]
    }
  }

  mutating func resize(columns: Int, rows: Int) -> [Effect] {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    clampList()
    beginReadingAnew()
    return []
  }

  private mutating func substituted(_ term: String, by standIn: String) -> [Effect] {
    notify(
      "TERM=\(term) is not known on this host: drawn as \(standIn). "
        + "To teach it: infocmp -x \(term) | ssh HOST tic -x -", .notice, seconds: 20)
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
    // A picture that has grown too old changes its row's verdict and place.
    if jump < 0 || board.nextStale.map({ now > $0 }) ?? false { arrangeBoard() }
    return followAudit()
  }

  mutating func themeFailed(kept: String, reason: String) -> [Effect] {
    theme = kept
    notify(reason, .warning, seconds: 30)
    return []
  }
}
