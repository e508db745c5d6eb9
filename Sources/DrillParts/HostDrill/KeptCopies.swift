import FoundationEssentials
import Glibc
import PostgresServers
import RecoveryModel
import Transports

/// Recoveries of one cluster beside production on this host, found by the notes in the drills' place.
package struct KeptCopies: Sendable {
  package var place: DrillPlace
  package var cluster: String
  /// Whom their directories belong to.
  package var owner: Account
  /// Whom their servers run as; nil = as we do.
  package var account: Account?

  struct Copy: Sendable {
    var note: RecoveryNote
    /// nil = there is none that could be read, or it is another's.
    var mark: DrillMark?

    var directory: DrillDirectory { DrillDirectory(recovery: note.directory, id: note.id) }
    /// Somebody removed it by hand.
    var isGone: Bool { FileText.facts(note.directory) == nil }
  }

  var all: [Copy] {
    RecoveryNote.all(in: place.path).filter { $0.cluster == cluster }.map { note in
      let isOurs = FileText.facts(note.directory)?.st_uid == owner.user
      return Copy(note: note, mark: isOurs ? DrillMark.read(of: note) : nil)
    }
  }

  /// Those that stay, and those whose maker died in the middle; one under way is neither.
  func kept(host: String) -> [KeptRecovery] {
    all.compactMap { copy in
      guard let mark = copy.mark else { return nil }
      if var kept = mark.kept {
        guard !copy.isLetOut else { return nil }
        let isRunning = CopyServer.postmaster(of: copy.directory) != nil
        kept.isRunning = isRunning
        // A restart takes the options of the last start; nothing else has them.
        kept.start =
          isRunning
          ? nil
          : copy.side(account: account).map { side in
            side.ctl("restart", side.data, ["-w", "-l", side.log])
          }
        return kept
      }
      guard !mark.isAlive(host: host) else { return nil }
      return KeptRecovery(
        id: mark.id, place: copy.note.directory,
        moment: mark.journal.record.moment?.asked ?? RecoveryMoment.latest.text,
        since: mark.created, by: "\(mark.user) on \(mark.host)", connect: "", isUnfinished: true)
    }
  }

  /// Throws `RecoveryError` where it cannot be written: then nobody would find the recovery again.
  func write(_ note: RecoveryNote) throws(RecoveryError) {
    try place.prepare(owner: owner)
    let path = "\(place.path)/\(note.fileName)"
    guard let data = try? JSONEncoder().encode(note), FileText.replace(path, [UInt8](data)) else {
      throw RecoveryError(.refused, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  func forget(_ id: String) {
    unlink("\(place.path)/\(RecoveryNote(id: id, cluster: cluster, directory: "/").fileName)")
  }
}
