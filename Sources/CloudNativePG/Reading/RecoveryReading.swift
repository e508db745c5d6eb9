import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What the log of a recovery's job has told so far, read on from look to look while it runs.
struct RecoveryReading: Sendable, Equatable {
  /// The pod of the try.
  let pod: String
  private(set) var log = CopyLog()
  /// When it was last read; nil = never, or it may not be.
  private(set) var readAt: Date?
  /// When it last told that something got on, on our clock.
  private(set) var movedAt: Date?
  /// What it said then.
  private(set) var doing = ""
  private(set) var pace = ReplayPace()
  /// The newest line of each container, by its own clock.
  private(set) var last: [String: Date] = [:]

  /// Lines of one look at a log that is known already, and bytes of the first look: it tells at its beginning where replay
  /// begins.
  static let (lines, bytes) = (500, 128 << 10)

  init(pod: String) { self.pod = pod }

  /// Lines that were taken before change nothing.
  mutating func take(_ lines: [String], of container: String, at now: Date) {
    let arrived = now.timeIntervalSince1970
    let known = last[container] ?? .distantPast
    for line in lines {
      let at = kubernetesDate(LogEntry(line: line)?.at)
      if let at, at <= known { continue }
      last[container] = max(at ?? .distantPast, last[container] ?? .distantPast)
      let state = log.moments.state
      let segments = log.recovery.restored.count
      let effect = log.read(line, at: arrived)
      if log.recovery.restored.count > segments { pace.note(at ?? now) }
      guard effect != .none || log.moments.state != state else { continue }
      let moved = Date(
        timeIntervalSince1970: log.moments.elapsed(
          written: at?.timeIntervalSince1970, arrived: arrived))
      // The containers are read one after the other: what the second one said last may be older.
      guard movedAt.map({ moved >= $0 }) ?? true else { continue }
      (movedAt, doing) = (moved, Sanitizer.clean(CopyLog.message(of: line), limit: 120))
    }
    readAt = now
  }

  /// What it is at; nil = it has said nothing of that yet.
  var stage: (RecoveryUnderWay.Stage, since: Date)? {
    guard let state = log.moments.state, let since = log.moments.elapsed[state] else { return nil }
    let stage: RecoveryUnderWay.Stage
    switch state {
    case .restoring: stage = .restoring
    case .replaying: stage = .replaying
    case .starting: stage = .promoting
    default: stage = .handingOver
    }
    return (stage, Date(timeIntervalSince1970: since))
  }
}

extension CloudNativePGFacts {
  /// The recovery that makes this cluster, whoever asked for it.
  func recoveries(now: Date) -> [RecoveryUnderWay] {
    guard let course = bootstrap, course.isRecovery else { return [] }
    var recovery = RecoveryUnderWay(
      place: "\(namespace)/\(name)", stage: .scheduled, since: course.since, observedAt: now,
      label: cluster.spec.bootstrap?.recovery?.backup?.name, aim: recoveryAim)
    recovery.begunAt = course.since
    recovery.tries = RecoveryUnderWay.Tries(
      failed: course.failed, most: course.tries, next: course.nextTry)
    recovery.origin = descendsFrom
    if let end = recoveryOrigin?.end(of: recovery.aim, segmentSize: cluster.segmentBytes) {
      (recovery.end, recovery.isBeyondEnd) = end
    }
    recovery.obstacle = startObstacle(now: now).map { .init("cannot begin", cause: $0.cause) }
    recovery.lookAt = kubectl(
      course.running.map { "logs \(quoted($0)) --all-containers --tail=20" }
        ?? "describe cluster \(quoted(name))")
    switch course.stage {
    case .notBegun: break
    case .waiting: recovery.since = course.lastFailure ?? course.since
    case .givenUp: recovery.hasFailed = true
    case .starting:
      recovery.stage = .starting
      recovery.since = finished(course) ?? course.since
    case .trying: follow(course, &recovery)
    }
    return [recovery]
  }

  /// As the cluster tells it that it is recovered from: what is known of its end is known there.
  func recoveriesBeside(now: Date) -> [RecoveryUnderWay] {
    recoveries(now: now).map { recovery in
      var recovery = recovery
      recovery.origin = nil
      return recovery
    }
  }

  /// How it stands, beside how far it is; nil = it is made, or that is not seen.
  func stateBeside(now: Date) -> String? {
    guard let course = bootstrap else { return joiningWords }
    guard course.isRecovery else { return nil }
    if course.stage == .givenUp { return "failed for good after \(course.failed) tries" }
    if let obstacle = startObstacle(now: now) { return "cannot begin: \(obstacle.cause)" }
    return course.failed == 0
      ? "under way" : "under way, \(course.failed) of \(course.tries) tries failed"
  }

  private func follow(_ course: BootstrapCourse, _ recovery: inout RecoveryUnderWay) {
    guard let running = course.running else { return }
    recovery.since =
      kubernetesDate(pods.value?.first { $0.name == running }?.status?.startTime) ?? recovery.since
    guard let reading = recoveryReading, reading.pod == running, let readAt = reading.readAt else {
      recovery.stage = .working
      return
    }
    recovery.observedAt = readAt
    // A server that ends so promotes nothing, whatever it has replayed.
    if let fatal = reading.log.recovery.fatals.last {
      recovery.stage = .working
      recovery.obstacle = .init("fails", cause: Sanitizer.clean(fatal, limit: 200))
      return
    }
    guard let (stage, since) = reading.stage else { return }
    (recovery.stage, recovery.since) = (stage, since)
    (recovery.movedAt, recovery.doing) = (reading.movedAt, reading.doing)
    recovery.replayedFrom = reading.log.recovery.redoStart
    recovery.replayedTo = reading.log.recovery.position(segmentSize: cluster.segmentBytes)
    recovery.latePace = reading.pace.segments.map { $0 * Double(cluster.segmentBytes) }
  }

  private func finished(_ course: BootstrapCourse) -> Date? {
    pods.value?.first { $0.name == course.telling }?.finishedAt
  }

  /// Where it is to stop.
  var recoveryAim: RecoveryUnderWay.Aim {
    guard let target = cluster.spec.bootstrap?.recovery?.recoveryTarget else { return .latest }
    if let time = target.targetTime {
      return TimestampText.moment(time).map { .time($0.upperBound) } ?? .named(time)
    }
    if let lsn = target.targetLSN.flatMap({ LSN(text: $0) }) { return .lsn(lsn) }
    if let id = target.targetXID { return .named("transaction \(id)") }
    if let name = target.targetName { return .named("restore point \(name)") }
    return target.targetImmediate == true ? .immediate : .latest
  }

  /// The log to be read on while a recovery runs: pod and containers.
  var followedLog: (pod: String, containers: [String])? {
    guard cluster.spec.bootstrap?.recovery != nil, let course = bootstrap,
      let pod = course.running, let container = course.container
    else { return nil }
    return (pod, isRecoveredByPlugin ? [container, LogQuestion.sidecar] : [container])
  }
}
