import FoundationEssentials
import RecoveryModel

/// One cluster's status for a person: the verdict first, then every figure, then what is wrong.
struct StatusText {
  var cluster: ClusterSnapshot
  var style: TextStyle

  private var report: EngineReport { cluster.report }
  private var targets: RecoveryTargets { cluster.declaration.targets }

  var text: String {
    let name = Sanitizer.clean(cluster.declaration.name)
    let engine = Sanitizer.clean(cluster.engineTitle)
    let head =
      "\(name): \(style.verdict(cluster.verdict))"
      + style.dim("  (\(engine), \(Format.timestamp(cluster.takenAt)))")
    let figures =
      [
        instances, archive, exposure, reach, backups, window, projection, drill, store,
        operation,
      ].compactMap { $0 } + cluster.recoveries.map { line("recovering", $0.sentence) }
      + cluster.report.kept.map {
        TextLayout.labelled(
          "kept", Sanitizer.clean(keptWords($0), limit: 2000), column: 16)
      }
    return ([head] + figures + findings + unavailable).joined(separator: "\n")
  }

  private func line(_ label: String, _ text: String) -> String {
    TextLayout.labelled(label, Sanitizer.clean(text), column: 16)
  }

  private func keptWords(_ kept: KeptRecovery) -> String {
    let back = kept.isUnfinished ? nil : kept.givingBack([], to: cluster.declaration)
    return [
      kept.sentence, kept.way, back.map { "to give back from it: \($0)" } ?? "",
      "remove it with: \(kept.removal(of: cluster.declaration))",
    ].filter { !$0.isEmpty }.joined(separator: "; ")
  }

  private func ago(_ date: Date) -> String {
    Format.past(cluster.takenAt.timeIntervalSince(date))
  }

  private var instances: String? {
    guard let instances = report.instances.value, !instances.isEmpty else {
      return line("instances", "unknown")
    }
    let rows = instances.map { instance in
      [
        instance.name, instance.role.rawValue, instance.state.word,
        instance.timeline.map { "timeline \($0)" } ?? "", lag(of: instance),
      ].map { Sanitizer.clean($0) }
    }
    let lines = TextLayout.table(rows).split(separator: "\n").map(String.init)
    return lines.enumerated().map { index, row in
      TextLayout.padded(index == 0 ? "  instances" : "", 16) + row
    }.joined(separator: "\n")
  }

  private func lag(of instance: Instance) -> String {
    guard instance.role == .standby else { return instance.lsn.map { "at \($0)" } ?? "" }
    let parts = [
      instance.lag?.replay.bytes.map { Format.bytes($0) },
      instance.lag?.replay.seconds.map { Format.duration($0) },
    ].compactMap { $0 }
    return parts.isEmpty ? "lag unknown" : "lag " + parts.joined(separator: ", ")
  }

  private var archive: String {
    guard let archive = report.archive.value else { return line("archive", "unknown") }
    guard archive.enabled else { return line("archive", "archiving is off") }
    var parts: [String] = []
    if let segment = archive.newestSegment {
      let age = (archive.lastStored?.at).map { ", " + ago($0) } ?? ""
      parts.append("last \(segment.name(segmentSize: archive.segmentSize))\(age)")
    } else if let stored = report.walArchive.value, let last = stored.segments.last {
      // The server's own last one may be a backup's history file, which is no segment.
      let age = last.archivedAt.map { ", " + ago($0) } ?? ""
      parts.append("last \(last.segment.name(segmentSize: stored.segmentSize))\(age)")
    } else {
      parts.append("nothing archived\(archive.yetWords)")
    }
    parts.append(archive.waitingSegments.map { "\($0) waiting" } ?? "waiting unknown")
    if archive.failing {
      parts.append("FAILING" + (archive.lastFailedAt.map { ", last tried " + ago($0) } ?? ""))
    }
    return line("archive", parts.joined(separator: "; "))
  }

  private var exposure: String {
    let target = "target \(Format.span(targets.rpo))"
    guard let exposure = cluster.loss.changes else {
      let isAll = cluster.loss == .everything
      return line("RPO", (isAll ? "everything would be lost" : "unknown") + " (\(target))")
    }
    if let reach = cluster.reach, reach.isCut, let seconds = exposure.seconds {
      let most = reach.isUpperBound ? "at most " : ""
      return line("RPO", "\(most)\(Format.atMost(seconds)) would be lost (\(target))")
    }
    let seconds = exposure.seconds.map {
      (exposure.isUpperBound ? "at most " : "") + Format.atMost($0)
    }
    let parts = [exposure.bytes.map { Format.bytes($0) }, seconds].compactMap { $0 }
    let shown = parts.isEmpty ? "unknown" : parts.joined(separator: ", ") + " exposed"
    return line("RPO", "\(shown) (\(target))")
  }

  /// Said where it is less than everything: what an AT RISK means.
  private var reach: String? {
    guard let reach = cluster.reach, reach.isCut || cluster.verdict == .atRisk else { return nil }
    return line("restorable", reach.words(now: cluster.takenAt))
  }

  private var backups: String {
    let expected = "expected every \(Format.span(targets.backupInterval))"
    guard let catalog = report.backups.value else {
      return line("base backup", "unknown (\(expected))")
    }
    let unusable = catalog.flawed.isEmpty ? "" : "; \(catalog.flawed.count) of no use now"
    let broken = catalog.usable.count - (cluster.goodBackups ?? 0)
    guard let last = cluster.lastGoodBackup else {
      let incomplete = broken > 0 ? "; \(broken) without its own WAL" : ""
      return line("base backup", "none\(incomplete)\(unusable) (\(expected))")
    }
    let size = last.databaseBytes.map { ", " + Format.bytes($0) } ?? ""
    let age = last.finishedAt.map { ", " + ago($0) } ?? ""
    let count =
      broken > 0
      ? "\(catalog.usable.count) in all, \(broken) without its own WAL\(unusable)"
      : "\(catalog.usable.count) in all\(unusable)"
    return line(
      "base backup", "\(last.id) \(last.kind.rawValue)\(age)\(size); \(count) (\(expected))")
  }

  private var window: String {
    guard let window = cluster.window else { return line("window", "unknown") }
    guard let first = window.first, let last = window.last else {
      return line("window", cluster.windowWords ?? "empty")
    }
    let points = window.points.count
    let single =
      points == 0 ? "" : "; \(points) older backup\(points == 1 ? "" : "s") to one moment each"
    let holes = single + (window.holes.isEmpty ? "" : "; HOLES: \(window.holes.count)")
    return line("window", "\(Format.timestamp(first)) to \(Format.timestamp(last))\(holes)")
  }

  private var projection: String {
    let target = "target \(Format.span(targets.rto))"
    guard let projection = cluster.recoveryTime else {
      let isNever = cluster.loss == .everything
      return line("RTO", (isNever ? "never: nothing can be restored" : "unknown") + " (\(target))")
    }
    let range =
      "\(Format.duration(projection.total.low)) to \(Format.duration(projection.total.high))"
    let fixed =
      projection.fixed > 0 ? ", \(Format.duration(projection.fixed)) of it whatever the size" : ""
    return line(
      "RTO",
      "\(Format.duration(projection.total.expected)), \(range)\(fixed) (\(projection.basisWords); \(target))"
    )
  }

  private var drill: String {
    let due = "due every \(Format.span(targets.drillInterval))"
    guard let last = cluster.drills.ofNow.last else {
      return line("drill", "\(cluster.isNeverDrilled ? "never" : "unknown") (\(due))")
    }
    var text = last.outcome.words + " " + ago(last.finishedAt)
    if let backup = last.backup { text += ", backup \(backup)" }
    if let measured = last.measuredRTO { text += ", RTO \(Format.duration(measured))" }
    if let tests = last.testWords { text += ", \(tests)" }
    // What proves nothing, neither way, does not hide what does.
    if last.outcome != .passed, let passed = cluster.drills.lastPassed {
      text += "; passed \(ago(passed.finishedAt))"
      if let backup = passed.backup { text += ", backup \(backup)" }
    }
    return line("drill", "\(text) (\(due))")
  }

  private var store: String? { report.traffic.map { line("store", $0.words) } }

  private var operation: String? {
    cluster.operation.map { line("running", ProgressLine.text($0)) }
  }

  private var findings: [String] { FindingText(style: style).lines(cluster.findings) }

  private var unavailable: [String] {
    // The outage is a finding, and the reason of all of them.
    guard report.outage == nil else { return [] }
    return FindingText(style: style).lines(report.unavailable)
  }
}
