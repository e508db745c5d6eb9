import Foundation
import RecoveryModel
import Testing

@testable import PgBackRest

/// Directories as recoveries leave them.
@Suite("Ends of recoveries on hosts") struct RecoveryMemoryTests {
  private let root: String
  private let size = 16 << 20
  private let noon = Date(timeIntervalSince1970: 2_000_000)

  init() throws {
    root = NSTemporaryDirectory() + "ends-\(UUID().uuidString)"
  }

  private func write(_ path: String, _ text: String, at time: Date? = nil) throws {
    let file = URL(filePath: "\(root)/\(path)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes(
      [.modificationDate: time ?? noon + 60], ofItemAtPath: file.path(percentEncoded: false))
  }

  private func sighting(
    _ stage: RecoveryUnderWay.Stage, to: UInt64? = nil, worked: UInt64 = 0,
    aim: RecoveryUnderWay.Aim = .latest
  ) -> RecoverySight.Sighting {
    var recovery = RecoveryUnderWay(
      place: root + "/data", stage: stage, since: noon, observedAt: noon,
      replayedTo: to.map { LSN($0) }, aim: aim)
    recovery.doing = "waiting for 000000010000000000000006"
    return RecoverySight.Sighting(recovery: recovery, worked: worked, log: root + "/log")
  }

  /// What is told once it is not seen any more.
  private func end(
    _ sighting: RecoverySight.Sighting, archive: WALArchive? = nil
  ) -> RecoveryUnderWay? {
    defer { try? FileManager.default.removeItem(atPath: root) }
    var memory = RecoveryMemory()
    #expect(memory.take([sighting], archive: archive, at: noon + 10).count == 1)
    let told = memory.take([], archive: archive, at: noon + 100)
    // It stays told.
    #expect(memory.take([], archive: archive, at: noon + 110).count == told.count)
    return told.first
  }

  private func archive(_ last: UInt64, at: Date? = nil) -> WALArchive {
    WALArchive(
      segmentSize: size,
      segments: (2...last).map {
        ArchivedSegment(
          segment: WALSegment(timeline: 1, number: $0), storedBytes: 1, archivedAt: at ?? noon - 100
        )
      })
  }

  @Test("a restore that is gone and left its manifest: pgBackRest's own words")
  func restore() throws {
    try write("data/backup.manifest", "")
    try write(
      "log",
      """
      -------------------PROCESS START-------------------
      2026-11-29 12:00:00.000 P00  ERROR: [055]: of an earlier one
      -------------------PROCESS START-------------------
      2026-11-29 12:00:01.000 P00   INFO: restore command begin 2.45
      2026-11-29 12:00:09.000 P01  ERROR: [041]: unable to write '/data/base/5/2': [28] No space left on device
      2026-11-29 12:00:09.100 P00   INFO: restore command end: aborted with exception [041]

      """)
    let finding = try #require(end(sighting(.restoring))?.ending)
    #expect(finding.headline.contains("failed: unable to write"), "\(finding.headline)")
    #expect(finding.headline.contains("No space left on device"))
    #expect(finding.remedy.contains("Make room") && finding.remedy.contains("--delta"))
    #expect(finding.ceiling == .proven && finding.severity == .warning)
  }

  @Test("a log of before says nothing of this one")
  func oldLog() throws {
    try write("data/backup.manifest", "")
    try write("log", "P00  ERROR: [055]: of an earlier one\n", at: noon - 500)
    let finding = try #require(end(sighting(.restoring))?.ending)
    #expect(finding.headline.contains("said nothing"))
  }

  @Test("a restore that took its manifest away went well")
  func restored() throws {
    try write("data/PG_VERSION", "15")
    #expect(end(sighting(.restoring)) == nil)
  }

  @Test("a target that is not reached: the cause, the segment, and how far it came")
  func unreached() throws {
    try write("data/recovery.signal", "")
    try write(
      "log",
      """
      2026-11-29 12:00:00 UTC [1] LOG:  database system was interrupted; last known up
      2026-11-29 12:00:00 UTC [1] FATAL:  of an earlier start
      2026-11-29 12:00:10 UTC [1] LOG:  database system was interrupted; last known up
      2026-11-29 12:00:11 UTC [1] LOG:  redo starts at 0/2000028
      2026-11-29 12:00:11 UTC [1] LOG:  restored log file "000000010000000000000005" from archive
      2026-11-29 12:00:12 UTC [1] LOG:  redo done at 0/5FFFF00 system usage
      2026-11-29 12:00:12 UTC [1] FATAL:  recovery ended before configured recovery target was reached

      """)
    let finding = try #require(
      end(sighting(.replaying, to: 5 << 24, aim: .lsn(LSN(9 << 24))))?.ending)
    #expect(finding.headline.contains("recovery ended before configured recovery target"))
    #expect(finding.headline.contains("segment 000000010000000000000006 is missing"))
    #expect(finding.headline.contains("replay had come to 0/5FFFF00"))
    #expect(finding.remedy.contains("choose an earlier one"))
  }

  @Test("stopped by somebody, killed, or gone without a word")
  func stops() throws {
    let cases = [
      ("LOG:  received fast shutdown request", "stopped by somebody"),
      ("LOG:  startup process (PID 7) was terminated by signal 9: Killed", "signal 9"),
      ("", "no log of it was found"),
    ]
    for (line, words) in cases {
      try write("data/recovery.signal", "")
      if !line.isEmpty { try write("log", "2026-11-29 12:00:00 UTC [1] \(line)\n") }
      let finding = try #require(end(sighting(.replaying, to: 5 << 24))?.ending)
      #expect(finding.headline.contains(words), "\(finding.headline)")
    }
  }

  @Test("a server that was to shut down at its target did")
  func shutDown() throws {
    try write("data/recovery.signal", "")
    try write(
      "log",
      """
      2026-11-29 12:00:10 UTC [1] LOG:  database system was interrupted; last known up
      2026-11-29 12:00:12 UTC [1] LOG:  recovery stopping after WAL location (LSN) "0/5FFFF00"
      2026-11-29 12:00:12 UTC [1] LOG:  shutting down

      """)
    #expect(end(sighting(.replaying, to: 5 << 24, aim: .lsn(LSN(0x5FF_FF00)))) == nil)
  }

  @Test("promoted before the archive's end: short, by its own history file")
  func short() throws {
    try write("data/pg_wal/00000002.history", "1\t0/5FFFF28\tno recovery target specified\n")
    let finding = try #require(end(sighting(.replaying, to: 5 << 24), archive: archive(9))?.ending)
    #expect(
      finding.headline.contains(
        "was promoted at 0/5FFFF28 for want of segment 000000010000000000000006, but the archive went up "
          + "to 000000010000000000000009"), "\(finding.headline)")
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
  }

  @Test("the history file comes a moment after the signal file is gone")
  func late() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try write("data/PG_VERSION", "15")
    var memory = RecoveryMemory()
    _ = memory.take([sighting(.replaying, to: 5 << 24)], archive: archive(9), at: noon)
    #expect(memory.take([], archive: archive(9), at: noon + 58).isEmpty)
    try write("data/pg_wal/00000002.history", "1\t0/5FFFF28\tno recovery target specified\n")
    #expect(memory.take([], archive: archive(9), at: noon + 62).first?.ending != nil)
  }

  @Test(
    "the archive's end, what came in later, another's promotion and a reached target are not short")
  func whole() throws {
    let history = "1\t0/5FFFF28\tno recovery target specified\n"
    func write(at: Date? = nil) throws {
      try self.write("data/pg_wal/00000002.history", history, at: at)
    }
    try write()
    #expect(end(sighting(.replaying, to: 5 << 24), archive: archive(5)) == nil)
    try write()
    #expect(end(sighting(.replaying, to: 5 << 24), archive: archive(9, at: noon + 70)) == nil)
    try write(at: noon - 1000)
    #expect(end(sighting(.replaying, to: 5 << 24), archive: archive(9)) == nil)
    try write()
    let reached = sighting(.replaying, to: 5 << 24, aim: .lsn(LSN(0x5FF_0000)))
    #expect(end(reached, archive: archive(9)) == nil)
    try write()
    #expect(end(sighting(.replaying, to: 5 << 24)) == nil)
  }

  @Test("what works or moves got on; what does neither keeps its time")
  func moves() {
    var memory = RecoveryMemory()
    func moved(_ worked: UInt64, _ to: UInt64, at seconds: Double) -> Date? {
      memory.take([sighting(.replaying, to: to, worked: worked)], archive: nil, at: noon + seconds)
        .first?.movedAt
    }
    #expect(moved(1, 5, at: 0) == noon)
    #expect(moved(1, 5, at: 10) == noon)
    #expect(moved(2, 5, at: 20) == noon + 20)
    #expect(moved(2, 5, at: 30) == noon + 20)
    #expect(moved(2, 6, at: 40) == noon + 40)
  }
}
