import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import DrillParts

/// The file that makes a directory ours, as it lies on a disk.
struct DrillMarkTests {
  private static let noon = Date(timeIntervalSince1970: 1_795_348_800)
  private static let mark = DrillMark(
    mark: DrillMark.word, id: "abc", cluster: "demo", ownerPID: 4711, ownerStart: 99, host: "here",
    user: "tester", created: noon, expires: noon.addingTimeInterval(3600),
    socketDirectory: "/tmp/s",
    journal: DrillJournal(
      DrillRecord(
        id: "abc", cluster: "demo", engine: "pgbackrest", startedAt: noon,
        finishedAt: noon, outcome: .couldNotRun, host: "here", user: "tester",
        version: "test")))

  @Test func itReadsAsTheOtherRecordsDo() throws {
    let bytes = try RecordCoding.encode(Self.mark)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\"owner_pid\":4711") && text.contains("\"created\":\"2026-"))
    #expect(try RecordCoding.decode(DrillMark.self, from: bytes) == Self.mark)
  }

  @Test func oneThatAnEarlierVersionLeftIsStillOurs() throws {
    let bytes = Array(try JSONEncoder().encode(Self.mark))
    #expect(String(decoding: bytes, as: UTF8.self).contains("\"ownerPID\""))
    #expect(try RecordCoding.decode(DrillMark.self, from: bytes) == Self.mark)
  }
}
