import FoundationEssentials
import RecoveryModel
import TextScreen

/// Looking for what was destroyed.
extension AppState {
  /// Half an hour on both sides of the cursor: nobody remembers the minute.
  private static let reach = 1800.0

  /// What has been found, else the question for the stretch. In an incident both: more may have been destroyed since, or
  /// mended.
  mutating func openFinder() -> [Effect] {
    let isAnew = screen == .incident || screen == .acts
    let isRunning = finding?.isRunning == true
    if isRunning, screen == .acts {
      notify("the WAL is being read; wait for its end", .warning)
    }
    let text = proposedStretch
    if finding != nil { open(.acts) }
    if finding == nil || isAnew, !isRunning { prompt = Prompt(.stretch, text: text) }
    return []
  }

  /// Around the cursor; where that is at the latest or at what was found, what was looked through and on to now; else the
  /// last hour.
  private var proposedStretch: String {
    let isFound = finding?.search?.acts.contains { $0.moment == recoveryMoment } ?? false
    if recoveryMoment == .latest || isFound, let order = finding?.order, order.isOpen {
      return Format.timestamp(order.from)
    }
    guard recoveryMoment != .latest, let at = recoveryOutlook?.at else { return "-1h" }
    let from = at.addingTimeInterval(-Self.reach)
    let to = min(at.addingTimeInterval(Self.reach), now)
    return "\(Format.timestamp(from)) to \(Format.timestamp(to))"
  }

  /// `-1h`, `13:30 to 14:30`.
  mutating func find(in text: String) -> [Effect] {
    guard let cluster = selectedCluster else { return [] }
    do {
      let order = try stretch(text)
      found = ActFinding(cluster: cluster, order: order)
      if screen != .acts { open(.acts) }
      list = ListState()
      return [.findActs(order, cluster: cluster)]
    } catch {
      notify("\(error.message); \(error.remedy)", .warning, seconds: 15)
      return []
    }
  }

  private func stretch(_ text: String) throws(RecoveryError) -> ActSearchOrder {
    let words = text.split(separator: " ").map(String.init)
    let middle = words.firstIndex { $0.lowercased() == "to" } ?? words.count
    let from = try time(words[..<middle].joined(separator: " "))
    let to = middle < words.count ? try time(words[(middle + 1)...].joined(separator: " ")) : now
    guard from < min(to, now) else {
      throw RecoveryError(
        .invalid, "the stretch would end before it begins", remedy: "as -1h, or 13:30 to 14:30")
    }
    var order = ActSearchOrder(from: from, to: min(to, now))
    order.isOpen = middle == words.count
    return order
  }

  private func time(_ text: String) throws(RecoveryError) -> Date {
    guard let time = try MomentText(now: now, zone: zone).parse(text).time(now: now) else {
      throw RecoveryError(
        .invalid, "a stretch goes from one time to another", remedy: "as -1h, or 13:30 to 14:30")
    }
    return time
  }

  mutating func receive(_ progress: ActSearchProgress, of cluster: String) -> [Effect] {
    if found?.cluster == cluster { found?.progress = progress }
    return []
  }

  mutating func receive(
    _ result: Result<ActSearch, RecoveryError>, of cluster: String
  ) -> [Effect] {
    guard found?.cluster == cluster else { return [] }
    switch result {
    case .success(let search): found?.search = search
    case .failure(let error): found?.failure = error
    }
    if screen == .acts { list = ListState() }
    clampList()
    notify(
      finding?.search?.summary ?? "the search did not come to an end", seconds: 10)
    return []
  }

  /// The act that the cursor stands on, where what was destroyed is listed.
  var chosenAct: FoundAct? {
    guard screen == .acts, let index = chosenItem.flatMap({ Int($0) }),
      let acts = finding?.search?.acts, acts.indices.contains(index)
    else { return nil }
    return acts[index]
  }

  /// Puts the recovery window's cursor just before what was chosen.
  mutating func goBeforeAct() {
    guard let finding, let act = chosenAct else { return }
    recovery = RecoveryCursor(cluster: finding.cluster, moment: act.moment)
    show(.window)
    list.offset = 0
  }
}
