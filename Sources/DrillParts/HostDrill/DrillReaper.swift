import FoundationEssentials
import Glibc
import PostgresServers
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
      let found = DrillDirectory(found: directory, mark: mark)
      reaped.append(await reap(found, mark))
    }
    return reaped + (await reapRecoveries(in: real))
  }

  /// Those that nobody finished. One that stays is nobody's to reap.
  private func reapRecoveries(in real: String) async -> [ReapedDrill] {
    let copies = KeptCopies(place: DrillPlace(path: real), cluster: cluster, owner: site.owner)
    var reaped: [ReapedDrill] = []
    for copy in copies.all {
      guard let mark = copy.mark else {
        if copy.isGone { copies.forget(copy.note.id) }
        continue
      }
      guard mark.kept == nil, !mark.isAlive(host: host) else { continue }
      var drill = await reap(copy.directory, mark)
      drill.record = nil
      drill.kind = .recover
      if drill.remaining.isEmpty { copies.forget(copy.note.id) }
      reaped.append(drill)
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

  private func reap(_ found: DrillDirectory, _ mark: DrillMark) async -> ReapedDrill {
    let destroyer = CopyDestroyer(owner: site.owner, account: site.account, processes: processes)
    let report = await destroyer.destroy(found)
    var record = mark.journal.interrupted(
      owner: "pgvigil (process \(mark.ownerPID) on \(mark.host))")
    record.leftBehind = report.remaining
    return ReapedDrill(
      id: mark.id, record: record, removed: report.removed, remaining: report.remaining)
  }
}
