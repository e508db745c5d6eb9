import FoundationEssentials

/// What looks at recoveries tell only together: whether they get on.
package struct RecoveryWatch: Sendable, Equatable {
  private struct Course: Sendable, Equatable {
    var last: RecoveryUnderWay
    /// When it was last seen to get on; nil = its figure cannot be read.
    var movedAt: Date?
    /// Looks since then that found the same, and the longest that it took from one figure to the next.
    var looks = 0
    var step = 0.0
    var patience = Double.infinity
  }

  private var courses: [String: Course] = [:]

  /// Seconds without a move before it is said. A segment took 0.1 to 3 s where it was measured; a file of 1 GiB comes
  /// from a slow store in a minute; what is restored is flushed at the end, and nothing grows meanwhile.
  private static let (replay, restore, flush) = (120.0, 180.0, 900.0)
  /// A step may be so many times as long as the longest before it.
  private static let stretch = 5.0

  /// Takes in what a look found; the same look twice counts once.
  mutating func note(_ forecasts: [RecoveryForecast]) {
    courses = courses.filter { place, _ in forecasts.contains { $0.recovery.place == place } }
    for forecast in forecasts { note(forecast) }
  }

  private mutating func note(_ forecast: RecoveryForecast) {
    let recovery = forecast.recovery
    let at = recovery.observedAt
    let known = courses[recovery.place]
    guard known.map({ at > $0.last.observedAt }) ?? true else { return }
    var course = known ?? Course(last: recovery)
    let isSameStage = known?.last.stage == recovery.stage
    if !isSameStage || course.last.figure != recovery.figure {
      let step = course.movedAt.map { at.timeIntervalSince($0) } ?? 0
      course.step = isSameStage && course.last.figure != nil ? max(course.step, step) : 0
      (course.movedAt, course.looks) = (recovery.figure == nil ? nil : at, 0)
    } else {
      course.looks += 1
    }
    if recovery.figure != nil, let told = recovery.movedAt {
      // Its own word needs no second look.
      (course.movedAt, course.looks) = (told, 2)
    }
    let restoring = forecast.fraction ?? 0 > 0.97 ? Self.flush : Self.restore
    course.patience = max(
      recovery.stage == .replaying ? Self.replay : restoring, Self.stretch * course.step)
    course.last = recovery
    courses[recovery.place] = course
  }

  /// Seconds for which it has stood still; nil = it gets on, or nobody can tell.
  func still(_ place: String) -> Double? {
    guard let course = courses[place], let moved = course.movedAt, course.looks >= 2 else {
      return nil
    }
    let seconds = course.last.observedAt.timeIntervalSince(moved)
    return seconds >= course.patience ? seconds : nil
  }
}

extension RecoveryForecast {
  /// What is to be said of one that stands still.
  var standStill: Finding? {
    guard let still else { return nil }
    let doing = Sanitizer.clean(recovery.doing, limit: 120)
    return Finding(
      id: "recovery.still:\(recovery.place)", severity: .warning,
      headline: "The recovery into \(Sanitizer.clean(recovery.place, limit: 120)) stands still: "
        + "\(recovery.stage == .replaying ? "no WAL was applied" : "no byte came") for "
        + Format.age(still) + (doing.isEmpty ? "" : "; last: \(doing)"),
      evidence: [Evidence(what: sentence, source: recovery.place, at: recovery.observedAt)],
      remedy: "Look at what it waits for: the store, its volume, its own log"
        + (recovery.lookAt.isEmpty ? "." : " (\(Sanitizer.clean(recovery.lookAt, limit: 200)))."),
      ceiling: .proven, words: "stands still")
  }
}

extension ClusterSnapshot {
  /// Takes in what is seen of recoveries, and what is to be said of it.
  mutating func follow(_ seen: [RecoveryUnderWay], after previous: ClusterSnapshot?) {
    recoveryWatch = previous?.recoveryWatch ?? RecoveryWatch()
    recoveryWatch.note(recoveries)
    for finding in recoveries.compactMap(\.standStill) + seen.compactMap(\.ending) { add(finding) }
  }
}
