import FoundationEssentials
import RecoveryModel
import Transports

/// Says exactly what a base backup would do.
struct BackupPlanning: Sendable {
  var site: OperationSite
  var cluster: String
  var report: EngineReport

  func plan(_ asked: BackupKind, id: String) -> OperationPlan {
    let backups = report.backups.value?.backups ?? []
    let hasFull = backups.contains { $0.kind == .full && $0.error == nil && $0.finishedAt != nil }
    let becomesFull = asked != .full && report.backups.value != nil && !hasFull
    let kind = becomesFull ? .full : asked
    var notes = ["pgBackRest expires old backups by its own retention settings afterwards."]
    if becomesFull {
      notes.insert(
        "There is no full backup to build on: the \(asked.rawValue) backup becomes a full one.",
        at: 0)
    }
    if let bytes = report.configuration.value?.databaseBytes ?? backups.last?.databaseBytes {
      notes.append("Reads up to \(Format.bytes(bytes)) from the data directory.")
    }
    var plan = OperationPlan(
      id: id, cluster: cluster, request: .backup(asked),
      title: "Take a \(kind.rawValue) base backup of \(cluster)",
      steps: [
        "Ask the catalog of stanza \(site.stanza) in repository \(site.repository) what is there",
        "Take a \(kind.rawValue) backup as \(site.account?.name ?? "this account")",
        "Find the new backup in the catalog before calling it done",
        .command(site.shown(BackupRun.arguments(kind, repository: site.repository))),
      ],
      notes: notes, requirements: requirements(), expected: expected(kind, backups),
      order: EngineOrder(kind))
    let sparing = ["--no-expire-auto"] + BackupRun.arguments(kind, repository: site.repository)
    plan.sparing =
      "Without expiry it is taken by: \(site.shown(sparing)); every later one expires the same unless "
      + "expire-auto=n or a higher repo\(site.repository)-retention-full keeps it"
    return plan
  }

  private func requirements() -> [Requirement] {
    [primary, checkpoint, notStopped, archiving, repository, room, nobodyElse].compactMap { $0 }
  }

  private var primary: Requirement {
    let what = "the primary answers"
    guard let instances = report.instances.value else {
      return Requirement(what: what, satisfied: nil, detail: reason(report.instances))
    }
    let primaries = instances.filter(\.isRunningPrimary)
    guard primaries.count < 2 else {
      return Requirement(
        what: "one server alone is primary", satisfied: false,
        detail: primaries.map(\.name).joined(separator: ", ") + " all take writes as one")
    }
    let primary = primaries.first
    return Requirement(
      what: what, satisfied: primary != nil,
      detail: primary.map { "\($0.name) is the primary" } ?? "no running primary is seen")
  }

  /// pgBackRest compares the timeline in pg_control, which a promotion alone does not change, with that of the
  /// WAL (its error 058). nil where there is nothing to require.
  private var checkpoint: Requirement? {
    guard
      let primary = report.instances.value?.first(where: \.isRunningPrimary),
      let control = primary.checkpointTimeline, let current = primary.timeline,
      control != current
    else { return nil }
    return Requirement(
      what: "a checkpoint since the promotion", satisfied: false,
      detail: "\(primary.name) writes timeline \(current), its last checkpoint is on \(control): "
        + "run CHECKPOINT on \(primary.name)")
  }

  /// nil where there is nothing to require: no stop file is seen from here.
  private var notStopped: Requirement? {
    site.stop.map {
      Requirement(
        what: "pgBackRest is not stopped", satisfied: false,
        detail: "\($0.what): run \($0.command)")
    }
  }

  private var archiving: Requirement {
    let what = "WAL archiving works"
    guard let archive = report.archive.value else {
      return Requirement(what: what, satisfied: nil, detail: reason(report.archive))
    }
    let detail =
      !archive.enabled
      ? "archiving is off"
      : archive.failing
        ? "the last attempt failed (\(archive.lastFailedSegment ?? "unnamed segment"))"
        : "last archived: "
          + ((archive.lastStored?.at).map(Format.timestamp) ?? "nothing\(archive.yetWords)")
    return Requirement(what: what, satisfied: archive.enabled && !archive.failing, detail: detail)
  }

  private var repository: Requirement {
    let what = "the repository answers"
    guard let catalog = report.backups.value else {
      return Requirement(
        what: what, satisfied: report.backups.failure == nil ? nil : false,
        detail: reason(report.backups))
    }
    return Requirement(
      what: what, satisfied: true,
      detail: "stanza \(site.stanza): \(catalog.repositoryStatus ?? "readable")")
  }

  private var room: Requirement {
    let what = "the repository has room"
    guard let free = report.storage.value?.repositoryFreeBytes else {
      return Requirement(what: what, satisfied: nil, detail: "its free room is not known")
    }
    let backups = report.backups.value?.backups ?? []
    let guess =
      backups.last { $0.kind == .full }?.repositoryBytes
      ?? report.configuration.value?.databaseBytes
    return Requirement(
      what: what, satisfied: guess.map { free > $0 },
      detail: Format.bytes(free) + " free"
        + (guess.map { ", at most \(Format.bytes($0)) wanted" } ?? ""))
  }

  private var nobodyElse: Requirement {
    let what = "no other backup runs"
    guard let catalog = report.backups.value else {
      return Requirement(what: what, satisfied: nil, detail: reason(report.backups))
    }
    return Requirement(
      what: what, satisfied: catalog.running == nil,
      detail: catalog.running == nil ? "the lock is free" : "another backup holds the lock")
  }

  private func reason<Value>(_ part: Observed<Value>) -> String {
    part.failure.map(\.reason) ?? "no answer yet"
  }

  /// From the last five of the kind; nil where there was none.
  private func expected(_ kind: BackupKind, _ backups: [Backup]) -> Estimate? {
    let durations = backups.filter { $0.kind == kind }.suffix(5).compactMap(\.duration)
    guard let last = durations.last, let low = durations.min(), let high = durations.max() else {
      return nil
    }
    // Whole seconds in the catalog; half and double of them is what other load did in our measurements.
    return Estimate(expected: max(last, 1), low: max(low / 2, 0.5), high: max(high * 2, 2))
  }
}
