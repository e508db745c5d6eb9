import RecoveryModel

extension Mishap {
  /// The WAL between the newest base backup and now.
  static let ofTheChain: [Mishap] = [
    Mishap(
      "hole", "a WAL segment after the newest backup is gone",
      cause: "somebody made room in the repository, or a lifecycle rule did", says: [.atRisk],
      plant: { stage in
        let later = try stage.repository.later()
        try stage.takeAway(later[later.count / 2].path)
      }),
    Mishap(
      "tail-hole", "the last segment but one is gone",
      cause: "an archive-push was believed that never reached the disk", says: [.atRisk],
      plant: { stage in
        let later = try stage.repository.later()
        try stage.takeAway(later[later.count - 2].path)
      }),
    Mishap(
      "no-later-wal", "all WAL but the newest segment is gone since the newest backup",
      cause: "a clean-up by age that took the backup's own for the last", says: [.atRisk],
      plant: { stage in
        for segment in try stage.repository.later().dropLast() { try stage.takeAway(segment.path) }
      }),
    Mishap(
      "own-start", "the first segment that the newest backup needs is gone",
      cause: "WAL was expired that a base backup still needed", says: [.atRisk, .notRecoverable],
      plant: { stage in try stage.takeAway(try stage.repository.newest().start.path) }),
    Mishap(
      "own-stop", "the last segment that the newest backup needs is gone",
      cause: "the backup did not wait for its own WAL", says: [.atRisk, .notRecoverable],
      plant: { stage in try stage.takeAway(try stage.repository.newest().stop.path) }),
    Mishap(
      "empty-segment", "a segment of no bytes",
      cause: "a full disk while the archiver wrote", says: [.atRisk],
      plant: { stage in try stage.replace(try middle(stage).path) { _ in [] } }),
    Mishap(
      "half-written", "a segment is only there under a temporary name",
      cause: "a machine went down while the archiver wrote", says: [.atRisk],
      plant: { stage in
        let path = try middle(stage).path
        try stage.rename(path, to: path + ".pgbackrest.tmp")
      }),
    Mishap(
      "foreign-name", "a segment was copied back by hand, without its checksum in the name",
      cause: "somebody repaired an archive with cp", says: [.atRisk],
      plant: { stage in
        let segment = try middle(stage)
        let folder = SandboxLayout.parent(of: segment.path)
        try stage.rename(segment.path, to: "\(folder)/\(segment.name)")
      }),
    Mishap(
      "duplicate", "one segment has two files of different contents",
      cause: "two servers archive into one place", says: [.atRisk],
      plant: { stage in
        let later = try stage.repository.later()
        let (one, other) = (later[later.count / 2], later[later.count / 2 + 1])
        let folder = SandboxLayout.parent(of: one.path)
        let suffix = other.path.split(separator: "-").last.map(String.init) ?? ""
        guard let bytes = try FileTree.read(other.path, limit: 64 << 20) else { return }
        try stage.add("\(folder)/\(one.name)-\(suffix)", bytes)
      }),
    Mishap(
      "stray-timeline", "a history file of a timeline that left before the newest backup began",
      cause: "a standby was promoted by mistake, and thrown away", says: [.atRisk],
      plant: { stage in
        try stage.addTimeline(leavingAt: try stage.repository.newest().start)
      }),
    Mishap(
      "flipped", "some bytes within a segment are others",
      cause: "a disk or a memory that turns bits", says: [.atRisk], sign: .contents,
      plant: { stage in
        try stage.replace(try middle(stage).path) { bytes in
          var bytes = bytes
          // One alone may be another way to compress the same.
          for index in (bytes.count / 4..<bytes.count / 4 + 64).clamped(to: bytes.indices) {
            bytes[index] ^= 0x5A
          }
          return bytes
        }
      }),
    Mishap(
      "cut-short", "a segment lost its second half",
      cause: "a copy of the repository that was broken off", says: [.atRisk], sign: .contents,
      plant: { stage in
        try stage.replace(try middle(stage).path) { Array($0[..<($0.count / 2)]) }
      }),
    Mishap(
      "other-contents", "a segment holds another one's WAL",
      cause: "an archive_command that copied a file that had been recycled", says: [.atRisk],
      sign: .contents,
      plant: { stage in
        let later = try stage.repository.later()
        guard let other = try FileTree.read(later[0].path, limit: 64 << 20) else { return }
        try stage.replace(later[later.count / 2].path) { _ in other }
      }),
  ]

  private static func middle(_ stage: GameDayStage) throws -> SandboxRepository.Segment {
    let later = try stage.repository.later()
    return later[later.count / 2]
  }
}
