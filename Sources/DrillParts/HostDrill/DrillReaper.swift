import FoundationEssentials
import Glibc
import RecoveryModel
import Transports

/// Removes what drills that died or expired left behind, and closes their records.
package struct DrillReaper: Sendable {
  package var place: DrillPlace
  package var site: HostDrillSite
  package var processes: ProcessRunner
  package var host: String
  package var now: @Sendable () -> Date
  /// Only drills of this cluster: another's may share the place.
  package var cluster: String

  package func reap() async -> [ReapedDrill] {
    guard let facts = FileText.facts(place.path), facts.st_mode & S_IFMT == S_IFDIR,
      let real = FileText.resolved(place.path)
    else { return [] }
    var reaped: [ReapedDrill] = []
    for (directory, mark) in DrillPlace(path: real).marked where isDead(mark) {
      guard mark.cluster == cluster, FileText.facts(directory)?.st_uid == site.owner.user else {
        continue
      }
      reaped.append(await reap(directory, mark))
    }
    return reaped
  }

  /// Another live drill of this cluster in this place.
  package var living: DrillMark? {
    guard let real = FileText.resolved(place.path) else { return nil }
    return DrillPlace(path: real).marked.map(\.mark).first { $0.cluster == cluster && !isDead($0) }
  }

  private func isDead(_ mark: DrillMark) -> Bool {
    !mark.isAlive(host: host) || mark.expires < now()
  }

  private func reap(_ directory: String, _ mark: DrillMark) async -> ReapedDrill {
    let found = DrillDirectory(found: directory, mark: mark)
    let destroyer = CopyDestroyer(owner: site.owner, account: site.account, processes: processes)
    let report = await destroyer.destroy(found)
    var record = mark.journal.interrupted(
      owner: "pgvigil (process \(mark.ownerPID) on \(mark.host))")
    record.leftBehind = report.remaining
    return ReapedDrill(
      id: mark.id, record: record, removed: report.removed, remaining: report.remaining)
  }
}
