import FoundationEssentials
import PostgresServers
import RecoveryModel
import Transports

/// Says exactly what a verify drill on this host would do.
package struct HostDrillPlanning: Sendable {
  package var site: HostDrillSite
  package var declaration: ClusterDeclaration
  package var report: EngineReport
  /// What an engine does to bring a base backup and its WAL here, each a line: the steps' last ones.
  package var means: @Sendable (DrillOrder, DrillDirectory) -> [PlanStep]

  package init(
    site: HostDrillSite, declaration: ClusterDeclaration, report: EngineReport,
    means: @escaping @Sendable (DrillOrder, DrillDirectory) -> [PlanStep]
  ) {
    self.site = site
    self.declaration = declaration
    self.report = report
    self.means = means
  }

  /// Throws `RecoveryError` where there is nothing to restore.
  package func plan(
    label: String?, to outlook: RecoveryOutlook? = nil, id: String
  ) throws(RecoveryError) -> OperationPlan {
    let place = site.place(declared: declaration.drill.place)
    var order = try order(label: label, to: outlook, place: place.path)
    order.marker = outlook?.marker?.test
    let end = order.momentCheck == nil ? "" : ", as of \(order.goal)"
    return OperationPlan(
      id: id, cluster: declaration.name, request: .drill(backup: label),
      title: "Restore backup \(order.label) of \(declaration.name)\(end) into a throw-away copy",
      steps: steps(order, id: id), safety: OperationPlan.readsOnly, notes: notes(order),
      requirements: requirements(order, place: place), backup: order.label,
      order: EngineOrder(order))
  }

  /// What it takes to bring back a moment (nil = the end of what is archived); `place` holds the copy's directory.
  private func order(
    label: String?, to outlook: RecoveryOutlook?, place: String
  ) throws(RecoveryError) -> DrillOrder {
    let backup = try choose(label)
    let archive = report.ownArchive()
    guard
      let target = RecoveryTarget.choose(backup: backup, archive: archive)?.leading(
        to: outlook, segmentSize: archive?.segmentSize)
    else {
      throw RecoveryError(
        .refused, "the catalog does not say where backup \(backup.id) ends",
        remedy: "take a new base backup")
    }
    let size = archive?.segmentSize ?? report.archive.value?.segmentSize ?? 16 << 20
    let primary = report.instances.value?.first(where: \.isRunningPrimary)
    var order = DrillOrder(
      backup: backup, target: target, segmentSize: size, place: place, primary: primary?.name)
    order.moment = outlook?.effective
    order.asked = outlook?.drillMoment
    return order
  }

  /// A recovery beside production that stays: brought back as a drill is, at no time able to write to production.
  /// `checks` = what must be true first, as it was looked at for the plan that is read.
  package func plan(
    recovering recovery: RecoveryOrder, keep: KeepOrder, checks: [Requirement], id: String
  ) throws(RecoveryError) -> OperationPlan {
    // The end of the archive is found by PostgreSQL itself; how far it must come at least stays known.
    let outlook = recovery.moment == .latest ? nil : recovery.outlook
    let path = DrillPlace(path: keep.side.path).path
    let base = try recovery.baseToRestore()
    var order = try order(label: base.id, to: outlook, place: path.parentPath)
    order.moment = recovery.moment
    order.asked = recovery.outlook.drillMoment
    order.keep = keep
    let directory = DrillDirectory(recovery: path, id: id)
    let words = recovery.goalWords
    return OperationPlan(
      id: id, cluster: declaration.name,
      request: .recover(RecoveryQuestion(recovery.moment, into: path, from: base.id)),
      title: "Recover \(declaration.name) to \(words), into \(path), and let it stay",
      steps: steps(order, directory, goal: words),
      safety: OperationPlan.readsOnly,
      notes: [
        "Cancelled or failed on its way, what it has made is removed. Once it stays, nobody "
          + "removes it unasked: pgvigil remove \(declaration.typed) \(id)",
        "It runs no background workers, no subscriptions and no TCP port until somebody lets it out.",
      ],
      requirements: checks, expected: recovery.outlook.projection?.total, backup: order.label,
      order: EngineOrder(order), typedConfirmation: declaration.name)
  }

  private func steps(
    _ order: DrillOrder, _ directory: DrillDirectory, goal: String
  ) -> [PlanStep] {
    let tests = declaration.smokeTests.map(\.name)
    let side = order.keep?.side
    return [
      "Make \(directory.path), owned by \(site.account?.name ?? "this account")",
      "Restore backup \(order.label) into it",
      "Start PostgreSQL there: private socket, archiving off",
      .replay("Replay WAL to \(goal) on timeline \(order.timeline), and promote it"),
      tests.isEmpty
        ? "Count the rows of the largest tables (no smoke tests are configured)"
        : "Run \(tests.count) smoke tests, read-only: \(tests.joined(separator: ", "))",
      .act(
        "Start it anew as a server of its own, which outlives pgvigil: socket in "
          + "\(directory.socketDirectory), port \(side?.port ?? 5432), archiving off"),
    ] + means(order, directory)
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

  private func steps(_ order: DrillOrder, id: String) -> [PlanStep] {
    let directory = DrillDirectory(place: order.place, id: id)
    let tests = (declaration.smokeTests + [order.marker].compactMap { $0 }).map(\.name)
    return [
      "Make \(directory.path), owned by \(site.account?.name ?? "this account")",
      "Restore backup \(order.label) into it",
      "Start PostgreSQL there: private socket, archiving off",
      .replay(
        "Replay \(Format.bytes(order.load.walBytes)) of WAL to \(order.goal) on timeline "
          + "\(order.timeline)"),
      tests.isEmpty
        ? "Count the rows of the largest tables (no smoke tests are configured)"
        : "Run \(tests.count) smoke tests, read-only: \(tests.joined(separator: ", "))",
      "Stop the copy, remove it, and list what is left",
    ] + means(order, directory)
  }

  private func notes(_ order: DrillOrder) -> [String] {
    var notes = ["The copy runs no background workers, no subscriptions and no TCP port."]
    if let bytes = order.restoredBytes {
      notes.append(
        "Restores \(Format.bytes(bytes)); needs \(room(order)) in \(order.place).")
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
    let backup = report.backups.value?.backups.first { $0.id == order.label }
    let programs = (backup?.identity.majorVersion ?? version).map { site.programs(major: $0) }
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
