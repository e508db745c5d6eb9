import DrillParts
import Glibc
import RecoveryModel

extension DrillRun {
  /// Looks at everything that would spoil the drill, as it is now and not as it was planned.
  func preflight() async throws {
    enter(.preflight)
    let place = DrillPlace(path: order.place)
    if let objection = place.objection(site: site) { throw DrillEnd.couldNotRun(objection) }
    guard plan.id.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) }),
      !plan.id.isEmpty
    else { throw DrillEnd.couldNotRun("\(plan.id) is no drill id") }
    try await clearPlace(place)
    try checkRoom(place)
    try await checkCatalog()
  }

  private func clearPlace(_ place: DrillPlace) async throws {
    for reaped in await operations.clear(place) {
      emit(.log("removed what drill \(reaped.id) had left behind"))
      if let remaining = reaped.remaining.first {
        throw DrillEnd.couldNotRun("drill \(reaped.id) left something behind: \(remaining)")
      }
    }
    if let other = operations.reaper(place).living {
      throw DrillEnd.couldNotRun(
        "drill \(other.id) of this cluster is running (process \(other.ownerPID) on \(other.host))")
    }
  }

  private func checkRoom(_ place: DrillPlace) throws {
    guard let needed = order.roomNeeded,
      let free = FileText.freeBytes(place.path) ?? FileText.freeBytes(place.path.parentPath)
    else { return }
    guard free >= needed else {
      throw DrillEnd.couldNotRun(
        "\(place.path) has \(Format.bytes(free)) free, \(Format.bytes(needed)) are needed")
    }
  }

  /// The backup is still there, its own WAL is complete, and its PostgreSQL is installed.
  private func checkCatalog() async throws {
    let probe: StanzaProbe
    do {
      probe = try await StanzaProbe.ask(site, operations.processes)
    } catch let error as RecoveryError where error.code != .cancelled {
      throw DrillEnd.couldNotRun(error.message)
    }
    guard let entry = probe.backup.first(where: { $0.label == order.label }) else {
      throw DrillEnd.couldNotRun("backup \(order.label) is no longer in the catalog")
    }
    guard let database = probe.database(of: entry) else {
      throw DrillEnd.couldNotRun("the catalog does not say which PostgreSQL made \(order.label)")
    }
    let programs = site.programs(major: database.major)
    guard FileText.facts(programs + "/postgres") != nil else {
      throw DrillEnd.couldNotRun(
        "PostgreSQL \(database.major) is not installed here (\(programs)): apt-get install "
          + "postgresql-\(database.major)")
    }
    let own = Set([entry.archive?.start, entry.archive?.stop].compactMap { $0 })
    for segment in own.sorted() {
      let archived = try await StanzaProbe.archived(
        near: segment, archive: database.archive, site, operations.processes)
      guard archived.contains(segment) else {
        throw DrillEnd.failed(
          "segment \(segment), which backup \(order.label) needs to become consistent, is missing "
            + "from the archive: this backup cannot be restored")
      }
    }
  }
}
