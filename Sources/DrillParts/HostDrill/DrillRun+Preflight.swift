import Glibc
import PostgresServers
import RecoveryModel

extension DrillRun {
  /// Looks at everything that would spoil the drill, as it is now and not as it was planned.
  func preflight() async throws {
    enter(.preflight)
    let place = DrillPlace(path: order.place)
    let own = order.keep.map { DrillPlace(path: $0.side.path) }
    if let objection = own.map({ $0.objectionToNew(site: site) }) ?? place.objection(site: site) {
      throw DrillEnd.couldNotRun(objection)
    }
    guard plan.id.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) }),
      !plan.id.isEmpty
    else { throw DrillEnd.couldNotRun("\(plan.id) is no drill id") }
    try await clearPlace(order.keep == nil ? place : drills.place)
    try checkRoom(place)
    try await drills.archive.check(order)
  }

  private func clearPlace(_ place: DrillPlace) async throws {
    for reaped in await drills.clear(place) {
      emit(.log("removed what drill \(reaped.id) had left behind"))
      if let remaining = reaped.remaining.first {
        throw DrillEnd.couldNotRun("drill \(reaped.id) left something behind: \(remaining)")
      }
    }
    if let other = drills.reaper(place).living {
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
}
