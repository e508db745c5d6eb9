import DrillParts
import FoundationEssentials
import RecoveryModel
import Transports

/// What a planned drill is carried out by.
struct DrillOrder: Sendable, Equatable {
  var label: String
  var backupFinishedAt: Date?
  var target: LSN
  var timeline: UInt32
  var segmentSize: Int
  /// Names of the backup's own first and last segment.
  var backupSegments: [String]
  /// A segment that was not in the archive when the plan was made.
  var missing: String?
  var restoredBytes: Int64?
  var load: ReplayLoad
  var place: String
  /// Name of the instance that production's answers come from.
  var primary: String?
  /// Where replay is to stop instead of `target`, which is then only as far as it may come.
  var moment: RecoveryMoment?
  /// The same as it was asked for.
  var asked: DrillMoment?
  /// The last segment that was archived when the plan was made.
  var lastSegment: WALSegment?

  /// What is held against where the copy came out; nil = `target`.
  var momentTarget: MomentTarget? { moment.map { MomentTarget($0, backup: label) } }
  /// Where replay is to end, in words.
  var goal: String { moment?.text ?? "\(target)" }

  /// Room for the copy: 1.2 times its size, and what replay keeps of the log (at most 4 GiB at once, since
  /// replayed segments are recycled).
  var roomNeeded: Int64? {
    restoredBytes.map { Int64(Double($0) * 1.2) + min(load.walBytes, 4 << 30) + 64 << 20 }
  }

  init(
    backup: Backup, target: RecoveryTarget, segmentSize: Int, place: String, primary: String?
  ) {
    label = backup.id
    backupFinishedAt = backup.finishedAt
    self.target = target.lsn
    timeline = target.timeline
    self.segmentSize = segmentSize
    backupSegments = [backup.startSegment, backup.stopSegment].compactMap {
      $0?.name(segmentSize: segmentSize)
    }
    missing = target.missing?.name(segmentSize: segmentSize)
    restoredBytes = backup.databaseBytes
    load = target.load
    self.place = place
    self.primary = primary
    lastSegment = target.lastSegment
  }
}

/// Says exactly what a verify drill would do.
struct DrillPlanning: Sendable {
  var site: OperationSite
  var declaration: ClusterDeclaration
  var report: EngineReport

  /// Throws `RecoveryError` where there is nothing to restore.
  func plan(
    label: String?, to outlook: RecoveryOutlook? = nil, id: String
  ) throws(RecoveryError) -> OperationPlan {
    let backup = try choose(label)
    let archive = report.walArchive.value
    guard
      let target = RecoveryTarget.choose(backup: backup, archive: archive)?.leading(
        to: outlook, segmentSize: archive?.segmentSize)
    else {
      throw RecoveryError(
        .refused, "the catalog does not say where backup \(backup.id) ends",
        remedy: "take a new base backup")
    }
    let place = DrillPlace.choose(declared: declaration.drill.place, site: site)
    let size = archive?.segmentSize ?? report.archive.value?.segmentSize ?? 16 << 20
    let primary = report.instances.value?.first(where: \.isRunningPrimary)
    var order = DrillOrder(
      backup: backup, target: target, segmentSize: size, place: place.path, primary: primary?.name)
    order.moment = outlook?.effective
    order.asked = outlook?.drillMoment
    let end = order.moment.map { ", as of \($0.text)" } ?? ""
    return OperationPlan(
      id: id, cluster: declaration.name, request: .drill(backup: label),
      title: "Restore backup \(backup.id) of \(declaration.name)\(end) into a throw-away copy",
      steps: steps(order, id: id), notes: notes(order),
      requirements: requirements(order, place: place), backup: order.label,
      order: EngineOrder(order))
  }

  private func choose(_ label: String?) throws(RecoveryError) -> Backup {
    guard let catalog = report.backups.value else {
      throw RecoveryError(
        .refused, "the backup catalog is not known",
        remedy: report.backups.failure.map { "\($0.reason); \($0.remedy)" } ?? "refresh first")
    }
    guard let label else {
      guard let backup = catalog.lastGood else {
        throw RecoveryError(
          .refused, "there is no good base backup to restore", remedy: "take a base backup first")
      }
      return backup
    }
    guard let backup = catalog.backups.first(where: { $0.id == label }) else {
      throw RecoveryError(
        .invalid, "there is no backup \(Sanitizer.clean(label)) in the catalog")
    }
    guard backup.finishedAt != nil else {
      throw RecoveryError(.refused, "backup \(label) has not finished")
    }
    return backup
  }

  private func steps(_ order: DrillOrder, id: String) -> [String] {
    let directory = DrillDirectory(place: order.place, id: id)
    let restore = RestoreCommand(
      label: order.label, target: order.target, timeline: order.timeline,
      repository: site.repository, directory: directory, moment: order.moment)
    let tests = declaration.smokeTests.map(\.name)
    return [
      "Make \(directory.path), owned by \(site.account?.name ?? "this account")",
      "Restore backup \(order.label) into it",
      "Start PostgreSQL there: private socket, archiving off",
      "Replay \(Format.bytes(order.load.walBytes)) of WAL to \(order.goal) on timeline "
        + "\(order.timeline)",
      tests.isEmpty
        ? "Count the rows of the largest tables (no smoke tests are configured)"
        : "Run \(tests.count) smoke tests, read-only: \(tests.joined(separator: ", "))",
      "Stop the copy, remove it, and list what is left",
      "Command: " + site.shown(restore.arguments),
    ]
  }

  private func notes(_ order: DrillOrder) -> [String] {
    var notes = [
      "Production is not touched; its archive is only read.",
      "The copy runs no background workers, no subscriptions and no TCP port.",
    ]
    if let bytes = order.restoredBytes {
      notes.append(
        "Reads \(Format.bytes(bytes)) from the repository; needs \(room(order)) in \(order.place).")
    }
    if let missing = order.missing {
      notes.append("Segment \(missing) is missing from the archive: expect this drill to fail.")
    }
    return notes
  }

  private func requirements(_ order: DrillOrder, place: DrillPlace) -> [Requirement] {
    let objection = place.objection(site: site)
    let free = FileText.freeBytes(place.path) ?? FileText.freeBytes(place.path.parentPath)
    let roomy: Bool? =
      if let free, let needed = order.roomNeeded { free >= needed } else { nil }
    let version = report.instances.value?.compactMap(\.version).max().map { $0 / 10_000 }
    let programs = version.map { site.programs(major: $0) }
    return [
      Requirement(
        what: "the place is no part of production", satisfied: objection == nil,
        detail: objection ?? order.place),
      Requirement(
        what: "the place has room", satisfied: roomy,
        detail: "\(free.map(Format.bytes) ?? "unknown room") free, \(room(order)) needed"),
      Requirement(
        what: "PostgreSQL's programs are here",
        satisfied: programs.map { FileText.facts($0 + "/postgres") != nil },
        detail: programs ?? "the server's version is not known yet"),
      Requirement(
        what: "the archive is listed", satisfied: report.walArchive.value == nil ? nil : true,
        detail: report.walArchive.value.map { "\($0.segments.count) segments" }
          ?? "not listed: the drill then goes only as far as the backup's own end"),
    ]
  }

  private func room(_ order: DrillOrder) -> String {
    order.roomNeeded.map(Format.bytes) ?? "an unknown amount"
  }
}
